"""Sets of people in SQL, and how conditions and sets are put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg.sql import SQL, Composable, Composed

TRUE, FALSE = SQL("TRUE"), SQL("FALSE")


@dataclass(frozen=True, slots=True)
class People:
    """`select` yields a profile_id for each, `once` if nobody comes twice; `exist` if all of them have a profile."""

    select: Composable
    once: bool = False
    exist: bool = True


NOBODY = People(SQL("SELECT NULL::bigint AS profile_id WHERE FALSE"), once=True)


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition on `p` = people_profile; NULL is no."""

    condition: Composable


@dataclass(frozen=True, slots=True)
class Among:
    """One of these people."""

    people: People


@dataclass(frozen=True, slots=True)
class NotAmong:
    """None of these people."""

    people: People


Part = Holds | Among | NotAmong


def condition(part: Part, profile: Composable) -> Composable:
    """As a condition on `profile`, the column that a person's id is in."""
    match part:
        case Holds(condition):
            return condition
        case Among(people):
            return is_in(people, profile)
        case NotAmong(people):
            return SQL("NOT {}").format(is_in(people, profile))


def is_in(people: People, profile: Composable) -> Composable:
    return SQL("EXISTS (SELECT FROM ({}) s WHERE s.profile_id = {})").format(people.select, profile)


def union(sets: Sequence[People]) -> People:
    if len(sets) == 1:
        return sets[0]
    return People(SQL(" UNION ALL ").join(each.select for each in sets), exist=all(each.exist for each in sets))


def conjunction(parts: Sequence[Composable]) -> Composed:
    return bracketed(parts, " AND ") if parts else Composed([TRUE])


def disjunction(parts: Sequence[Composable]) -> Composed:
    return bracketed(parts, " OR ") if parts else Composed([FALSE])


def bracketed(parts: Sequence[Composable], word: LiteralString) -> Composed:
    return SQL("({})").format(SQL(word).join(SQL("({})").format(part) for part in parts))
