"""Properties with what they are compared with, and how often or how much, read from JSON."""

from collections.abc import Mapping
from decimal import Decimal

from people.properties import COLUMNS
from segments import operators
from segments.inputs import WrongValue
from segments.operands import DEVICE_FIELDS
from segments.parse.reading import TreeError, checked, flag, members, one_of, only_one, parse_name
from segments.parse.whereabouts import Path
from segments.tree import Average, Comparison, Measure, Property, Sum, Times, Type

COMPARED = frozenset({"property", "type", "operator"})
MEASURES = ("count", "sum", "average")


def parse_property(path: Path, json: object) -> Property:
    """A property of the person; a standard one has one type."""
    parts = members(path, json, required=COMPARED, optional={"value"})
    name = parse_name((*path, "property"), parts["property"], "Choose a property.")
    return Property(name, parse_comparison(path, parts, one_type(COLUMNS.get(name))))


def parse_filter(path: Path, json: object) -> Property:
    """A property of an event: standard columns of people mean nothing there."""
    parts = members(path, json, required=COMPARED, optional={"value", "item"})
    name = parse_name((*path, "property"), parts["property"], "Choose a property of the event.")
    item = parse_name((*path, "item"), parts["item"], "Choose what of the list’s items.") if "item" in parts else None
    return Property(name, parse_comparison(path, parts), item)


def parse_device_field(path: Path, json: object) -> Property:
    parts = members(path, json, required=COMPARED, optional={"value"})
    name = one_of((*path, "property"), parts["property"], tuple(DEVICE_FIELDS), "Choose what of the device.")
    return Property(name, parse_comparison(path, parts, DEVICE_FIELDS[name]))


def one_type(column: str | None) -> tuple[Type, ...]:
    return (Type(column),) if column else tuple(Type)


def parse_comparison(path: Path, parts: Mapping[str, object], types: tuple[Type, ...] = tuple(Type)) -> Comparison:
    wanted = Type(one_of((*path, "type"), parts["type"], tuple(Type), "Choose a type of value."))
    if wanted not in types:
        raise TreeError((*path, "type"), f"This property is always a {' or a '.join(types)}.")
    row = operators.find(wanted, str(parts["operator"]))
    if row is None:
        raise TreeError((*path, "operator"), "Choose a comparison.")
    try:
        return Comparison(wanted, row.key, row.input.parse(parts.get("value")))
    except WrongValue as error:
        raise TreeError((*path, "value"), str(error)) from error


def parse_measure(path: Path, parts: Mapping[str, object]) -> Measure | None:
    """How often or how much, where one of `MEASURES` is a member."""
    given = {name: part for name, part in parts.items() if name in MEASURES}
    if not given:
        return None
    match only_one(path, given, MEASURES, "Compare either how often or how much."):
        case "count":
            return parse_times((*path, "count"), given["count"])
        case "sum":
            return Sum(*parse_amount((*path, "sum"), given["sum"], "Choose the number to add up."))
        case _:
            return Average(*parse_amount((*path, "average"), given["average"], "Choose the number to average."))


def parse_times(path: Path, json: object) -> Times:
    parts = members(path, json, required={"operator", "value"}, optional={"include_never"})
    comparison = parse_number(path, parts)
    measure = Times(comparison, flag((*path, "include_never"), parts.get("include_never", False)))
    if any(number != number.to_integral_value() or number < 0 for number in numbers_of(comparison)):
        raise TreeError((*path, "value"), "How often is a whole number, 0 or more.")
    if not measure.include_never and is_impossible(comparison):
        raise TreeError((*path, "value"), "For nobody or never choose “did not do”, or include those who never did.")
    return measure


def parse_amount(path: Path, json: object, message: str) -> tuple[str, Comparison, bool]:
    parts = members(path, json, required={"property", "operator", "value"}, optional={"include_never"})
    name = parse_name((*path, "property"), parts["property"], message)
    return name, parse_number(path, parts), flag((*path, "include_never"), parts.get("include_never", False))


def parse_number(path: Path, parts: Mapping[str, object]) -> Comparison:
    """A number compared by one of `operators.MEASURES`."""
    row = next((row for row in operators.MEASURES if row.key == parts["operator"]), None)
    if row is None:
        raise TreeError((*path, "operator"), "Choose a comparison.")
    return Comparison(Type.NUMBER, row.key, checked((*path, "value"), row.input.parse, parts["value"]))


def numbers_of(comparison: Comparison) -> tuple[Decimal, ...]:
    value = comparison.value
    return value if isinstance(value, tuple) else (value,)  # type: ignore[return-value]  # measures take numbers only


def is_impossible(comparison: Comparison) -> bool:
    """No number of times from 1 on satisfies it."""
    largest = numbers_of(comparison)[-1]
    match comparison.operator:
        case "less_than":
            return largest <= 1
        case "less_than_equals" | "equals" | "between":
            return largest < 1
        case _:
            return False
