"""Questions about people that cannot write, cannot run for ever, and end when the same person asks something newer."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import errors
from psycopg.sql import SQL, Composable, Composed, Literal

from segments.lookups import Plan, looks_up

MEMORY = "64MB"  # a hash of a million ids stays in memory
TRIAL = 1.0  # seconds that look-ups have before hashes answer
PAUSE = 0.02  # seconds until the question before this one is gone

RESET = "; ".join(
    f"SET LOCAL {name} TO DEFAULT"
    for name in ("statement_timeout", "enable_nestloop", "work_mem", "jit", "parallel_tuple_cost", "application_name")
)
CANCEL = SQL(
    "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = {} AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()"
)


class TooSlow(Exception):
    """The question ran out of time; the message is for marketers."""


class Cancelled(Exception):
    """The same person asked something newer, so this question was stopped."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: of all questions under one `name`, one at a time runs, and it is the newest.

    `is_current` says whether nothing newer was asked; `until` (`time.monotonic`) is when all of its parts must be done.
    """

    name: str
    is_current: Callable[[], bool]
    until: float

    @property
    def seconds(self) -> float:
        """What is left. Raises TooSlow."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TooSlow("This took too long and was stopped.")
        return left


def answers(question: Composable, *, seconds: float | None = None, asker: Asker | None = None) -> list[Sequence[Any]]:
    """All rows of a SELECT that was composed with its values. Raises TooSlow, and Cancelled where somebody asks."""
    limit = limited(seconds, asker)
    with reader(limit, asker) as cursor:
        found = by_lookups(cursor, question, limit, asker)
        if found is None:
            cursor.execute(question)
            found = cursor.fetchall()
        return list(found)


def by_lookups(
    cursor: CursorWrapper, question: Composable, seconds: float, asker: Asker | None
) -> list[Sequence[Any]] | None:
    """The rows where looking people up one by one is quick; None where it is not, or proves not to be."""
    cursor.execute("SET LOCAL enable_nestloop TO on")
    found = on_trial(cursor, question, seconds, asker) if looks_up(plan_of(cursor, question)) else None
    if found is None:
        cursor.execute(for_sets())
    return found


def on_trial(
    cursor: CursorWrapper, question: Composable, seconds: float, asker: Asker | None
) -> list[Sequence[Any]] | None:
    """The rows, or None after `TRIAL`; then what is left of the time is the limit."""
    started = time.monotonic()
    try:
        with transaction.atomic(using=alias()):
            cursor.execute(limits(min(TRIAL, seconds)))
            cursor.execute(question)
            return list(cursor.fetchall())
    except OperationalError as error:
        if seconds <= TRIAL or not is_over_time(error, asker):
            raise
    cursor.execute(limits(max(seconds - (time.monotonic() - started), PAUSE)))
    return None


def plan_of(cursor: CursorWrapper, question: Composable) -> Plan:
    cursor.execute(SQL("EXPLAIN (FORMAT JSON) {}").format(question))
    plan = cursor.fetchone()[0]
    found: Plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found


def is_over_time(error: OperationalError, asker: Asker | None) -> bool:
    """Nobody stopped it: it only took longer than it was given."""
    return isinstance(error.__cause__, errors.QueryCanceled) and (asker is None or asker.is_current())


def limited(seconds: float | None, asker: Asker | None) -> float:
    given = [settings.STATEMENT_TIMEOUT_SECONDS, seconds, asker.seconds if asker else None]
    return min(each for each in given if each is not None)


def alias() -> str:
    """Where questions run: on SEGMENTS_DATABASE_URL where it is set."""
    return "segments" if "segments" in settings.DATABASES else "default"


@contextmanager
def reader(seconds: float, asker: Asker | None = None) -> Iterator[CursorWrapper]:
    """A cursor of a read-only transaction with a limit on each statement."""
    started = time.monotonic()
    try:
        with transaction.atomic(using=alias()), connections[alias()].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            if asker:
                take_turn(cursor, asker)
            cursor.execute(limits(seconds))
            cursor.execute(for_sets())
            yield cursor
            cursor.execute(RESET)  # a transaction around this one goes on as it was
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise stopped(asker, seconds, time.monotonic() - started) from error
        raise


def stopped(asker: Asker | None, seconds: float, ran: float) -> TooSlow | Cancelled:
    """No statement runs out of its time before that time is over: then somebody stopped it."""
    if asker and ran < seconds:
        return Cancelled("Something newer is counted.")
    return TooSlow(f"This took longer than {round(seconds, 1):g} seconds and was stopped.")


def take_turn(cursor: CursorWrapper, asker: Asker) -> None:
    """Stop what still runs under this name, and wait until it is gone. Raises Cancelled where a newer one waits.

    A statement can be stopped only while it runs; the lock covers the moments between two statements.
    """
    cursor.execute(SQL("SELECT set_config('application_name', {}, TRUE)").format(Literal(asker.name)))
    while asker.is_current():
        cursor.execute(SQL("SELECT pg_try_advisory_xact_lock({})").format(Literal(lock_number(asker.name))))
        if cursor.fetchone()[0]:
            return
        cursor.execute(CANCEL.format(Literal(asker.name)))
        if asker.seconds > PAUSE:
            time.sleep(PAUSE)
    raise Cancelled("Something newer is counted.")


def cancel(name: str) -> None:
    """Stop the statement that runs under this name, if there is one, on whichever connection."""
    with connections[alias()].cursor() as cursor:
        cursor.execute(CANCEL.format(Literal(name)))


def lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def limits(seconds: float) -> Composed:
    return SQL("SELECT set_config('statement_timeout', {}, TRUE)").format(Literal(str(round(seconds * 1000) or 1)))


def for_sets() -> Composed:
    """Settings of the transaction for questions about many people; also for those who put `predicate` in a statement.

    No nested loops (but see `by_lookups`): where the statistics are missing or old, as after an import, the planner
    takes a chunk of people for one person and compares each with each (20,000 new people: over 30 s, with hashes
    0.1 s). Handing on a row from one process to another costs a tenth of what the planner thinks: large sums run in
    parallel (a third quicker).
    """
    return SQL(
        "SELECT set_config('enable_nestloop', 'off', TRUE), set_config('work_mem', {}, TRUE),"
        " set_config('jit', 'off', TRUE), set_config('parallel_tuple_cost', '0.01', TRUE)"
    ).format(Literal(MEMORY))
