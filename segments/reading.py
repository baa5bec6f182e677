"""Questions about people that cannot write and cannot run for ever."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import errors
from psycopg.sql import SQL, Composable, Literal

MEMORY = "64MB"  # a hash of a million ids stays in memory


class TooSlow(Exception):
    """The question ran out of time; the message is for marketers."""


def answers(question: Composable, *, seconds: float | None = None) -> list[Sequence[Any]]:
    """All rows of a SELECT that was composed with its values. Raises TooSlow after `seconds` at most."""
    most = settings.STATEMENT_TIMEOUT_SECONDS
    with reader(most if seconds is None else min(seconds, most)) as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


@contextmanager
def reader(seconds: float) -> Iterator[CursorWrapper]:
    """A cursor of a read-only transaction with a limit on each statement, on SEGMENTS_DATABASE_URL where it is set."""
    alias = "segments" if "segments" in settings.DATABASES else "default"
    try:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(limits(seconds))
            yield cursor
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise TooSlow(f"This took longer than {seconds:g} seconds and was stopped.") from error
        raise


def limits(seconds: float) -> Composable:
    return SQL(
        "SELECT set_config('statement_timeout', {}, TRUE), set_config('work_mem', {}, TRUE),"
        " set_config('jit', 'off', TRUE)"
    ).format(Literal(str(round(seconds * 1000))), Literal(MEMORY))
