"""What a rule means, said again in plain Python over people and events in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from people.properties import COLUMNS
from segments import operators
from segments.context import Context
from segments.operands import column_json
from segments.tree import (
    All,
    Any,
    Between,
    Bucket,
    Did,
    DidNot,
    Ever,
    Last,
    Node,
    NoneOf,
    Period,
    Property,
    Sum,
    Times,
    Tree,
)


@dataclass(frozen=True)
class Deed:
    event: str
    at: datetime
    properties: dict[str, object]


@dataclass(frozen=True)
class Person:
    id: int
    columns: dict[str, object]
    properties: dict[str, object]
    deeds: list[Deed] = field(default_factory=list)


def members(tree: Tree, people: Iterable[Person], context: Context) -> set[int]:
    return {person.id for person in people if matches(tree, person, context)}


def matches(node: Node, person: Person, context: Context) -> bool:
    match node:
        case All(of):
            return all(matches(child, person, context) for child in of)
        case Any(of):
            return any(matches(child, person, context) for child in of)
        case NoneOf(of):
            return not any(matches(child, person, context) for child in of)
        case Property(name, comparison):
            return operators.meets(value_of(person, name), comparison, context)
        case Bucket(low, high):
            return low <= int(str(person.columns["bucket"])) <= high
        case DidNot(event, period, where):
            return not deeds(person, event, period, where, context)
        case Did():
            return did(node, person, context)


def value_of(person: Person, name: str) -> object:
    return column_json(person.columns.get(name)) if name in COLUMNS else person.properties.get(name)


def did(node: Did, person: Person, context: Context) -> bool:
    found = deeds(person, node.event, node.period, node.where, context)
    match node.measure:
        case None:
            return bool(found)
        case Times(comparison, include_never):
            return (bool(found) or include_never) and operators.meets(len(found), comparison, context)
        case Sum(name, comparison, include_never):
            numbers = [
                Decimal(str(value))
                for value in (each.properties.get(name) for each in found)
                if isinstance(value, int | float) and not isinstance(value, bool)
            ]
            return (bool(numbers) or include_never) and operators.meets(sum(numbers, Decimal(0)), comparison, context)


def deeds(person: Person, event: str, period: Period, where: tuple[Property, ...], context: Context) -> list[Deed]:
    return [
        each
        for each in person.deeds
        if each.event == event
        and is_within(each.at, period, context)
        and all(operators.meets(each.properties.get(one.name), one.comparison, context) for one in where)
    ]


def is_within(at: datetime, period: Period, context: Context) -> bool:
    day = at.astimezone(context.zone).date()
    match period:
        case Ever():
            return True
        case Last(amount, "hours"):
            return at.astimezone(UTC) >= context.now.astimezone(UTC) - timedelta(hours=amount)
        case Last(amount):
            return day >= context.now.astimezone(context.zone).date() - timedelta(days=amount)
        case Between(first, last):
            return (first is None or day >= first) and (last is None or day <= last)
