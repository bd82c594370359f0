"""Empties the test database after a test that commits.

Django truncates every table and then writes all permissions again, which costs most of a second with a
hundred tables. Here only the tables that hold rows are emptied, and what migrations wrote stays.
"""

from django.db import connection, transaction


def is_allowed() -> bool:
    """Only a superuser may switch foreign keys and triggers off, as the embedded PostgreSQL's user is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


def filled_tables() -> set:
    """Names of the tables that hold a row."""
    asked = [
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})"  # noqa: S608 (names of our own tables)
        for table in connection.introspection.table_names()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return {name for (name,) in cursor.fetchall()}


def empty_all_but(kept: set) -> None:
    """No trigger is asked: an append-only ledger is emptied too."""
    tables = sorted(filled_tables() - kept)
    deletes = [f"DELETE FROM {table}" for table in tables]  # noqa: S608 (as above)
    if deletes:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *deletes]))


def end_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
