"""Periods of the calendar that go with the day: “this season” is September to November in autumn, then the winter."""

from calendar import month_abbr
from collections.abc import Callable, Mapping
from datetime import date, timedelta

Span = tuple[date, date]
Reckoning = Callable[[date], Span]


def months(back: int, length: int, shift: int = 0) -> Reckoning:
    """`length` months, begun so many months before; periods of several begin in January, plus `shift` months."""

    def span(today: date) -> Span:
        first = months_on(today.replace(day=1), -((today.month - 1 - shift) % length) - back)
        return first, months_on(first, length) - timedelta(days=1)

    return span


# Seasons begin in March, June, September and December.
NAMED: Mapping[str, tuple[str, Reckoning]] = {
    "this_month": ("this month", months(0, 1)),
    "previous_month": ("last month", months(1, 1)),
    "this_season": ("this season", months(0, 3, shift=2)),
    "previous_season": ("last season", months(3, 3, shift=2)),
    "this_quarter": ("this quarter", months(0, 3)),
    "previous_quarter": ("last quarter", months(3, 3)),
    "this_year": ("this year", months(0, 12)),
    "previous_year": ("last year", months(12, 12)),
}


def span(name: str, today: date) -> Span:
    """First and last day of the period that `today`, a day of the account's zone, makes of the name."""
    return NAMED[name][1](today)


def words(name: str) -> str:
    return NAMED[name][0]


def choices(today: date) -> dict[str, str]:
    """Each name with its words and what that is today: “last season, now Jun–Aug”."""
    return {name: f"{words(name)}, now {short(span(name, today))}" for name in NAMED}


def short(found: Span) -> str:
    first, last = found
    if first.year == last.year and (first.month, last.month) == (1, 12):
        return str(first.year)
    here, there = month_abbr[first.month], month_abbr[last.month]
    return here if here == there else f"{here}–{there}"


def months_on(first: date, count: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(year, month + 1, 1)
