"""Empties the test database after a test that commits: rows are deleted where there are any, so that the many tables
and partitions without any keep their files. A test leaves few rows; TRUNCATE of all makes 900 files anew each time."""

from typing import Any

from django.core.management.commands.flush import Command as DjangosCommand
from django.db import connection, transaction
from psycopg.sql import SQL, Identifier

LASTING = frozenset({"django_content_type", "auth_permission"})  # made by migrate, the same for every test
LOCK = SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"


class Command(DjangosCommand):
    def handle(self, **options: Any) -> None:
        if options.get("reset_sequences", True) or options.get("allow_cascade") or not may_skip_triggers():
            super().handle(**options)
        else:
            empty(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - LASTING)


def may_skip_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone()[0])


def empty(tables: set[str]) -> None:
    """In one transaction; who still writes is waited for, as TRUNCATE would. No row is looked for by the references
    to it, as all go, and none refuses to."""
    names = sorted(tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK.format(SQL(", ").join(map(Identifier, names))))
        written = (SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, Identifier(name)) for name in names)
        cursor.execute(SQL(" UNION ALL ").join(written))
        found = cursor.fetchall()
        cursor.execute(WITHOUT_TRIGGERS)
        for (name,) in found:
            cursor.execute(SQL("DELETE FROM {}").format(Identifier(name)))
