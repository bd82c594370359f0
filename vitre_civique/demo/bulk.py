"""Rows written by COPY and INSERT … SELECT: what seeding needs to be quick, and to date rows in the past."""

from django.db import connection


def written_fields(model):
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def reserve_ids(model, count):
    """`count` keys from the table's own sequence, in order."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [row[0] for row in cursor.fetchall()]


def insert(rows):
    """COPY unsaved instances of one model as they stand, `auto_now_add` columns included; sets their keys."""
    rows = list(rows)
    if not rows:
        return rows
    model = type(rows[0])
    needy = [row for row in rows if row.pk is None]
    for row in rows:
        row._prepare_related_fields_for_save("COPY")  # takes the keys that related rows got meanwhile
    for row, key in zip(needy, reserve_ids(model, len(needy)), strict=True):
        row.pk = key
    fields = written_fields(model)
    with connection.cursor() as cursor, cursor.copy(copy_statement(model, fields)) as copy:
        for row in rows:
            copy.write_row(
                [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
            )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


def copy_statement(model, fields):
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    return f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"


def insert_select(model, columns, source, params=()):
    """INSERT … SELECT: `columns` maps field columns to SQL; absent ones get the model's default.

    Returns the number of rows written. `source` is the SQL after SELECT's list.
    """
    expressions, values = [], []
    names = [
        field for field in written_fields(model) if not (field.primary_key and field.column not in columns)
    ]
    for field in names:
        if field.column in columns:
            expressions.append(columns[field.column])
        else:
            expressions.append("%s" + f"::{field.db_type(connection).split(' CHECK')[0]}")
            values.append(field.get_db_prep_save(field.get_default(), connection))
    quote = connection.ops.quote_name
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(field.column) for field in names)}) "  # noqa: S608 (names of our own models)
        f"SELECT {', '.join(expressions)} {source}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *params])
        return cursor.rowcount
