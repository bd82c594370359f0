"""A statement asked again and again, which PostgreSQL then parses and plans once a connection.

Django's own cursor writes the values into the text, so that each call is a new statement. This one sends them
apart; psycopg prepares what it has sent `prepare_threshold` times (settings). For pages that everybody opens.
"""

from contextlib import contextmanager

import psycopg
from django.db import connection


@contextmanager
def cursor():
    """As `connection.cursor()`; while queries are logged, that very one, which logs the values too."""
    with connection.cursor() as logged:
        if connection.queries_logged:
            yield logged
            return
        with connection.make_cursor(psycopg.Cursor(connection.connection)) as prepared:
            yield prepared
