"""Wall clocks and months: instants across daylight-saving changes, days of a month by rule."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive wall time. One that does not exist is the first instant after the gap; an
    ambiguous one is its first occurrence."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    return end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), early, zone)


def end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes between two instants (UTC)."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def days_of_month(year: int, month: int, days: tuple[int, ...], nth: tuple[tuple[int, int], ...]) -> list[date]:
    """The days, ascending, that `days` (1–31, -1 the last) and `nth` (n 1–5 or -1 the last, weekday) name there."""
    length = calendar.monthrange(year, month)[1]
    numbers = {length if day == -1 else day for day in days if day <= length}
    for n, weekday in nth:
        of_weekday = [day for day in range(1, length + 1) if date(year, month, day).weekday() == weekday]
        if n == -1 or n <= len(of_weekday):
            numbers.add(of_weekday[-1 if n == -1 else n - 1])
    return [date(year, month, number) for number in sorted(numbers)]
