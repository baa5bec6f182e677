"""Periods that have a name and fill in their dates: “this season” is 1 September to 30 November."""

from calendar import month_abbr
from datetime import date, timedelta

Span = tuple[date, date]


def named(today: date) -> dict[str, tuple[str, Span]]:
    """Each with its words and its first and last day."""
    season = months_on(today.replace(day=1), -(today.month % 3))
    quarter = months_on(today.replace(day=1), -((today.month - 1) % 3))
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    before = months_on(month, -1)
    return {
        "this_month": ("this month", (month, last_day(month, 1))),
        "previous_month": ("the month before", (before, last_day(before, 1))),
        "this_season": (f"this season ({words(season)})", (season, last_day(season, 3))),
        "previous_season": season_before(season),
        "this_quarter": (f"this quarter ({words(quarter)})", (quarter, last_day(quarter, 3))),
        "this_year": (f"this year ({year.year})", (year, last_day(year, 12))),
        "previous_year": (f"the year before ({year.year - 1})", (months_on(year, -12), year - timedelta(days=1))),
    }


def season_before(season: date) -> tuple[str, Span]:
    first = months_on(season, -3)
    return f"the season before ({words(first)})", (first, last_day(first, 3))


def words(first: date) -> str:
    """Sep–Nov"""
    return f"{month_abbr[first.month]}–{month_abbr[months_on(first, 2).month]}"


def dates_of(name: str, today: date) -> dict[str, str]:
    """The period as JSON; no dates where the name is unknown."""
    if name not in named(today):
        return {"from": "", "to": ""}
    _, (first, last) = named(today)[name]
    return {"from": first.isoformat(), "to": last.isoformat()}


def months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def last_day(first: date, months: int) -> date:
    return months_on(first, months) - timedelta(days=1)
