"""What became of everybody who qualified: per run and in total, read from the counters, never from raw rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Min, Q, Sum

from campaigns.delivery.reasons import CONTROL_GROUPS
from campaigns.models import Campaign, Counter, Delivery, Run
from campaigns.models.ledger import State

PAGE = 50
Row = dict[str, Any]  # one line of a grouped query over the counters


@dataclass(frozen=True, slots=True)
class Totals:
    """People by final state; `withheld` and `excluded` map a reason to people, most first."""

    withheld: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    unknown: int = 0
    queued: int = 0

    @property
    def withheld_people(self) -> int:
        return sum(self.withheld.values())

    @property
    def excluded_people(self) -> int:
        return sum(self.excluded.values())

    @property
    def failed_people(self) -> int:
        return sum(self.failed.values())

    @property
    def qualified(self) -> int:
        final = self.withheld_people + self.excluded_people + self.failed_people
        return final + self.accepted + self.unknown + self.queued

    @property
    def finished(self) -> int:
        return self.qualified - self.queued


@dataclass(frozen=True, slots=True)
class CopyTotals:
    copy_id: int
    name: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Hour:
    hour: datetime
    accepted: int
    failed: int
    excluded: int


@dataclass(frozen=True, slots=True)
class Progress:
    """`rate` in people per second since the run started; `ends_at` is an estimate, None when there is no rate yet."""

    finished: int
    total: int
    rate: float
    ends_at: datetime | None

    @property
    def percent(self) -> int:
        return 100 * self.finished // self.total if self.total else 0


def totals(runs: Sequence[Run]) -> Totals:
    """One query over the counters of `runs`."""
    return add_up(counted(runs, "state", "reason"))


def by_copy(runs: Sequence[Run]) -> list[CopyTotals]:
    """Totals per copy, most people first; a copy goes by the name the newest run's snapshot gives it."""
    rows = counted(runs, "copy_id", "state", "reason")
    names = copy_names(runs)
    found = [
        CopyTotals(
            copy_id, names.get(copy_id, "Removed copy"), add_up(row for row in rows if row["copy_id"] == copy_id)
        )
        for copy_id in {row["copy_id"] for row in rows}
    ]
    return sorted(found, key=lambda copy: (-copy.totals.qualified, copy.name))


def by_hour(runs: Sequence[Run]) -> list[Hour]:
    """People who got their final state in each hour, oldest first. A retried person leaves the hour of the failure."""
    rows = (
        Counter.objects.filter(run__in=runs)
        .exclude(state=State.QUEUED)
        .values("hour")
        .annotate(
            accepted=Sum("people", filter=Q(state=State.ACCEPTED), default=0),
            failed=Sum("people", filter=Q(state__in=[State.FAILED, State.UNKNOWN]), default=0),
            excluded=Sum("people", filter=Q(state=State.EXCLUDED), default=0),
        )
        .order_by("hour")
    )
    return [Hour(**row) for row in rows]


def progress(run: Run, totals: Totals, *, now: datetime) -> Progress:
    """How far a run is. While it is planned the total still grows."""
    seconds = (now - run.started_at).total_seconds() if run.started_at else 0
    sent = totals.finished - totals.withheld_people
    rate = sent / seconds if seconds > 0 else 0.0
    ends_at = now + timedelta(seconds=totals.queued / rate) if rate and run.planned_at else None
    return Progress(totals.finished, totals.qualified, rate, ends_at)


def people(
    runs: Sequence[Run],
    *,
    state: str = "",
    reasons: Sequence[str] = (),
    copy_id: int | None = None,
    after: tuple[int, int] = (0, 0),
) -> list[Delivery]:
    """One page of the people behind a number, by profile, with their profiles.

    `after` is (profile id, delivery id) of the last row of the page before.
    """
    profile, delivery = after
    found = Delivery.objects.filter(
        Q(profile_id__gt=profile) | Q(profile_id=profile, pk__gt=delivery),
        message_id__in={run.message_id for run in runs},
        occurrence__in=[run.occurrence for run in runs],
        profile_id__gte=profile,
    )
    if state:
        found = found.filter(state=state)
    if reasons:
        found = found.filter(reason__in=reasons)
    if copy_id is not None:
        found = found.filter(copy_id=copy_id)
    return list(found.select_related("profile").order_by("profile_id", "pk")[:PAGE])


def of_campaigns(campaigns: Iterable[Campaign]) -> dict[int, Totals]:
    """Totals of all runs of each campaign, for a list page: one query."""
    rows = (
        Counter.objects.filter(run__campaign__in=list(campaigns))
        .values("state", "reason", campaign=F("run__campaign_id"))
        .annotate(people=Sum("people"))
    )
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["campaign"], []).append(dict(row))
    return {campaign: add_up(each) for campaign, each in found.items()}


def counted(runs: Sequence[Run], *fields: str) -> list[Row]:
    return list(Counter.objects.filter(run__in=runs).values(*fields).annotate(people=Sum("people")))


def add_up(rows: Iterable[Row]) -> Totals:
    by_state: dict[str, dict[str, int]] = {}
    for row in rows:
        reasons = by_state.setdefault(str(row["state"]), {})
        reason = str(row["reason"])
        reasons[reason] = reasons.get(reason, 0) + row["people"]
    excluded = by_state.get(State.EXCLUDED, {})
    return Totals(
        withheld=most_first({reason: count for reason, count in excluded.items() if reason in CONTROL_GROUPS}),
        excluded=most_first({reason: count for reason, count in excluded.items() if reason not in CONTROL_GROUPS}),
        failed=most_first(by_state.get(State.FAILED, {})),
        accepted=sum(by_state.get(State.ACCEPTED, {}).values()),
        unknown=sum(by_state.get(State.UNKNOWN, {}).values()),
        queued=sum(by_state.get(State.QUEUED, {}).values()),
    )


def most_first(people: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in sorted(people.items(), key=lambda row: (-row[1], row[0])) if count}


def copy_names(runs: Sequence[Run]) -> dict[int, str]:
    names: dict[int, str] = {}
    for run in sorted(runs, key=lambda run: run.occurrence):
        for copy in (run.snapshot or {}).get("copies", []):
            names[copy["id"]] = copy["value"] or "Default"
    return names


def span(runs: Sequence[Run]) -> tuple[datetime | None, datetime | None]:
    """When the first of `runs` started and the last of them completed."""
    found = Run.objects.filter(pk__in=[run.pk for run in runs]).aggregate(Min("started_at"), Max("completed_at"))
    return found["started_at__min"], found["completed_at__max"]
