"""The rule of a segment as plain data: groups of conditions, nested. `segments.parse` reads and writes it as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal


class Type(StrEnum):
    """What a value is, decided for each value by itself (`people.properties.type_of`)."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"


Value = None | str | int | Decimal | date | tuple[str, ...] | tuple[Decimal, Decimal] | tuple[date, date]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of `segments.operators`, found by type and operator, with its value."""

    type: Type
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the person, or inside `Did.where` of the event."""

    name: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Ever:
    """At any time."""


@dataclass(frozen=True, slots=True)
class Last:
    """From the start of the day `amount` days ago on, or from `amount` hours ago on."""

    amount: int
    unit: Literal["days", "hours"] = "days"


@dataclass(frozen=True, slots=True)
class Between:
    """Whole days in the account's zone, both included; None leaves that end open."""

    first: date | None
    last: date | None


Period = Ever | Last | Between


@dataclass(frozen=True, slots=True)
class Times:
    """How often. A person who never did it is left out unless `include_never`."""

    comparison: Comparison
    include_never: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a number of the events. Events without that number do not count as having been done."""

    property: str
    comparison: Comparison
    include_never: bool = False


@dataclass(frozen=True, slots=True)
class Did:
    """At least once, or as often or as much as `measure` says; only events that match all of `where`."""

    event: str
    period: Period
    where: tuple[Property, ...] = ()
    measure: Times | Sum | None = None


@dataclass(frozen=True, slots=True)
class DidNot:
    """Not once in the period with these properties."""

    event: str
    period: Period
    where: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """The person's permanent random number, 0–999; both ends included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class All:
    """Everyone, when it is empty."""

    of: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Any:
    of: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class NoneOf:
    of: "tuple[Node, ...]" = ()


Group = All | Any | NoneOf
Condition = Property | Did | DidNot | Bucket
Node = Group | Condition
Tree = Group
Place = tuple[int, ...]


def nodes(node: Node, place: Place = ()) -> Iterator[tuple[Place, Node]]:
    """Every node with its place: the numbers of the branches that lead to it, from 0. Groups before their members."""
    yield place, node
    if isinstance(node, All | Any | NoneOf):
        for number, child in enumerate(node.of):
            yield from nodes(child, (*place, number))


def conditions(node: Node) -> Iterator[tuple[Place, Condition]]:
    return ((place, each) for place, each in nodes(node) if not isinstance(each, All | Any | NoneOf))
