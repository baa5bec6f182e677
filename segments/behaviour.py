"""The people who did an event, as a SELECT: from the summary where it knows the answer, else from the events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg.sql import SQL, Composable, Composed, Literal

from people.models import EventName
from people.registry import EVENT_RELATIONS
from segments import operators
from segments.context import Bounds, Context, among, bounds
from segments.operands import Operand, json_operand
from segments.tree import Did, DidNot, Node, Property, Sum, Times, Type, conditions

NOBODY = SQL("SELECT NULL::bigint AS profile_id WHERE FALSE")
TRUE, FALSE = SQL("TRUE"), SQL("FALSE")
PROFILE = SQL("e.profile_id")


@dataclass(frozen=True, slots=True)
class Scope:
    """`events` gives the id of each event name of the rule that was ever seen."""

    context: Context
    events: Mapping[str, int]


def scope_of(tree: Node, context: Context) -> Scope:
    """Asks the catalogue once for all event names, so that the planner knows which event is meant, how rare it is."""
    wanted = {condition.event for _, condition in conditions(tree) if isinstance(condition, Did | DidNot)}
    known = EventName.objects.filter(name__in=wanted).values_list("name", "id") if wanted else ()
    return Scope(context, dict(known))


def doers(node: Did, scope: Scope) -> Composable:
    """The profile_id of everyone who did it, as often or as much as the measure says; some more than once."""
    if knows_summary(node, scope):
        return from_summary(node, scope)
    if node.measure is None:
        return from_events(node, scope)
    having = measured(node.measure, scope)
    return SQL("{} GROUP BY e.profile_id HAVING {}").format(from_events(node, scope), having)


def failing(node: Did, scope: Scope) -> Composable:
    """The profile_id of those who did it, but not as often or as much as the measure says."""
    assert node.measure  # noqa: S101 only a measure can fail: see `is_set`
    having = measured(node.measure, scope)
    return SQL("{} GROUP BY e.profile_id HAVING NOT ({})").format(from_events(node, scope), having)


def is_set(node: Did, scope: Scope) -> bool:
    """Whether it takes doing it to be in. If not, never having done it is enough, and doing it can put one out."""
    measure = node.measure
    return not (measure and measure.include_never and operators.satisfied_by_zero(measure.comparison, scope.context))


def knows_summary(node: Did, scope: Scope) -> bool:
    """people_profileevent has the first and last time and the count of all: enough where one end is open."""
    if node.where or isinstance(node.measure, Sum) or relation(node.event):
        return False
    limits = bounds(node.period, scope.context)
    if node.measure:
        return limits == Bounds(None, None)
    return limits.start is None or limits.end is None


def from_summary(node: Did, scope: Scope) -> Composable:
    """Index: summary_by_name (name_id, last_at) INCLUDE (profile_id, count, first_at)."""
    if node.event not in scope.events:
        return NOBODY
    limits = bounds(node.period, scope.context)
    found: list[Composable] = [SQL("s.name_id = {}").format(Literal(scope.events[node.event]))]
    if limits.start:
        found.append(SQL("s.last_at >= {}").format(Literal(limits.start)))
    if limits.end:
        found.append(SQL("s.first_at < {}").format(Literal(limits.end)))
    if node.measure:
        found.append(compared(SQL("s.count"), node.measure, scope.context))
    found += among(scope.context.people, SQL("s.profile_id"))
    return SQL("SELECT s.profile_id FROM people_profileevent s WHERE {}").format(SQL(" AND ").join(found))


def from_events(node: Did | DidNot, scope: Scope, columns: Composable = PROFILE) -> Composable:
    """`columns` of every event of the condition.

    Indexes: event_by_name (name_id, at) INCLUDE (profile_id) for sets, read without the table where no property is
    asked for; event_by_profile (profile_id, name_id, at) for one person.
    """
    found = [
        *event_source(node.event, scope)[1],
        *within(bounds(node.period, scope.context)),
        *[has_property(each, scope.context) for each in node.where],
        *among(scope.context.people, SQL("e.profile_id")),
    ]
    return SQL("SELECT {} FROM {} e WHERE {}").format(columns, event_source(node.event, scope)[0], conjunction(found))


def event_source(name: str, scope: Scope) -> tuple[Composable, Sequence[Composable]]:
    """The relation that holds the events of this name, and the condition that picks them from it."""
    if registered := relation(name):
        return registered, ()
    if name not in scope.events:
        return SQL("people_event"), (FALSE,)
    return SQL("people_event"), (SQL("e.name_id = {}").format(Literal(scope.events[name])),)


def relation(name: str) -> Composable | None:
    return next((each.relation for each in EVENT_RELATIONS if each.name == name), None)


def within(limits: Bounds) -> list[Composable]:
    found: list[Composable] = []
    if limits.start:
        found.append(SQL("e.at >= {}").format(Literal(limits.start)))
    if limits.end:
        found.append(SQL("e.at < {}").format(Literal(limits.end)))
    return found


def has_property(node: Property, context: Context) -> Composable:
    operand = json_operand(SQL("e.properties"), node.name, node.comparison.type, context)
    return operators.of(node.comparison).sql(operand, node.comparison.value, context)


def measured(measure: Times | Sum, scope: Scope) -> Composable:
    if isinstance(measure, Times):
        return compared(SQL("count(*)"), measure, scope.context)
    return compared(total(measure.property, scope.context), measure, scope.context)


def total(name: str, context: Context) -> Composable:
    """The sum of a property's numbers: NULL where there is none."""
    return SQL("sum({})").format(json_operand(SQL("e.properties"), name, Type.NUMBER, context).value)


def compared(number: Composable, measure: Times | Sum, context: Context) -> Composable:
    comparison = measure.comparison
    return operators.of(comparison).sql(Operand(number, FALSE), comparison.value, context)


def conjunction(parts: Sequence[Composable]) -> Composed:
    return bracketed(parts, " AND ") if parts else Composed([TRUE])


def disjunction(parts: Sequence[Composable]) -> Composed:
    return bracketed(parts, " OR ") if parts else Composed([FALSE])


def bracketed(parts: Sequence[Composable], word: LiteralString) -> Composed:
    return SQL("({})").format(SQL(word).join(SQL("({})").format(part) for part in parts))
