"""Databases of benchmarks that take minutes to make: made once, kept, and pointed at for the length of a block."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection as database
from django.db.models import Max
from psycopg.sql import SQL, Identifier

from operations import scratch
from people.models import ProfileEvent


@contextmanager
def kept_database(name: str, is_usable: Callable[[], bool]) -> Iterator[str]:
    """The database of that name, made if there is none or if the one there is not usable; yields its URL."""
    before = str(database.settings_dict["NAME"])
    if exists(name) and not asked(name, is_usable):
        scratch.on_server(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
    if not exists(name):
        scratch.on_server(SQL("CREATE DATABASE {}").format(Identifier(name)))
    scratch.use(name)
    try:
        yield scratch.url()
    finally:
        scratch.use(before)


def newest_event() -> datetime | None:
    """When anybody did anything last; None where nobody did, and where the tables are not there."""
    if ProfileEvent._meta.db_table not in database.introspection.table_names():
        return None
    newest: datetime | None = ProfileEvent.objects.aggregate(at=Max("last_at"))["at"]
    return newest


def exists(name: str) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name])
        return bool(cursor.fetchone()[0])


def asked(name: str, question: Callable[[], bool]) -> bool:
    before = str(database.settings_dict["NAME"])
    scratch.use(name)
    try:
        return question()
    finally:
        scratch.use(before)
