"""What people mostly do a deed with, or when: how often each value is among a person's events."""

from collections.abc import Sequence
from datetime import time

from psycopg.sql import SQL, Composable, Literal

from people.registry import event_relation
from segments.context import Context
from segments.operands import WHITE_SPACE
from segments.scope import Scope
from segments.sets import People
from segments.sources import When, events, hour, operand, weekday, when
from segments.tree import Hours, Interest, Type, Values, Weekdays

SHARE = SQL(
    "SELECT e.profile_id FROM ({events}) e GROUP BY e.profile_id"
    " HAVING 100 * count(*) FILTER (WHERE {wanted}) >= {share} * count(*)"
)
MOST = SQL(
    "SELECT e.profile_id FROM (SELECT e.profile_id, e.value, count(*) AS times"
    " FROM ({events} ORDER BY profile_id, value) e"
    " GROUP BY e.profile_id, e.value) e GROUP BY e.profile_id"
    " HAVING max(e.times) FILTER (WHERE {wanted}) >= max(e.times) FILTER (WHERE {is_value})"
)


def interested(node: Interest, scope: Scope) -> People:
    template = MOST if node.at_least is None else SHARE
    select = template.format(
        events=valued_events(node, scope),
        wanted=is_wanted(node.over),
        is_value=is_value(node.over),
        share=Literal(node.at_least),
    )
    return People(select, once=True, exist=event_relation(node.deed.event) is None)


def valued_events(node: Interest, scope: Scope) -> Composable:
    """A SELECT of (profile_id, value) of every event; `is_value` says whether it counts as one."""
    is_local = not isinstance(node.over, Values)
    value = SQL("{} AS value").format(value_of(node.over, scope.context))
    return events([node.deed], time_of(node, scope.context), scope, columns=[value], local=is_local)


def time_of(node: Interest, context: Context) -> When:
    return when(node.period, None, (), context)


def value_of(over: Values | Hours | Weekdays, context: Context) -> Composable:
    match over:
        case Values(name):
            return operand(name, Type.TEXT, context).value
        case Hours():
            return hour(context)
        case _:
            return weekday(context)


def is_value(over: Values | Hours | Weekdays) -> Composable:
    """Asked once for each different value, of which there are far fewer than events."""
    if isinstance(over, Values):
        return SQL("btrim(e.value, {}) <> ''").format(Literal(WHITE_SPACE))
    return SQL("TRUE")


def is_wanted(over: Values | Hours | Weekdays) -> Composable:
    match over:
        case Values(_, values):
            wanted: Sequence[object] = values
        case Hours():
            wanted = hours_in(over)
        case _:
            wanted = over
    return SQL("e.value IN ({})").format(SQL(", ").join(map(Literal, wanted)))


def hours_in(over: Hours) -> list[int]:
    """The whole hours from the start on, before the end; every one where both are alike."""
    first, end = over.start.hour, over.end.hour
    return [(first + step) % 24 for step in range((end - first) % 24 or 24)]


def hour_words(number: int) -> str:
    return f"{time(number):%H:%M}"
