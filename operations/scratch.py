"""A database of its own for the demo and the benchmarks: made on the same server, dropped afterwards."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.sql import SQL, Identifier


@contextmanager
def database(purpose: str) -> Iterator[str]:
    """Point this process at a fresh, empty database for the length of the block; yields its URL for child processes."""
    name, before = f"belfry_{purpose}_{secrets.token_hex(4)}", str(connection.settings_dict["NAME"])
    on_server(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        use(name)
        yield url()
    finally:
        use(before)
        on_server(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def workers(database_url: str, environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The real `manage.py workers` on that database, stopped at the end of the block."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "workers"]
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": database_url, **(environment or {})})  # noqa: S603 our own command
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def url() -> str:
    """The URL of the database this process uses."""
    given = connection.settings_dict
    user = quote(str(given["USER"]), safe="")
    password = f":{quote(str(given['PASSWORD']), safe='')}" if given["PASSWORD"] else ""
    port = f"&port={given['PORT']}" if given["PORT"] else ""
    return f"postgresql://{user}{password}@/{quote(str(given['NAME']))}?host={quote(str(given['HOST']), safe='')}{port}"


def on_server(statement: SQL | psycopg.sql.Composed) -> None:
    """Outside any transaction, on the server's maintenance database."""
    given = connection.settings_dict
    with psycopg.connect(
        host=str(given["HOST"]) or None, port=str(given["PORT"]) or None, user=str(given["USER"]) or None,
        password=str(given["PASSWORD"]) or None, dbname="postgres", autocommit=True,
    ) as server:  # fmt: skip
        server.execute(statement)
