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

RESET = "; ".join(
    f"SET LOCAL {name} TO DEFAULT" for name in ("statement_timeout", "enable_nestloop", "work_mem", "jit")
)


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
            cursor.execute(for_sets())
            yield cursor
            cursor.execute(RESET)  # a transaction around this one goes on as it was
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise TooSlow(f"This took longer than {seconds:g} seconds and was stopped.") from error
        raise


def limits(seconds: float) -> Composable:
    return SQL("SELECT set_config('statement_timeout', {}, TRUE)").format(Literal(str(round(seconds * 1000))))


def for_sets() -> Composable:
    """Settings of the transaction for questions about many people; also for those who put `predicate` in a statement.

    No nested loops: where the statistics are missing or old, as after an import, the planner takes a chunk of people
    for one person and compares each with each (20,000 new people: over 30 s, with hashes 0.1 s).
    """
    return SQL(
        "SELECT set_config('enable_nestloop', 'off', TRUE), set_config('work_mem', {}, TRUE),"
        " set_config('jit', 'off', TRUE)"
    ).format(Literal(MEMORY))
