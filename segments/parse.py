"""The rule read from JSON, version 1. What cannot work is refused with its path and a sentence for marketers."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from typing import TypeVar

from people.properties import COLUMNS
from segments import inputs, operators
from segments.dump import VERSION, dump
from segments.inputs import UNFIT, WrongValue
from segments.tree import (
    All,
    Any,
    Between,
    Bucket,
    Comparison,
    Condition,
    Did,
    DidNot,
    Ever,
    Group,
    Last,
    Node,
    NoneOf,
    Period,
    Place,
    Property,
    Sum,
    Times,
    Tree,
    Type,
)

__all__ = ["TreeError", "dump", "parse", "problems"]

DEPTH = 6
WIDTH = 50
SIZE = 200  # conditions, groups and property filters together
FILTERS = 10
NAME_LENGTH = 120
GROUPS: dict[str, type[Group]] = {"all": All, "any": Any, "none": NoneOf}
Path = tuple[str | int, ...]
Members = dict[str, object]
T = TypeVar("T")


class TreeError(Exception):
    """`path` leads to the wrong part of the JSON; `message` says to a marketer what to do."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.path else self.message

    @property
    def where(self) -> str:
        """rule.all[1].where[0].value"""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")

    @property
    def place(self) -> Place:
        """The numbers of the branches that lead there, as `tree.conditions` counts them."""
        return tuple(step for step in self.path if isinstance(step, int))

    @property
    def field(self) -> str:
        """The last name on the path: which input of the condition is wrong."""
        names = [step for step in self.path if isinstance(step, str)]
        return names[-1] if names else ""


def parse(json: object) -> Tree:
    """Raises TreeError."""
    parts = members((), json, required={"version", "rule"})
    if parts["version"] != VERSION or isinstance(parts["version"], bool):
        raise TreeError(("version",), f"This segment is of another version; only version {VERSION} can be read.")
    rule = parse_node(("rule",), parts["rule"], depth=1)
    if not isinstance(rule, All | Any | NoneOf):
        raise TreeError(("rule",), "A segment begins with a group: all, any or none.")
    if not rule.of and not isinstance(rule, All):
        raise TreeError(("rule",), "Add a condition to this group.")
    if size(rule) > SIZE:
        raise TreeError(("rule",), f"A segment has at most {SIZE} conditions.")
    return rule


def problems(json: object) -> list[TreeError]:
    """Everything that is wrong, in order, at most one for each condition; empty if it can be parsed."""
    try:
        parse(json)
    except TreeError as error:
        rule = json.get("rule") if isinstance(json, dict) else None
        return list(problems_within(("rule",), rule, 1)) or [error]
    return []


def problems_within(path: Path, json: object, depth: int) -> Iterator[TreeError]:
    group = next((kind for kind in GROUPS if kind in json), None) if isinstance(json, dict) else None
    if isinstance(json, dict) and group and isinstance(json[group], list) and json[group] and depth <= DEPTH:
        for number, child in enumerate(json[group]):
            yield from problems_within((*path, group, number), child, depth + 1)
        return
    try:
        parse_node(path, json, depth)
    except TreeError as error:
        yield error


def parse_node(path: Path, json: object, depth: int) -> Node:
    family = family_of(path, json)
    if family in GROUPS:
        return parse_group(path, json, family, depth)
    return FAMILIES[family](path, json)


def family_of(path: Path, json: object) -> str:
    """The one member that says what kind of node it is."""
    if not isinstance(json, dict):
        raise TreeError(path, "Choose a condition.")
    known = [str(name) for name in json if name in GROUPS or name in FAMILIES]
    if len(known) != 1:
        raise TreeError(path, f"Choose one of: {', '.join([*GROUPS, *FAMILIES])}.")
    return known[0]


def parse_group(path: Path, json: object, kind: str, depth: int) -> Group:
    children = members(path, json, required={kind})[kind]
    here = (*path, kind)
    if depth > DEPTH:
        raise TreeError(path, f"Groups can be nested {DEPTH} deep.")
    if not isinstance(children, list):
        raise TreeError(here, "A group is a list of conditions.")
    if not children and depth > 1:
        raise TreeError(here, "Add a condition to this group.")
    if len(children) > WIDTH:
        raise TreeError(here, f"A group has at most {WIDTH} conditions.")
    return GROUPS[kind](tuple(parse_node((*here, number), child, depth + 1) for number, child in enumerate(children)))


def parse_property(path: Path, json: object) -> Property:
    parts = members(path, json, required={"property", "type", "operator"}, optional={"value"})
    name = parse_name((*path, "property"), parts["property"], "Choose a property.")
    return Property(name, parse_comparison(path, parts, COLUMNS.get(name)))


def parse_filter(path: Path, json: object) -> Property:
    """A property of an event: standard columns of people mean nothing there."""
    parts = members(path, json, required={"property", "type", "operator"}, optional={"value"})
    name = parse_name((*path, "property"), parts["property"], "Choose a property of the event.")
    return Property(name, parse_comparison(path, parts, None))


def parse_comparison(path: Path, parts: Mapping[str, object], column: str | None) -> Comparison:
    wanted = one_of((*path, "type"), parts["type"], tuple(Type), "Choose a type of value.")
    if column and wanted != column:
        raise TreeError((*path, "type"), f"This property is always a {column}.")
    row = operators.find(Type(wanted), str(parts["operator"]))
    if row is None:
        raise TreeError((*path, "operator"), "Choose a comparison.")
    try:
        return Comparison(Type(wanted), row.key, row.input.parse(parts.get("value")))
    except WrongValue as error:
        raise TreeError((*path, "value"), str(error)) from error


