"""What a rule says of a person's events."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from segments.tree import (
    Average,
    Between,
    Calendar,
    Deed,
    Did,
    Ever,
    Hours,
    Interest,
    Last,
    Measure,
    Period,
    Sum,
    Times,
    Values,
    Weekdays,
)
from tests.segments.oracle_values import exact, is_number, meets, meets_filter
from tests.segments.oracle_world import Event, Person, World

# Which of its kind, counted from the year 0, a day is in; winter begins with December.
UNITS: dict[str, Callable[[date], int]] = {
    "month": lambda day: 12 * day.year + day.month,
    "season": lambda day: (12 * day.year + day.month) // 3,
    "quarter": lambda day: (12 * day.year + day.month - 1) // 3,
    "year": lambda day: day.year,
}


def did(node: Did, person: Person, world: World) -> bool:
    at_all = [each for each in done(node.deeds, person, world) if is_at(each, node.hours, node.weekdays, person, world)]
    if node.which != "any":
        moments = [each.at for each in at_all]
        one = {"first": min, "last": max}[node.which](moments, default=None)
        return one is not None and is_in(one, node.period, world)
    found = [each for each in at_all if is_in(each.at, node.period, world)]
    return bool(found) if node.measure is None else measures(node.measure, found, world)


def done(deeds: Sequence[Deed], person: Person, world: World) -> list[Event]:
    """An event that is several of the deeds is one event."""
    return [each for each in person.events if any(is_deed(each, deed, world) for deed in deeds)]


def is_deed(event: Event, deed: Deed, world: World) -> bool:
    return event.name == deed.event and all(meets_filter(event.properties, one, world) for one in deed.where)


def is_at(event: Event, hours: Hours | None, weekdays: Weekdays, person: Person, world: World) -> bool:
    local = local_time(event.at, person, world)
    return (not weekdays or local.isoweekday() in weekdays) and (hours is None or is_between(local.time(), hours))


def local_time(at: datetime, person: Person, world: World) -> datetime:
    return at.astimezone(ZoneInfo(person.zone) if person.zone else world.zone)


def is_between(clock: time, hours: Hours) -> bool:
    if hours.start < hours.end:
        return hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end  # over midnight, or the whole day


def is_in(at: datetime, period: Period, world: World) -> bool:
    day = at.astimezone(world.zone).date()
    match period:
        case Ever():
            return True
        case Last(amount, "hours"):
            return at.astimezone(UTC) >= world.now.astimezone(UTC) - timedelta(hours=amount)
        case Last(amount):
            return day >= world.today - timedelta(days=amount)
        case Between(first, last):
            return (first is None or day >= first) and (last is None or day <= last)
        case Calendar(name):
            which, _, unit = name.partition("_")
            return UNITS[unit](world.today) - UNITS[unit](day) == ("this", "previous").index(which)


def measures(measure: Measure, found: list[Event], world: World) -> bool:
    match measure:
        case Times():
            often, amount = len(found), Fraction(len(found))
        case Sum(name):
            numbers = numbers_of(found, name)
            often, amount = len(numbers), sum(numbers, Fraction(0))
        case Average(name):
            numbers = numbers_of(found, name)
            often, amount = len(numbers), sum(numbers, Fraction(0)) / max(1, len(numbers))
    return (often > 0 or measure.include_never) and meets(amount, measure.comparison, world)


def numbers_of(found: list[Event], name: str) -> list[Fraction]:
    values = [each.properties.get(name) for each in found]
    return [exact(value) for value in values if is_number(value)]


def is_interested(node: Interest, person: Person, world: World) -> bool:
    found = [each for each in done([node.deed], person, world) if is_in(each.at, node.period, world)]
    seen = [interest_of(each, node.over, person, world) for each in found]
    wanted = wanted_by(node.over)
    if node.at_least is not None:
        return bool(found) and Fraction(sum(each in wanted for each in seen), len(found)) >= Fraction(
            node.at_least, 100
        )
    times = Counter(each for each in seen if each is not None)
    return any(times[each] == max(times.values()) for each in wanted if each in times)


def interest_of(event: Event, over: Values | Hours | Weekdays, person: Person, world: World) -> str | int | None:
    """The text, the hour or the day of the week; None where the event has no such value."""
    match over:
        case Values(name):
            value = event.properties.get(name)
            return value if isinstance(value, str) and value.strip() else None
        case Hours():
            return local_time(event.at, person, world).hour
        case _:
            return local_time(event.at, person, world).isoweekday()


def wanted_by(over: Values | Hours | Weekdays) -> set[str | int]:
    match over:
        case Values(_, values):
            return set(values)
        case Hours():
            return {hour for hour in range(24) if is_between(time(hour), over)}
        case _:
            return set(over)
