"""Wall clocks and months: instants across daylight-saving changes, days of a month by rule."""

import calendar
from datetime import date

from segments.wall_clock import instant

__all__ = ["days_of_month", "instant"]


def days_of_month(year: int, month: int, days: tuple[int, ...], nth: tuple[tuple[int, int], ...]) -> list[date]:
    """The days, ascending, that `days` (1–31, -1 the last) and `nth` (n 1–5 or -1 the last, weekday) name there."""
    length = calendar.monthrange(year, month)[1]
    numbers = {length if day == -1 else day for day in days if day <= length}
    for n, weekday in nth:
        of_weekday = [day for day in range(1, length + 1) if date(year, month, day).weekday() == weekday]
        if n == -1 or n <= len(of_weekday):
            numbers.add(of_weekday[-1 if n == -1 else n - 1])
    return [date(year, month, number) for number in sorted(numbers)]
