"""What one comparison says of one value, by type."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest
from operator import eq, ge, gt, le, lt, ne
from typing import Any as Anything

from segments.tree import Comparison, Property, Type
from tests.segments.oracle_world import World

ORDER: dict[str, Callable[[Anything, Anything], bool]] = {
    "equals": eq,
    "not_equals": ne,
    "greater_than": gt,
    "greater_than_equals": ge,
    "less_than": lt,
    "less_than_equals": le,
    "on": eq,
    "before": lt,
    "after": gt,
}
TRUE_OF_NOTHING = {"missing", "not_equals", "not_contains", "none_of"}
MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?P<fraction>\.[0-9]{1,9})?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
FARTHEST_OFFSET = timedelta(hours=15)


def meets(raw: object, comparison: Comparison, world: World) -> bool:
    operator = comparison.operator
    if is_nothing(raw):
        return operator in TRUE_OF_NOTHING
    if operator in ("exists", "missing"):
        return operator == "exists"
    match comparison.type:
        case Type.TEXT:
            return isinstance(raw, str) and says_text(raw, operator, comparison.value)
        case Type.NUMBER:
            return is_number(raw) and says_number(exact(raw), comparison)
        case Type.BOOLEAN:
            return raw is (operator == "is_true")
        case Type.DATE:
            seen = day_of(raw, world)
            return seen is not None and says_day(seen, operator, comparison.value, world.today)
        case Type.LIST:
            return isinstance(raw, list) and says_list(raw, operator, comparison.value)
        case Type.VERSION:
            parts = version_of(raw) if isinstance(raw, str) else None
            return parts is not None and says_version(parts, operator, comparison.value)


def meets_filter(properties: Anything, where: Property, world: World) -> bool:
    """With an item: of one of the objects in the list."""
    raw = properties.get(where.name)
    if where.item is None:
        return meets(raw, where.comparison, world)
    items = [each for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []
    return any(meets(each.get(where.item), where.comparison, world) for each in items)


def is_nothing(raw: object) -> bool:
    return raw is None or raw == [] or raw == {} or (isinstance(raw, str) and not raw.strip())


def is_of(kind: Type, raw: object, world: World) -> bool:
    match kind:
        case Type.TEXT:
            return isinstance(raw, str)
        case Type.NUMBER:
            return is_number(raw)
        case Type.BOOLEAN:
            return isinstance(raw, bool)
        case Type.DATE:
            return day_of(raw, world) is not None
        case Type.LIST:
            return isinstance(raw, list)
        case Type.VERSION:
            return isinstance(raw, str) and version_of(raw) is not None


def is_number(raw: object) -> bool:
    return isinstance(raw, int | float | Decimal | Fraction) and not isinstance(raw, bool)


def exact(raw: object) -> Fraction:
    """A float is the number that it is written as."""
    return raw if isinstance(raw, Fraction) else Fraction(str(raw))


def says_text(seen: str, operator: str, value: Anything) -> bool:
    match operator:
        case "equals":
            return seen in value
        case "not_equals":
            return seen not in value
        case "contains":
            return ascii_lower(value) in ascii_lower(seen)
        case "not_contains":
            return ascii_lower(value) not in ascii_lower(seen)
        case "starts_with":
            return ascii_lower(seen).startswith(ascii_lower(value))
    raise AssertionError(operator)


def ascii_lower(text: str) -> bytes:
    return text.encode().lower()


def says_number(seen: Fraction, comparison: Comparison) -> bool:
    value: Anything = comparison.value
    if comparison.operator == "between":
        return exact(value[0]) <= seen <= exact(value[1])
    return ORDER[comparison.operator](seen, exact(value))


def says_day(seen: date, operator: str, value: Anything, today: date) -> bool:
    match operator:
        case "between":
            return bool(value[0] <= seen <= value[1])
        case "last_days":
            return today - timedelta(days=value) <= seen <= today
        case "next_days":
            return today <= seen <= today + timedelta(days=value)
        case "anniversary_today":
            return has_anniversary(seen, today)
        case "anniversary_last_days":
            return any(has_anniversary(seen, today - timedelta(days=ago)) for ago in range(value + 1))
        case "anniversary_next_days":
            return any(has_anniversary(seen, today + timedelta(days=ahead)) for ahead in range(value + 1))
    return ORDER[operator](seen, value)


def has_anniversary(seen: date, day: date) -> bool:
    try:
        return seen.replace(year=day.year) == day
    except ValueError:  # 29 February, in a year that has none
        return (day.month, day.day) == (3, 1)


def says_list(seen: list[object], operator: str, value: Anything) -> bool:
    found = [each in seen for each in value]
    match operator:
        case "any_of":
            return any(found)
        case "all_of":
            return all(found)
        case "none_of":
            return not any(found)
    raise AssertionError(operator)


def says_version(seen: list[int], operator: str, value: Anything) -> bool:
    if operator == "between":
        return says_version(seen, "greater_than_equals", value[0]) and says_version(seen, "less_than_equals", value[1])
    wanted = version_of(value)
    assert wanted is not None
    pairs = list(zip_longest(seen, wanted, fillvalue=0))
    return ORDER[operator]([mine for mine, _ in pairs], [theirs for _, theirs in pairs])


def version_of(text: str) -> list[int] | None:
    """Read sign by sign up to the first that does not belong there."""
    parts, digits = list[int](), ""
    for sign in text.removeprefix("v") if text.startswith("v") else text.removeprefix("V"):
        if sign in "0123456789":
            digits += sign
        elif sign == "." and digits:
            parts, digits = [*parts, int(digits)], ""
        else:
            break
    return ([*parts, int(digits)] if digits else parts) or None


def day_of(raw: object, world: World) -> date | None:
    """The day in the account's zone where the moment is known, else the day as it is written."""
    match raw:
        case datetime():
            return raw.astimezone(world.zone).date()
        case date():
            return raw
        case str():
            return day_of_text(raw, world)
    return None


def day_of_text(text: str, world: World) -> date | None:
    found = MOMENT.fullmatch(text)
    try:
        day = date.fromisoformat(found["day"]) if found else None
        moment = (
            datetime.fromisoformat(f"{found['day']}T{found['clock'] or '00:00'}{found['offset'] or ''}")
            if found
            else None
        )
    except ValueError:
        return None
    if not found or not day or not moment or day.year < 1000 or (found["clock"] or "").startswith("24"):
        return None
    if moment.tzinfo is None:
        return day
    if abs(moment.utcoffset() or timedelta()) >= FARTHEST_OFFSET:
        return None
    try:
        return moment.astimezone(world.zone).date()
    except OverflowError:
        return date.max
