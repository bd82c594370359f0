"""Many numbers of a page in one query, counted no further than helps: « Plus de 1 000 » says enough."""

from django.core.exceptions import EmptyResultSet
from django.db import connection

from . import french

COUNTED_AT_MOST = 1000


def counts(**querysets):
    """{name: number of different rows, COUNTED_AT_MOST + 1 at most}, whatever their tables: one query.

    Each part stops when it has counted enough, so that a page costs the same in a town of any size.
    """
    parts, values = [], []
    for name, rows in querysets.items():
        try:
            sql, own_values = _keys(rows).query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT %s, count(*) FROM ({sql}) rows")  # noqa: S608 (Django's SQL, values apart)
        values += [name, *own_values]
    if not parts:
        return dict.fromkeys(querysets, 0)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        found = dict(cursor.fetchall())
    return {name: found.get(name, 0) for name in querysets}


def in_words(number, one, many):
    """« 3 présences », « Plus de 1 000 présences »: a number of `counts()`, at the head of a line."""
    if number > COUNTED_AT_MOST:
        return f"Plus de {french.amount(COUNTED_AT_MOST, one, many)}"
    return french.count(number, one, many)


def _keys(rows):
    keys = rows.order_by().values_list("pk")
    # A join may show a row twice; without one, sorting out what is different would read everything.
    is_joined = len(keys.query.alias_map) > 1
    return (keys.distinct() if is_joined else keys)[: COUNTED_AT_MOST + 1]
