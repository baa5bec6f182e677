"""Holds the pipeline still at a named step, from outside: a trigger waits for a lock that the test has.

The product knows nothing of it. Whoever is halted has done the step's writing and has not committed it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from operations import scratch

SPACE = 4711
STEPS = {
    "a run begins": ("campaigns_run", "UPDATE", "OLD.state = 'due' AND NEW.state = 'planning'"),
    "a chunk is planned": ("campaigns_run", "UPDATE", "NEW.planned_to > OLD.planned_to AND OLD.state = 'planning'"),
    "batches are claimed": ("campaigns_batch", "UPDATE", "NEW.lease IS NOT NULL"),
    "what was sent is recorded": ("campaigns_batch", "UPDATE", "NEW.state = 'done'"),
    "a run is completed": ("campaigns_run", "UPDATE", "NEW.state = 'completed'"),
}


def install() -> None:
    """Make the triggers; they cost nothing while nobody holds a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::int, TG_ARGV[1]::int); RETURN NULL; END $$"
        )
        for number, (table, event, condition) in enumerate(STEPS.values()):
            cursor.execute(
                f"CREATE TRIGGER halt_{number} AFTER {event} ON {table} FOR EACH ROW"
                f" WHEN ({condition}) EXECUTE FUNCTION halt({SPACE}, {number})"
            )


@contextmanager
def halted(step: str, seconds: float) -> Iterator[bool]:
    """Whoever reaches the step in the block waits there. Yields whether somebody did within so many seconds."""
    number = list(STEPS).index(step)
    with psycopg.connect(scratch.url(), autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(%s, %s)", [SPACE, number])
        until = time.monotonic() + seconds
        while not (found := is_waited_for(own, number)) and time.monotonic() < until:
            time.sleep(0.005)
        yield found


def is_waited_for(own: psycopg.Connection, number: int) -> bool:
    waiting = own.execute(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [SPACE, number],
    )
    return waiting.fetchone() is not None
