"""The size of a segment day by day, as a chart and its table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from people.models import Subscription
from segments.sizes import Size

Channel = Subscription.Channel
COLUMNS = ["Day", "People", *(f"{channel.label}: can be reached" for channel in Channel), ""]


@dataclass(frozen=True, slots=True)
class Chart:
    """`option` is that of ECharts; days on which nobody counted are a gap in its line."""

    option: dict[str, object]
    columns: list[str]
    rows: list[list[str]]


def chart_of(sizes: Sequence[Size]) -> Chart | None:
    """None as long as there is no line to draw: a line has two ends."""
    if len(sizes) < 2:
        return None
    people = {size.day: size.people for size in sizes}
    days = list(days_between(sizes[0].day, sizes[-1].day))
    line = {"type": "line", "name": "People", "data": [people.get(day) for day in days], "color": "accent"}
    option = {
        "xAxis": {"type": "category", "data": [words_of(day) for day in days]},
        "yAxis": {"type": "value"},
        "series": [line | {"showSymbol": len(days) < 40, "connectNulls": True}],
    }
    return Chart(option, COLUMNS, [row(size) for size in reversed(sizes)])


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def row(size: Size) -> list[str]:
    reached = [f"{size.channels[channel]:,}" if channel in size.channels else "–" for channel in Channel]
    return [words_of(size.day), f"{size.people:,}", *reached, "the rule was changed" if size.was_changed else ""]


def words_of(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
