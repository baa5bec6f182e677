"""Why one person is in an audience or not: each condition, true or false, with the values it saw."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any as Anything

from psycopg.sql import SQL, Composable, Literal

from people.models import Profile
from people.properties import value_sql
from segments.behaviour import Scope, from_events, knows_summary, scope_of, total
from segments.compiler import matches
from segments.context import Context, Ids
from segments.describe import clause
from segments.inputs import day_words, number_words
from segments.operands import is_missing
from segments.reading import answers
from segments.tree import All, Any, Bucket, Did, DidNot, Node, NoneOf, Place, Property, Sum, Tree, nodes


@dataclass(frozen=True, slots=True)
class Finding:
    """One group or condition of the rule; `saw` is empty for a group."""

    place: Place
    words: str
    holds: bool
    saw: str

    @property
    def depth(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`findings` begins with the whole rule, groups before their members."""

    findings: tuple[Finding, ...]

    @property
    def is_in(self) -> bool:
        return self.findings[0].holds


def explain(tree: Tree, profile: Profile, context: Context) -> Explanation:
    """One query with the same conditions as the audience's. Raises TooSlow, and Profile.DoesNotExist if just erased."""
    parts = list(nodes(tree))
    rows = answers(question([node for _, node in parts], profile.pk, context, scope_of(tree, context)))
    if not rows:
        raise Profile.DoesNotExist
    answered = rows[0]
    return Explanation(
        tuple(
            Finding(place, words_of(node), answered[2 * number], saw(node, answered[2 * number + 1], context))
            for number, (place, node) in enumerate(parts)
        )
    )


def question(parts: Sequence[Node], pk: int, context: Context, known: Scope) -> Composable:
    """Two columns for each node: whether it holds, and as jsonb what it saw."""
    scope = Scope(replace(context, people=Ids(pk - 1, pk)), known.events)
    columns = [SQL("COALESCE({}, FALSE), {}").format(matches(node, scope), seen_by(node, scope)) for node in parts]
    return SQL("SELECT {} FROM people_profile p WHERE p.id = {}").format(SQL(", ").join(columns), Literal(pk))


def seen_by(node: Node, scope: Scope) -> Composable:
    match node:
        case Property(name):
            return SQL("({})::text").format(value_sql(name))
        case Bucket():
            return SQL("p.bucket::text")
        case Did(event, period, where, measure):
            return seen_events(Did(event, period, where, measure), scope)
        case DidNot(event, period, where):
            return seen_events(Did(event, period, where), scope)
        case _:
            return SQL("NULL")


def seen_events(node: Did, scope: Scope) -> Composable:
    """[times, first, last, sum or null] as JSON; of all times where the summary answers."""
    if knows_summary(node, scope):
        return SQL(
            "(SELECT jsonb_build_array(s.count, s.first_at, s.last_at, NULL)::text"
            " FROM people_profileevent s WHERE s.profile_id = p.id AND s.name_id = {})"
        ).format(Literal(scope.events.get(node.event)))
    summed = total(node.measure.property, scope.context) if isinstance(node.measure, Sum) else SQL("NULL::numeric")
    columns = SQL("jsonb_build_array(count(*), min(e.at), max(e.at), {})::text").format(summed)
    return SQL("({})").format(from_events(node, scope, columns))


def words_of(node: Node) -> str:
    match node:
        case All():
            return "all of these"
        case Any():
            return "any of these"
        case NoneOf():
            return "none of these"
        case _:
            return clause(node)


def saw(node: Node, answer: str | None, context: Context) -> str:
    seen = None if answer is None else json.loads(answer, parse_float=Decimal)
    match node:
        case Property():
            return value_words(seen)
        case Bucket():
            return f"bucket {seen}"
        case Did() | DidNot():
            return events_words(seen, context)
        case _:
            return ""


def value_words(seen: object) -> str:
    match seen:
        case _ if is_missing(seen):
            return "no value"
        case bool():
            return "yes" if seen else "no"
        case str():
            return f"“{seen}”"
        case int() | Decimal():
            return number_words(Decimal(seen))
        case list():
            return ", ".join(value_words(each) for each in seen)
        case _:
            return json.dumps(seen, ensure_ascii=False, default=str)


def events_words(seen: list[Anything] | None, context: Context) -> str:
    if seen is None or seen[0] == 0:
        return "never"
    times, first, last, summed = seen
    often = "once" if times == 1 else f"{times:,} times"
    days = [day_words(datetime.fromisoformat(at).astimezone(context.zone).date()) for at in (first, last)]
    when = f"on {days[0]}" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
    return f"{often}, {when}" if summed is None else f"{often}, {when}, {number_words(Decimal(summed))} in total"
