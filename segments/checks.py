"""Values of another type than the one a condition looks at: those people are left out, so the builder says how many."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg.sql import SQL, Composable

from people.properties import COLUMNS
from segments import operators
from segments.audience import SAMPLE_SECONDS
from segments.behaviour import Scope, from_events, scope_of
from segments.context import Context
from segments.operands import Operand, json_operand
from segments.reading import answers
from segments.tree import Comparison, Did, DidNot, Property, Sum, Tree, Type, conditions

KINDS = {
    Type.TEXT: "a text",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "yes or no",
    Type.DATE: "a date",
    Type.LIST: "a list",
}


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


def questions(tree: Tree, scope: Scope) -> Iterator[tuple[tuple[str | None, str, Type], Composable]]:
    """A count for each property that is compared as one type: of people, or of an event as far as it is looked at."""
    for _, condition in conditions(tree):
        match condition:
            case Property(name, comparison) if (
                name not in COLUMNS and operators.of(comparison).types != operators.EVERY
            ):
                operand = json_operand(SQL("p.properties"), name, comparison.type, scope.context)
                people = SQL("(SELECT count(*) FROM people_profile p WHERE {})").format(of_another_type(operand))
                yield (None, name, comparison.type), people
            case Did(event, period) | DidNot(event, period):
                for name, kind in compared(condition):
                    operand = json_operand(SQL("e.properties"), name, kind, scope.context)
                    events = from_events(Did(event, period), scope, SQL("count(DISTINCT e.profile_id)"))
                    yield (event, name, kind), SQL("({} AND {})").format(events, of_another_type(operand))


def of_another_type(operand: Operand) -> Composable:
    return SQL("NOT {} AND {} IS NULL").format(operand.missing, operand.value)


def has_type(comparison: Comparison) -> bool:
    return operators.of(comparison).types != operators.EVERY


def compared(node: Did | DidNot) -> list[tuple[str, Type]]:
    found = [(each.name, each.comparison.type) for each in node.where if has_type(each.comparison)]
    if isinstance(node, Did) and isinstance(node.measure, Sum):
        found.append((node.measure.property, Type.NUMBER))
    return found
