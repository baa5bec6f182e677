"""Why one person is in an audience or not: each condition, true or false, with the values it saw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any as Anything

from psycopg.sql import SQL, Composable, Literal

from people.models import Profile
from segments.compiler import matches
from segments.context import Context, Ids
from segments.describe import Names, clause
from segments.names import named
from segments.reading import answers
from segments.scope import Scope, scope_of
from segments.seen import seen_sql, seen_words
from segments.tree import All, Any, InList, InSegment, Node, NoneOf, Place, Tree, nodes


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
    """One query with the same conditions as the audience's.

    Raises TooSlow, BrokenReference, and Profile.DoesNotExist if the person was just erased.
    """
    scope = scope_of(tree, replace(context, people=Ids(profile.pk - 1, profile.pk)))
    parts, names = list(nodes(tree)), named(tree, *(rule.tree for rule in scope.segments.values()))
    rows = answers(question([node for _, node in parts], profile.pk, scope))
    if not rows:
        raise Profile.DoesNotExist
    answered = rows[0]
    return Explanation(
        tuple(
            Finding(
                place, words_of(node, names), answered[2 * number], saw(node, answered[2 * number + 1], scope, names)
            )
            for number, (place, node) in enumerate(parts)
        )
    )


def question(parts: Sequence[Node], pk: int, scope: Scope) -> Composable:
    """Two columns for each node: whether it holds, and what it saw."""
    columns = [SQL("{}, {}").format(holds(node, scope), looked_at(node, scope)) for node in parts]
    return SQL("SELECT {} FROM people_profile p WHERE p.id = {}").format(SQL(", ").join(columns), Literal(pk))


def holds(node: Node, scope: Scope) -> Composable:
    return SQL("COALESCE({}, FALSE)").format(matches(node, scope))


def looked_at(node: Node, scope: Scope) -> Composable:
    """Of another segment, whether each branch of its rule holds; of a custom list, whether the person is on it."""
    match node:
        case InSegment(segment):
            branches = [holds(branch, scope) for branch in scope.segments[segment].tree.of]
            return SQL("ARRAY[{}]::boolean[]").format(SQL(", ").join(branches))
        case InList(list=pk):
            return holds(InList(pk), scope)
        case _:
            return seen_sql(node, scope)


def words_of(node: Node, names: Names) -> str:
    match node:
        case All():
            return "all of these"
        case Any():
            return "any of these"
        case NoneOf():
            return "none of these"
        case _:
            return clause(node, names)


def saw(node: Node, answer: Anything, scope: Scope, names: Names) -> str:
    match node:
        case InSegment(segment):
            return segment_words(scope.segments[segment].tree, answer, names)
        case InList():
            return "on the list" if answer else "not on the list"
        case _:
            return seen_words(node, answer, scope.context)


def segment_words(rule: Tree, hold: Sequence[bool], names: Names) -> str:
    """Which branches of its rule decide."""
    said = [(clause(branch, names), held) for branch, held in zip(rule.of, hold, strict=True)]
    if isinstance(rule, All):
        failing = "; ".join(words for words, held in said if not held)
        return f"does not hold: {failing}" if failing else "all of its conditions hold"
    holding = "; ".join(words for words, held in said if held)
    return f"holds: {holding}" if holding else "none of its conditions holds"
