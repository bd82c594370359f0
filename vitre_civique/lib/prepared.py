"""A statement asked again and again, which PostgreSQL then parses and plans once a connection.

Django's own cursor writes the values into the text, so that each call is a new statement. This one sends them
apart; psycopg prepares what it has sent `prepare_threshold` times (settings). For pages that everybody opens.
"""

from contextlib import contextmanager

import psycopg
from django.db import connection


@contextmanager
def cursor():
    """As `connection.cursor()`: counted, logged and checked like every other."""
    with connection.cursor():  # connected, healthy, in the thread that owns it
        raw = psycopg.Cursor(connection.connection)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(raw) as wrapped:
        yield wrapped
