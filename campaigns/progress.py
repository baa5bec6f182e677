"""How far a run is, how fast it goes, and what holds it up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection as database
from django.db.models import Min
from django.utils import timezone

from campaigns.delivery import giving_up
from campaigns.models import Batch, Run
from campaigns.reports import Totals
from connectors.models import Connection
from connectors.status import Status, status

LATELY = timedelta(minutes=1)
# By index batch_done: of a run of a million people at ten a second, 60 batches of 100,000.
ACCEPTED_LATELY = """
SELECT run_id, sum(accepted)::bigint FROM campaigns_batch
WHERE run_id = ANY(%(runs)s) AND state = 'done' AND done_at > %(since)s AND accepted > 0
GROUP BY run_id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """`rate`: people a second whose message was accepted in the last minute; `ends_at` is an estimate from it, None
    where nothing was accepted lately. `has_accepted`: whether anything was, ever. `stopped_by`: why
    nothing goes out just now."""

    finished: int
    total: int
    rate: float
    ends_at: datetime | None
    has_accepted: bool
    stopped_by: str = ""

    @property
    def words(self) -> str:
        """“12,000 of 48,210 · 410 a second · ends about 11:42:05 CET”."""
        done = f"{self.finished:,} of {self.total:,}"
        if self.stopped_by:
            return f"{done} · {self.stopped_by}"
        if not self.rate:
            return f"{done} · nothing was accepted {'in the last minute' if self.has_accepted else 'yet'}"
        speed = f"{self.rate:,.0f} a second" if self.rate >= 1 else f"{self.rate * 60:,.0f} a minute"
        ends = f" · ends about {timezone.localtime(self.ends_at):%H:%M:%S %Z}" if self.ends_at else ""
        return f"{done} · {speed}{ends}"


@dataclass(frozen=True, slots=True)
class Holdup:
    """The connection that a run waits for, how it fares, when it is tried again by itself, if that is known, and when
    the run is given up if nothing is accepted until then."""

    connection: Connection
    status: Status
    until: datetime | None
    gives_up_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        return self.status.look == "paused"

    @property
    def stops(self) -> str:
        """Why nothing goes out just now; "" where it only goes slowly."""
        if self.is_paused:
            return f"the connection {self.connection} is paused"
        return f"waits for {self.connection}" if self.status.look == "failing" or self.status.until else ""


def progress(run: Run, totals: Totals, accepted: int, *, now: datetime) -> Progress:
    """`accepted`: in the last minute, as `accepted_lately` says. While the run is planned the total still grows."""
    seconds = min(LATELY, now - run.started_at).total_seconds() if run.started_at else 0
    rate = accepted / seconds if seconds > 0 else 0.0
    ends_at = now + timedelta(seconds=totals.queued / rate) if rate and run.planned_at else None
    return Progress(totals.finished, totals.qualified, rate, ends_at, bool(totals.accepted))


def accepted_lately(runs: Sequence[Run], *, now: datetime) -> dict[int, int]:
    """Messages accepted in the last minute by run; a run without any is left out. One query."""
    with database.cursor() as cursor:
        cursor.execute(ACCEPTED_LATELY, {"runs": [run.pk for run in runs], "since": now - LATELY})
        return dict(cursor.fetchall())


def holdup(run: Run, *, now: datetime) -> Holdup | None:
    """None where the connection takes what it is sent."""
    if (over := connection_of(run)) is None:
        return None
    found = status(over, now=now)
    if found.look not in ("paused", "failing", "queued"):
        return None
    held = Holdup(over, found, found.until or next_try(run, now=now))
    ends_at = giving_up.ends_at(run) if held.stops else None
    return replace(held, gives_up_at=ends_at) if ends_at and ends_at > now else held


def connection_of(run: Run) -> Connection | None:
    """What it goes out over; before it is planned, what its campaign does."""
    return run.connection or run.campaign.connection


def next_try(run: Run, *, now: datetime) -> datetime | None:
    """When the first of what waits may be sent; None where that is now. By index batch_queue."""
    found: datetime | None = run.batches.filter(state=Batch.State.QUEUED).aggregate(at=Min("not_before"))["at"]
    return found if found and found > now else None
