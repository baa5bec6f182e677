"""Values of another type than the one a condition looks at: those people are left out, so the builder says how many."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg.sql import SQL, Composable

from people.properties import COLUMNS
from people.registry import event_relation
from segments import operators
from segments.audience import SAMPLE_SECONDS
from segments.behaviour import time_of
from segments.context import Context, among
from segments.interest import time_of as time_of_interest
from segments.operands import Operand, device_operand, json_operand, person_operand
from segments.reading import answers
from segments.scope import Scope, scope_of
from segments.sources import When, events
from segments.tree import (
    Average,
    Comparison,
    Deed,
    Did,
    DidNot,
    HasDevice,
    Interest,
    Property,
    Sum,
    Tree,
    Type,
    Values,
    conditions,
)

KINDS = {
    Type.TEXT: "a text",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "yes or no",
    Type.DATE: "a date",
    Type.LIST: "a list",
    Type.VERSION: "a version",
}
Key = tuple[str | None, str, Type]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`people` have a value of `name` that is not of `kind`; in the event `event`, if it is a property of one."""

    people: int
    name: str
    kind: str
    event: str | None


def mismatches(tree: Tree, context: Context) -> list[Mismatch]:
    """Those that concern anybody, in one query. Raises TooSlow."""
    looked_at = dict(questions(tree, scope_of(tree, context)))
    if not looked_at:
        return []
    counts = answers(SQL("SELECT {}").format(SQL(", ").join(looked_at.values())), seconds=SAMPLE_SECONDS)[0]
    return [
        Mismatch(people, name, KINDS[kind], event)
        for (event, name, kind), people in zip(looked_at, counts, strict=True)
        if people
    ]


def questions(tree: Tree, scope: Scope) -> Iterator[tuple[Key, Composable]]:
    """A count of people for each property that is compared as one type; of an event as far as it is looked at."""
    for _, condition in conditions(tree):
        match condition:
            case Property():
                yield from of_people(condition, scope)
            case HasDevice(where):
                for each in where:
                    yield from of_devices(each, scope)
            case Did() | DidNot() | Interest():
                for deed, at, used in uses(condition, scope.context):
                    yield from of_events(deed, at, used, scope)


def of_people(node: Property, scope: Scope) -> Iterator[tuple[Key, Composable]]:
    """A standard column has its type."""
    wanted = node.comparison.type
    if has_type(node.comparison) and node.name not in COLUMNS:
        operand = person_operand(node.name, wanted, scope.context)
        limits = among(scope.context.people, SQL("p.id"))
        yield (
            (None, node.name, wanted),
            SQL("(SELECT count(*) FROM people_profile p WHERE {})").format(
                SQL(" AND ").join([*limits, of_another_type(operand)])
            ),
        )


def of_devices(node: Property, scope: Scope) -> Iterator[tuple[Key, Composable]]:
    if node.comparison.type == Type.VERSION and has_type(node.comparison):
        operand = device_operand(node.name, Type.VERSION, scope.context)
        limits = among(scope.context.people, SQL("d.profile_id"))
        yield (
            (None, node.name, Type.VERSION),
            SQL("(SELECT count(DISTINCT d.profile_id) FROM people_device d WHERE {})").format(
                SQL(" AND ").join([*limits, of_another_type(operand)])
            ),
        )


def uses(node: Did | DidNot | Interest, context: Context) -> Iterator[tuple[Deed, When, list[Property]]]:
    """The properties of each deed that are compared as one type, as filters."""
    if isinstance(node, Interest):
        used = [as_filter(node.over.property, Type.TEXT)] if isinstance(node.over, Values) else []
        yield node.deed, time_of_interest(node, context), [*node.deed.where, *used]
        return
    measure = node.measure if isinstance(node, Did) else None
    used = [as_filter(measure.property, Type.NUMBER)] if isinstance(measure, Sum | Average) else []
    for deed in node.deeds:
        yield deed, time_of(Did(node.deeds, node.period), context), [*deed.where, *used]


def as_filter(name: str, wanted: Type) -> Property:
    return Property(name, Comparison(wanted, "equals"))


def of_events(deed: Deed, at: When, used: list[Property], scope: Scope) -> Iterator[tuple[Key, Composable]]:
    """What a registered relation looks up has its type."""
    if event_relation(deed.event):
        return
    found = events([Deed(deed.event)], at, scope, columns=[SQL("e.properties")])
    for each in used:
        if not has_type(each.comparison):
            continue
        for name, wanted, mismatch in compared_as(each, scope.context):
            counted = SQL("(SELECT count(DISTINCT e.profile_id) FROM ({}) e WHERE {})").format(found, mismatch)
            yield (deed.event, name, wanted), counted


def compared_as(node: Property, context: Context) -> Iterator[tuple[str, Type, Composable]]:
    """Its name, its type, and the condition that its value is of another one; for an item also of the list."""
    properties, wanted = SQL("e.properties"), node.comparison.type
    if node.item is None:
        yield node.name, wanted, of_another_type(json_operand(properties, node.name, wanted, context))
        return
    items = json_operand(properties, node.name, Type.LIST, context)
    yield node.name, Type.LIST, of_another_type(items)
    item = of_another_type(json_operand(SQL("i.item"), node.item, wanted, context))
    within = SQL("EXISTS (SELECT FROM jsonb_array_elements({}) i (item) WHERE jsonb_typeof(i.item) = 'object' AND {})")
    yield f"{node.name}.{node.item}", wanted, within.format(items.value, item)


def of_another_type(operand: Operand) -> Composable:
    return SQL("NOT {} AND {} IS NULL").format(operand.missing, operand.value)


def has_type(comparison: Comparison) -> bool:
    return operators.of(comparison).types != operators.EVERY
