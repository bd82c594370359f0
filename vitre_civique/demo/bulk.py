"""Rows written by COPY and INSERT … SELECT: what seeding needs to be quick, and to date rows in the past."""

from django.db import connection
from psycopg import sql


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


def reserve_block(model, count):
    """The first of `count` consecutive keys that nobody else will get."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name::regclass, nextval(name::regclass) + %s) - %s "
            "FROM pg_get_serial_sequence(%s, %s) AS name",
            [count, count, model._meta.db_table, model._meta.pk.column],
        )
        return cursor.fetchone()[0]


def literal(value):
    """A Python value as SQL text."""
    return sql.Literal(value).as_string(connection.connection)


def array(values):
    """A list of words or of whole numbers as a typed SQL array."""
    return f"{literal(values)}::{'bigint' if isinstance(values[0], int) else 'text'}[]"


def pick(values, number, purpose):
    """SQL that draws one of an SQL array with the function `pg_temp.draw`."""
    return f"({values})[1 + floor(pg_temp.draw({number}, {purpose}) * cardinality({values}))::int]"


def insert_select(model, columns, source):
    """INSERT … SELECT in one statement: `columns` maps columns to SQL, the others get the model's default.

    `source` is the SQL that follows the list of SELECT. Returns how many rows were written.
    """
    fields = [field for field in written_fields(model) if not field.primary_key or field.column in columns]
    expressions = [columns.get(field.column) or default_of(field) for field in fields]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) SELECT {', '.join(expressions)} {source}"  # noqa: S608 (our own models and literals)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def default_of(field):
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return "now()"
    value = field.get_db_prep_save(field.get_default(), connection)
    return f"{literal(value)}::{field.cast_db_type(connection)}"
