"""From a rule to one condition of PostgreSQL over `p` = people_profile: one function per node of the tree.

Every part is a condition on one person, so people are found by semi-joins and left out by anti-joins. Where either of
two sets of events will do, the sets are put together first: PostgreSQL cannot join on "this or that".
"""

from collections.abc import Iterable
from typing import assert_never

from psycopg.sql import SQL, Composable, Composed, Literal

from segments import operators
from segments.behaviour import Scope, conjunction, disjunction, doers, failing, is_set, scope_of
from segments.context import Context, among
from segments.operands import person_operand
from segments.tree import All, Any, Bucket, Did, DidNot, Node, NoneOf, Property, conditions

__all__ = ["Context", "predicate"]


def predicate(tree: Node, context: Context) -> Composed:
    """A condition on `p` for a WHERE clause: true for the people of the rule, false or NULL for the others.

    Asks the catalogue once for the ids of the event names. To be executed without parameters: it holds its values, and
    a % in them is a %.
    """
    condition = matches(simplified(tree), scope_of(tree, context))
    return conjunction([*among(context.people, SQL("p.id")), condition])


def simplified(node: Node) -> Node:
    """Without groups that say nothing: each group of sets costs a join with all people."""
    match node:
        case All(of) | Any(of):
            kind = type(node)
            flat = [
                inner for child in map(simplified, of) for inner in (child.of if isinstance(child, kind) else [child])
            ]
            return flat[0] if len(flat) == 1 else kind(tuple(flat))
        case NoneOf(of):
            return NoneOf(tuple(map(simplified, of)))
        case _:
            return node


def matches(node: Node, scope: Scope) -> Composable:
    match node:
        case All(of):
            return conjunction([matches(child, scope) for child in of])
        case Any(of):
            return matches_any(of, scope)
        case NoneOf(of):
            return conjunction([matches_not(child, scope) for child in of])
        case Property():
            return has_property(node, scope)
        case Did():
            return did(node, scope)
        case DidNot():
            return matches_not(Did(node.event, node.period, node.where), scope)
        case Bucket(low, high):
            return SQL("p.bucket BETWEEN {} AND {}").format(Literal(low), Literal(high))
        case _:
            assert_never(node)


def matches_not(node: Node, scope: Scope) -> Composable:
    """A condition for the people that `matches` leaves out."""
    match node:
        case NoneOf(of):
            return matches_any(of, scope)
        case DidNot():
            return did(Did(node.event, node.period, node.where), scope)
        case Any(of):
            return conjunction([matches_not(child, scope) for child in of])
        case Did() if not is_set(node, scope):
            return is_in(failing(node, scope))
        case _ if reads_events(node):
            return SQL("NOT {}").format(is_in(members(node, scope)))
        case _:
            return SQL("({}) IS NOT TRUE").format(matches(node, scope))


def matches_any(of: Iterable[Node], scope: Scope) -> Composable:
    plain = [matches(child, scope) for child in of if not reads_events(child)]
    sets = [members(child, scope) for child in of if reads_events(child)]
    if not sets:
        return disjunction(plain)
    if len(sets) == 1 and not plain:
        return is_in(sets[0])
    if plain:
        sets.append(people_where(disjunction(plain), scope))
    return is_in(SQL(" UNION ALL ").join(sets))


def has_property(node: Property, scope: Scope) -> Composable:
    operand = person_operand(node.name, node.comparison.type, scope.context)
    return operators.of(node.comparison).sql(operand, node.comparison.value, scope.context)


def did(node: Did, scope: Scope) -> Composable:
    if is_set(node, scope):
        return is_in(members(node, scope))
    return SQL("NOT {}").format(is_in(failing(node, scope)))


def reads_events(node: Node) -> bool:
    return any(isinstance(condition, Did | DidNot) for _, condition in conditions(node))


def members(node: Node, scope: Scope) -> Composable:
    """A SELECT of the profile_id of everyone who matches, some of them more than once."""
    if isinstance(node, Did) and is_set(node, scope):
        return doers(node, scope)
    return people_where(matches(node, scope), scope)


def people_where(condition: Composable, scope: Scope) -> Composable:
    limits = among(scope.context.people, SQL("p.id"))
    return SQL("SELECT p.id AS profile_id FROM people_profile p WHERE {}").format(conjunction([*limits, condition]))


def is_in(members: Composable) -> Composable:
    return SQL("EXISTS (SELECT FROM ({}) m WHERE m.profile_id = p.id)").format(members)
