"""When a campaign runs: the schedule as plain data, its JSON, and the instants it yields."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from campaigns import wall_clock

HORIZON = timedelta(days=3660)  # ten years: a rule that yields nothing until then yields nothing


@dataclass(frozen=True, slots=True)
class Now:
    """At once, when it is published."""


@dataclass(frozen=True, slots=True)
class At:
    """At one or several wall times of the schedule's zone, sorted."""

    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Daily:
    """Every `every` days (1–6), from the launch day on if `time` is still ahead."""

    every: int
    time: time


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every `every` weeks on `weekdays` (0 is Monday), from the launch day on if `time` is still ahead."""

    every: int
    weekdays: tuple[int, ...]
    time: time


@dataclass(frozen=True, slots=True)
class Monthly:
    """Every `every` months on `days` (1–31, -1 the last day) or `nth` weekdays (n 1–5 or -1, weekday), never on the
    launch day. A month without such a day is passed over."""

    every: int
    days: tuple[int, ...]
    nth: tuple[tuple[int, int], ...]
    time: time


When = Now | At | Daily | Weekly | Monthly


@dataclass(frozen=True, slots=True)
class Ends:
    """Never, on a date (that day included, in the schedule's zone), or after a number of runs."""

    kind: Literal["never", "on", "after"] = "never"
    on: date | None = None
    runs: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """`zone` is a named zone; empty: the account's."""

    when: When
    zone: str = ""
    ends: Ends = Ends()

    def zone_or(self, account_zone: str) -> ZoneInfo:
        return ZoneInfo(self.zone or account_zone)

    @property
    def is_recurring(self) -> bool:
        return isinstance(self.when, Daily | Weekly | Monthly)


def occurrences(schedule: Schedule, *, launched_at: datetime, account_zone: str) -> Iterator[datetime]:
    """Every instant (UTC, ascending) at which a campaign launched at `launched_at` runs; endless without an end."""
    zone = schedule.zone_or(account_zone)
    if isinstance(schedule.when, Now):
        yield launched_at.astimezone(UTC)
        return
    instants = (wall_clock.instant(wall, zone) for wall in wall_times(schedule.when, launched_at.astimezone(zone)))
    ahead = (instant for instant in instants if instant > launched_at)
    yield from until_end(ahead, schedule.ends if schedule.is_recurring else Ends(), zone)


def next_after(
    schedule: Schedule, moment: datetime, *, launched_at: datetime, account_zone: str, runs_so_far: int
) -> datetime | None:
    """The first occurrence after `moment`, or None when the schedule has ended by its date or number of runs."""
    if schedule.ends.kind == "after" and schedule.is_recurring and runs_so_far >= (schedule.ends.runs or 0):
        return None
    for instant in occurrences(schedule, launched_at=launched_at, account_zone=account_zone):
        if instant > moment:
            return instant
    return None


def upcoming(schedule: Schedule, *, now: datetime, account_zone: str, limit: int = 5) -> list[datetime]:
    """What the editor shows: the next occurrences if it were published now."""
    return list(islice(occurrences(schedule, launched_at=now, account_zone=account_zone), limit))


def wall_times(when: When, launch: datetime) -> Iterator[datetime]:
    """Candidate wall times, ascending, from the launch's own day on; the caller drops those that are past."""
    match when:
        case Now():
            yield launch.replace(tzinfo=None)
        case At(times):
            yield from times
        case Daily():
            yield from daily(when, launch)
        case Weekly():
            yield from weekly(when, launch)
        case Monthly():
            yield from monthly(when, launch)
        case _:
            assert_never(when)


def daily(when: Daily, launch: datetime) -> Iterator[datetime]:
    day = first_day(when.time, launch)
    while day < launch.date() + HORIZON:
        yield datetime.combine(day, when.time)
        day += timedelta(days=when.every)


def weekly(when: Weekly, launch: datetime) -> Iterator[datetime]:
    """Weeks begin on Monday and are counted from the one of the first run."""
    day, anchor = first_day(when.time, launch), None
    while day < launch.date() + HORIZON:
        monday = day - timedelta(days=day.weekday())
        if day.weekday() in when.weekdays:
            anchor = anchor or monday
            if (monday - anchor).days % (7 * when.every) == 0:
                yield datetime.combine(day, when.time)
        day += timedelta(days=1)


def monthly(when: Monthly, launch: datetime) -> Iterator[datetime]:
    """Months are counted from the one of the first run. Never on the launch day: nothing goes out by accident."""
    month, anchor = launch.year * 12 + launch.month - 1, None
    while month * 31 < (launch.year * 12 + launch.month) * 31 + HORIZON.days:
        days = wall_clock.days_of_month(month // 12, month % 12 + 1, when.days, when.nth)
        for day in (day for day in days if day > launch.date()):
            anchor = month if anchor is None else anchor
            if (month - anchor) % when.every == 0:
                yield datetime.combine(day, when.time)
        month += 1


def first_day(at: time, launch: datetime) -> date:
    """The launch day if `at` is still ahead of its wall clock, else the day after."""
    return launch.date() if at > launch.time() else launch.date() + timedelta(days=1)


def until_end(instants: Iterator[datetime], ends: Ends, zone: ZoneInfo) -> Iterator[datetime]:
    if ends.kind == "after":
        yield from islice(instants, ends.runs)
        return
    for instant in instants:
        if ends.kind == "on" and ends.on is not None and instant.astimezone(zone).date() > ends.on:
            return
        yield instant
