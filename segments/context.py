"""What a rule is read against: the time, the account's zone, and which people are looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Composable, Literal

from segments import periods
from segments.tree import Between, Calendar, Ever, Last, Period, Tree

SAMPLE = 64  # one person in 64, by id: the partial indexes of `people` have the same condition


@dataclass(frozen=True, slots=True)
class Everyone:
    """No limit."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """The people whose id is a multiple of `SAMPLE`."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The people whose id is above `after`, up to `until`."""

    after: int
    until: int


@dataclass(frozen=True, slots=True)
class Some:
    """The people of these ids."""

    ids: tuple[int, ...]


People = Everyone | Sampled | Ids | Some


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of a saved segment."""

    name: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class References:
    """What the segments and lists of a rule are: each segment's rule, the upload that is current of each list."""

    segments: Mapping[int, Rule]
    uploads: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is aware. `people` narrows the answer and every part of the query that leads to it.

    With `references` segments and lists are what they were when those were read; without, what they are now.
    """

    now: datetime
    zone: ZoneInfo
    people: People = Everyone()
    references: References | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Bounds:
    """From `start` on, before `end`; None is open."""

    start: datetime | None
    end: datetime | None


def bounds(period: Period, context: Context) -> Bounds:
    match period:
        case Ever():
            return Bounds(None, None)
        case Last(amount, "hours"):
            return Bounds(context.now.astimezone(UTC) - timedelta(hours=amount), None)
        case Last(amount):
            return Bounds(start_of(context.today - timedelta(days=amount), context.zone), None)
        case Between(first, last):
            return days(first, last, context)
        case Calendar(name):
            return days(*periods.span(name, context.today), context)


def days(first: date | None, last: date | None, context: Context) -> Bounds:
    """Whole days, both included."""
    return Bounds(
        start_of(first, context.zone) if first else None,
        start_of(last + timedelta(days=1), context.zone) if last else None,
    )


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day, in UTC: after a gap at midnight, and the first of two midnights."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def among(people: People, column: Composable) -> list[Composable]:
    """The conditions that keep `column`, a profile id, within `people`."""
    match people:
        case Everyone():
            return []
        case Sampled():
            return [SQL("{} % {} = 0").format(column, Literal(SAMPLE))]
        case Ids(after, until):
            return [SQL("{0} > {1} AND {0} <= {2}").format(column, Literal(after), Literal(until))]
        case Some(ids):
            return [SQL("{} = ANY({}::bigint[])").format(column, Literal(list(ids)))]
