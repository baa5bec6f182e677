"""Counts what comes in by each way, so that nothing is dropped in silence.

Counted after the data is committed and before the answer. What one process counts within `settings.TALLY_SECONDS` is
written together, in a statement that does not wait for the disk: a second's counts may be lost, a record never.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiKey
from people import refusals, rows
from people.records import Outcome
from people.ways import BY_ADDRESS

logger = logging.getLogger(__name__)

Raw = Callable[[], Sequence[object]]
Place = tuple[str, int, datetime]  # way, key (0: none), hour


@dataclass
class Sum:
    last_at: datetime
    accepted: int = 0
    refused: int = 0
    turned_away: int = 0

    def plus(self, other: "Sum") -> "Sum":
        return Sum(
            max(self.last_at, other.last_at),
            self.accepted + other.accepted,
            self.refused + other.refused,
            self.turned_away + other.turned_away,
        )


@dataclass
class Held:
    """What was counted and is not written yet. Safe for threads: whoever comes after the time is up writes it all; if
    nobody comes, a thread of its own does."""

    sums: dict[Place, Sum] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    written_at: float = 0.0
    is_awaited: bool = False

    def add(self, place: Place, sum: Sum) -> None:
        with self.lock:
            before = self.sums.get(place)
            self.sums[place] = before.plus(sum) if before else sum
            is_due = time.monotonic() >= self.written_at + settings.TALLY_SECONDS
            begins = not is_due and not self.is_awaited
            self.is_awaited = self.is_awaited or begins
        if is_due:
            self.write()
        elif begins:
            waiting = threading.Timer(settings.TALLY_SECONDS, self.write_apart)
            waiting.daemon = True
            waiting.start()

    def write(self) -> None:
        with self.lock:
            taken, self.sums, self.written_at = self.sums, {}, time.monotonic()
        if taken:
            write(taken)

    def write_apart(self) -> None:
        """In a thread, or when the process ends: with a connection of its own."""
        self.is_awaited = False
        try:
            self.write()
        except Exception:  # nobody is there to tell
            logger.exception("Counts of what came in are lost")
        finally:
            connection.close()


held = Held()


@atexit.register
def write_the_rest() -> None:
    if held.sums:
        held.write_apart()


def note(way: str, key: ApiKey | None, outcome: Outcome, raw: Raw = list) -> None:
    """Count the records of one request. `raw` gives them as they came; it is asked only where one was refused."""
    if not outcome.accepted and not outcome.rejected:
        return
    now = timezone.now()
    try:
        held.add(place(way, key, now), Sum(now, outcome.accepted, len(outcome.rejected)))
        if outcome.rejected:
            refusals.keep(way, key, now, outcome.rejected, raw())
    except Exception:  # whatever it is: the data is stored, and an error would make the sender send it again
        logger.exception("What came in by %s was not counted", way)


def turned_away(request: HttpRequest, key: ApiKey | None, status: int, reason: str) -> None:
    """Count a request that was refused as a whole; without a key where it showed none that is known."""
    match, now = request.resolver_match, timezone.now()
    way = BY_ADDRESS.get(match.url_name or "") if match else None
    if way is None:
        return
    try:
        held.add(place(way, key, now), Sum(now, turned_away=1))
        refusals.keep_turned_away(way, key, now, str(status), reason)
    except Exception:  # the sender is told why he is turned away, whether that can be counted or not
        logger.exception("A request to %s that was turned away was not counted", way)


def place(way: str, key: ApiKey | None, now: datetime) -> Place:
    return way, key.pk if key else 0, hour_of(now)


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def write(sums: Mapping[Place, Sum]) -> None:
    """One statement, in the order of the key: two processes wait for each other, never in a circle."""
    new = [
        {"way": way, "key": key or None, "hour": hour, **vars(sum)} for (way, key, hour), sum in sorted(sums.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_wayhour AS present (way, key_id, hour, accepted, refused, turned_away, last_at)
            SELECT way, key, hour, accepted, refused, turned_away, last_at
            FROM jsonb_to_recordset(%s) AS new (way text, key bigint, hour timestamptz, accepted bigint, refused bigint,
                                                turned_away bigint, last_at timestamptz),
                set_config('synchronous_commit', 'off', true)
            ON CONFLICT (way, key_id, hour) DO UPDATE SET
                accepted = present.accepted + EXCLUDED.accepted, refused = present.refused + EXCLUDED.refused,
                turned_away = present.turned_away + EXCLUDED.turned_away,
                last_at = GREATEST(present.last_at, EXCLUDED.last_at)
            RETURNING xmax = 0
            """,
            [rows.json(new)],
        )
        begins = any(is_new for (is_new,) in cursor.fetchall())
    if begins:
        purge(max(sum.last_at for sum in sums.values()))


def purge(now: datetime) -> None:
    """Done when an hour begins: once for each way and key."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_wayhour WHERE hour < %s", [now - refusals.KEPT_FOR])
        cursor.execute("DELETE FROM people_refusal WHERE at < %s", [now - refusals.KEPT_FOR])
