"""From a rule to SQL: one function per node of the tree.

Every node is a list of parts that all have to hold: conditions on `p` = people_profile, sets of people to be among,
sets not to be among. So people are found by semi-joins and left out by anti-joins, and a rule that is only of sets is
counted without people_profile. Where either of two sets will do, they are put together first: PostgreSQL cannot join
on "this or that".
"""

from collections.abc import Sequence
from typing import assert_never

from psycopg.sql import SQL, Composable, Composed, Literal

from segments import operators
from segments.age import is_aged
from segments.behaviour import did, did_not
from segments.context import Context, among
from segments.geography import is_near
from segments.interest import interested
from segments.membership import inlined, listed
from segments.operands import person_operand
from segments.reachability import stands, with_device
from segments.scope import Scope, scope_of
from segments.sets import Among, Holds, NotAmong, Part, People, condition, conjunction, disjunction, union
from segments.tree import (
    Age,
    All,
    Any,
    Bucket,
    Did,
    DidNot,
    HasDevice,
    InList,
    InSegment,
    Interest,
    Near,
    Node,
    NoneOf,
    Property,
    Reachable,
)

__all__ = ["Context", "number", "predicate", "profiles"]

PERSON = SQL("p.id")


def predicate(tree: Node, context: Context) -> Composed:
    """A condition on `p` for a WHERE clause: true for the people of the rule, false or NULL for the others.

    Asks the database for what the rule names, and raises TreeError where a segment or list of it cannot be used. To be
    executed without parameters: it holds its values, and a % in them is a %.
    """
    scope = scope_of(tree, context)
    return conjunction([*among(context.people, PERSON), matches(tree, scope)])


def profiles(tree: Node, context: Context) -> Composed:
    """`SELECT … profile_id`, everybody of the rule once, in no order. As `predicate`."""
    scope = scope_of(tree, context)
    people = everybody(parts_of(tree, scope), scope)
    template = SQL("SELECT profile_id FROM ({}) m" if people.once else "SELECT DISTINCT profile_id FROM ({}) m")
    return template.format(people.select)


def number(tree: Node, context: Context) -> Composed:
    """A SELECT of how many people `profiles` yields; where they are only not in sets, of all people less those sets."""
    scope = scope_of(tree, context)
    found = parts_of(tree, scope)
    left_out = [part.people for part in found if isinstance(part, NotAmong) and part.people.exist]
    if not found or len(left_out) < len(found):
        return counted(everybody(found, scope))
    return SQL("SELECT ({}) - ({})").format(counted(people_where([], scope)), counted(union(left_out)))


def counted(people: People) -> Composed:
    """count(DISTINCT) sorts, which takes half the time of SELECT DISTINCT: 0.4 s against 0.8 s for 2 million events."""
    count = SQL("SELECT count(*) FROM ({}) m" if people.once else "SELECT count(DISTINCT profile_id) FROM ({}) m")
    return count.format(people.select)


def matches(node: Node, scope: Scope) -> Composable:
    """As a condition on `p`."""
    return conjunction([condition(part, PERSON) for part in parts_of(node, scope)])


def parts_of(node: Node, scope: Scope) -> list[Part]:
    return parts(inlined(node, scope.segments), scope)


def parts(node: Node, scope: Scope) -> list[Part]:
    """All of these have to hold."""
    match node:
        case All(of):
            return [part for child in of for part in parts(child, scope)]
        case Any(of):
            return either([parts(child, scope) for child in of], scope)
        case NoneOf(of):
            return [part for child in of for part in opposite(child, scope)]
        case Property():
            return [Holds(has_property(node, scope))]
        case Did():
            return [did(node, scope)]
        case DidNot():
            return [did_not(node, scope)]
        case Interest():
            return [Among(interested(node, scope))]
        case Age(comparison):
            return [Holds(is_aged(comparison, scope.context))]
        case Near():
            return [Holds(is_near(node))]
        case Reachable():
            return stands(node, scope.context)
        case HasDevice():
            return [Among(with_device(node, scope.context))]
        case InList():
            return [one(listed(node, scope.uploads, scope.context.people), is_in=node.is_in)]
        case Bucket(low, high):
            return [Holds(SQL("p.bucket BETWEEN {} AND {}").format(Literal(low), Literal(high)))]
        case InSegment():
            raise AssertionError("`inlined` leaves no segment behind.")
        case _:
            assert_never(node)


def one(people: People, *, is_in: bool) -> Part:
    return Among(people) if is_in else NotAmong(people)


def opposite(node: Node, scope: Scope) -> list[Part]:
    """The people whom `parts` leaves out."""
    match node:
        case NoneOf(of):
            return either([parts(child, scope) for child in of], scope)
        case Any(of):
            return [part for child in of for part in opposite(child, scope)]
        case _:
            return neither_all(parts(node, scope), scope)


def neither_all(found: Sequence[Part], scope: Scope) -> list[Part]:
    match found:
        case [Among(people)]:
            return [NotAmong(people)]
        case [NotAmong(people)]:
            return [Among(people)]
        case _ if conditions := plain(found):
            return [Holds(SQL("{} IS NOT TRUE").format(conjunction(conditions)))]
        case _:
            return [NotAmong(everybody(found, scope))]


def either(alternatives: Sequence[Sequence[Part]], scope: Scope) -> list[Part]:
    """Any of the alternatives has to hold."""
    if len(alternatives) == 1:
        return list(alternatives[0])
    conditions = [conjunction(conditions) for each in alternatives if (conditions := plain(each))]
    sets = [everybody(each, scope) for each in alternatives if not plain(each)]
    if not sets:
        return [Holds(disjunction(conditions))]
    if conditions:
        sets.append(people_where([disjunction(conditions)], scope))
    return [Among(union(sets))]


def plain(found: Sequence[Part]) -> list[Composable]:
    """The conditions, if there is nothing else: with any set among them nothing."""
    conditions = [part.condition for part in found if isinstance(part, Holds)]
    return conditions if len(conditions) == len(found) else []


def everybody(found: Sequence[Part], scope: Scope) -> People:
    """The people for whom all parts hold: begun from one of the sets, if the sets are all there is."""
    sets = [part.people for part in found if isinstance(part, Among)]
    if any(isinstance(part, Holds) for part in found) or not any(each.exist for each in sets):
        return people_where([condition(part, PERSON) for part in found], scope)
    first = next((each for each in sets if each.once), sets[0])
    others = [part for part in found if not (isinstance(part, Among) and part.people is first)]
    if not others:
        return first
    conditions = [condition(part, SQL("m.profile_id")) for part in others]
    select = SQL("SELECT m.profile_id FROM ({}) m WHERE {}").format(first.select, conjunction(conditions))
    return People(select, once=first.once)


def people_where(conditions: Sequence[Composable], scope: Scope) -> People:
    limits = among(scope.context.people, PERSON)
    select = SQL("SELECT p.id AS profile_id FROM people_profile p WHERE {}").format(conjunction([*limits, *conditions]))
    return People(select, once=True)


def has_property(node: Property, scope: Scope) -> Composable:
    operand = person_operand(node.name, node.comparison.type, scope.context)
    return operators.of(node.comparison).sql(operand, node.comparison.value, scope.context)
