"""The rule of a segment as plain data: groups of conditions, nested. `segments.parse` reads and writes it as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
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
    VERSION = "version"  # a text read as a version, chosen by a person: `type_of` never says it


Value = None | str | int | Decimal | date | tuple[str, ...] | tuple[Decimal, Decimal] | tuple[date, date]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of `segments.operators`, found by type and operator, with its value."""

    type: Type
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the person; in a `where` of the event or the device.

    With `item` the property is a list of objects and any one of them has to have an `item` that compares so.
    """

    name: str
    comparison: Comparison
    item: str | None = None


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


@dataclass(frozen=True, slots=True)
class Calendar:
    """A period of the calendar in the account's zone, one of `periods.NAMED`: which days that is goes with the day."""

    name: str


Period = Ever | Last | Between | Calendar


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
class Average:
    """The sum of a number of the events over how many of them have it. Events without it do not count."""

    property: str
    comparison: Comparison
    include_never: bool = False


Measure = Times | Sum | Average


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of day in the person's zone, else the account's: from `start` on, before `end`; may cross midnight.

    Both ends alike are the whole day.
    """

    start: time
    end: time


Weekdays = tuple[int, ...]  # 1 is Monday, in the person's zone, else the account's; empty is every day


@dataclass(frozen=True, slots=True)
class Deed:
    """An event of this name that matches all of `where`."""

    event: str
    where: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Did:
    """Any of the deeds at least once, or as often or as much as `measure` says, at these hours on these weekdays.

    `which` "first" (or "last"): of all these events at any time, the person's first (last) one lies in the period.
    """

    deeds: tuple[Deed, ...]
    period: Period
    hours: Hours | None = None
    weekdays: Weekdays = ()
    which: Literal["any", "first", "last"] = "any"
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class DidNot:
    """None of the deeds, not once in the period at these hours on these weekdays."""

    deeds: tuple[Deed, ...]
    period: Period
    hours: Hours | None = None
    weekdays: Weekdays = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The texts of a property of the event; every other type is no value."""

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interest:
    """What the person does the deed with or when: `at_least` so many percent of the times with one of `over`'s values.

    Without `at_least`, predominantly: none of the person's values is more frequent than the most frequent one of
    `over`. The values of `Hours` (whole ones) are the hours of the day, of `Weekdays` the days.
    """

    deed: Deed
    period: Period
    over: Values | Hours | Weekdays
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """Whole years since birth, today in the account's zone; who was born on 29 February ages on 1 March otherwise."""

    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees; `name` is what a marketer calls it, perhaps nothing."""

    latitude: float
    longitude: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """Within so many metres of one of the points, on a sphere."""

    points: tuple[Point, ...]
    metres: int


class Standing(StrEnum):
    """How a person stands to a channel. `REACHABLE`: has an address and is neither unsubscribed nor suppressed.

    Who never said anything is neither subscribed nor unsubscribed.
    """

    HAS_ADDRESS = "has_address"
    REACHABLE = "reachable"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Reachable:
    """`channel` is one of `people.models.Subscription.Channel`."""

    channel: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class HasDevice:
    """One device of the person matches all of `where`."""

    where: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class InSegment:
    """In the saved segment, or not."""

    segment: int
    is_in: bool = True


@dataclass(frozen=True, slots=True)
class InList:
    """In the custom list as it was last uploaded, or not."""

    list: int
    is_in: bool = True


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
Condition = Property | Did | DidNot | Interest | Age | Near | Reachable | HasDevice | Bucket | InSegment | InList
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