def parse_did(path: Path, json: object) -> Did:
    parts = members(path, json, required={"did", "period"}, optional={"where", "count", "sum"})
    return Did(*parse_event(path, parts, "did"), measure=parse_how_much(path, parts))


def parse_how_much(path: Path, parts: Mapping[str, object]) -> Times | Sum | None:
    if "count" in parts and "sum" in parts:
        raise TreeError((*path, "sum"), "Compare either how often or how much.")
    if "count" in parts:
        return parse_times((*path, "count"), parts["count"])
    return parse_sum((*path, "sum"), parts["sum"]) if "sum" in parts else None


def parse_did_not(path: Path, json: object) -> DidNot:
    parts = members(path, json, required={"did_not", "period"}, optional={"where"})
    return DidNot(*parse_event(path, parts, "did_not"))


def parse_event(path: Path, parts: Mapping[str, object], family: str) -> tuple[str, Period, tuple[Property, ...]]:
    event = parse_name((*path, family), parts[family], "Choose an event.")
    filters = parts.get("where", [])
    here = (*path, "where")
    if not isinstance(filters, list) or len(filters) > FILTERS:
        raise TreeError(here, f"An event has at most {FILTERS} property filters.")
    where = tuple(parse_filter((*here, number), each) for number, each in enumerate(filters))
    return event, parse_period((*path, "period"), parts["period"]), where


def parse_period(path: Path, json: object) -> Period:
    if json == "ever":
        return Ever()
    if isinstance(json, dict) and "last" in json:
        parts = members(path, json, required={"last", "unit"})
        unit = one_of((*path, "unit"), parts["unit"], ("days", "hours"), "Choose days or hours.")
        return Last(checked((*path, "last"), inputs.parse_amount, parts["last"]), "days" if unit == "days" else "hours")
    parts = members(path, json, optional={"from", "to"})
    first, last = (parse_end((*path, end), parts.get(end)) for end in ("from", "to"))
    if first is None and last is None:
        raise TreeError(path, "Choose a period.")
    if first and last and first > last:
        raise TreeError((*path, "to"), "The period ends before it begins.")
    return Between(first, last)


def parse_end(path: Path, json: object) -> date | None:
    return None if json is None else checked(path, inputs.parse_day, json)


def parse_times(path: Path, json: object) -> Times:
    parts = members(path, json, required={"operator", "value"}, optional={"include_never"})
    comparison = parse_measure(path, parts)
    measure = Times(comparison, flag((*path, "include_never"), parts.get("include_never", False)))
    if any(number != number.to_integral_value() or number < 0 for number in numbers_of(comparison)):
        raise TreeError((*path, "value"), "How often is a whole number, 0 or more.")
    if not measure.include_never and is_impossible(comparison):
        raise TreeError((*path, "value"), "For nobody or never choose “did not do”, or include those who never did.")
    return measure


def parse_sum(path: Path, json: object) -> Sum:
    parts = members(path, json, required={"property", "operator", "value"}, optional={"include_never"})
    name = parse_name((*path, "property"), parts["property"], "Choose the number to add up.")
    return Sum(name, parse_measure(path, parts), flag((*path, "include_never"), parts.get("include_never", False)))


def parse_measure(path: Path, parts: Mapping[str, object]) -> Comparison:
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


def parse_bucket(path: Path, json: object) -> Bucket:
    ends = members(path, json, required={"bucket"})["bucket"]
    here = (*path, "bucket")
    parts = members(here, ends, required={"from", "to"})
    low, high = (checked((*here, end), inputs.parse_amount, parts[end]) for end in ("from", "to"))
    if high > 999:
        raise TreeError((*here, "to"), "Buckets go from 0 to 999.")
    if low > high:
        raise TreeError((*here, "to"), "The first bucket is above the second.")
    return Bucket(low, high)


def parse_name(path: Path, json: object, message: str) -> str:
    if not isinstance(json, str) or not json.strip() or len(json) > NAME_LENGTH or UNFIT.search(json):
        raise TreeError(path, message)
    return json


def flag(path: Path, json: object) -> bool:
    if not isinstance(json, bool):
        raise TreeError(path, "This is either true or false.")
    return json


def one_of(path: Path, json: object, choices: Sequence[str], message: str) -> str:
    if not isinstance(json, str) or json not in choices:
        raise TreeError(path, message)
    return json


def checked(path: Path, parse: Callable[[object], T], json: object) -> T:
    try:
        return parse(json)
    except WrongValue as error:
        raise TreeError(path, str(error)) from error


def members(path: Path, json: object, *, required: Set[str] = frozenset(), optional: Set[str] = frozenset()) -> Members:
    """The members of a JSON object that has all of `required` and nothing but those and `optional`."""
    if not isinstance(json, dict):
        raise TreeError(path, "Something is missing here.")
    for name in sorted(required - json.keys()):
        raise TreeError((*path, name), "Something is missing here.")
    for name in json:
        if name not in required and name not in optional:
            raise TreeError(path, f"“{str(name)[:50]}” is not known here.")
    return json


def size(node: Node) -> int:
    match node:
        case All(of) | Any(of) | NoneOf(of):
            return 1 + sum(size(child) for child in of)
        case Did(where=where) | DidNot(where=where):
            return 1 + len(where)
        case _:
            return 1


FAMILIES: dict[str, Callable[[Path, object], Condition]] = {
    "property": parse_property,
    "did": parse_did,
    "did_not": parse_did_not,
    "bucket": parse_bucket,
}
