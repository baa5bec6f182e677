"""Finds people by identity, e-mail or name, a page at a time, and says about how many there are."""

from dataclasses import dataclass

import orjson
from django.db import connection
from django.db.models import QuerySet
from psycopg.sql import SQL, Composable, Literal

from people.models import Profile

PAGE = 50
COUNTABLE = 50_000  # so many people are counted exactly, in milliseconds
COMMON = 5_000  # a search that finds more walks the newest people; a rarer one reads its finds from the index
SHORTEST = 3  # a shorter text has no trigram: it is looked for at the beginning only


@dataclass(frozen=True)
class Page:
    """Newest first. `before` and `after` are the ids to go on from, None at the ends."""

    people: QuerySet[Profile]
    total: int
    is_exact: bool
    before: int | None
    after: int | None

    @property
    def words(self) -> str:
        """1 person; about 1,204,300 people."""
        return f"{'' if self.is_exact else 'about '}{self.total:,} {'person' if self.total == 1 else 'people'}"


def page(words: str, *, before: int | None = None, after: int | None = None) -> Page:
    condition = matching(words.strip())
    estimate = estimated(condition)
    ids, more = page_ids(condition, before, after, is_common=estimate > COMMON)
    people = Profile.objects.filter(pk__in=ids).order_by("-pk")
    total, is_exact = counted(condition, estimate)
    older = ids[-1] if ids and (more or after is not None) else None
    newer = ids[0] if ids and (before is not None or (after is not None and more)) else None
    return Page(people, total, is_exact, older, newer)


def matching(words: str) -> Composable:
    """The index profile_search answers it: trigrams of identity, e-mail and name, letters folded."""
    if not words:
        return SQL("TRUE")
    escaped = words.replace("\x00", "").replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    pattern = Literal(f"%{escaped}%" if len(words) >= SHORTEST else f"{escaped}%")
    return SQL(
        "(upper(identity) LIKE upper({0}) OR upper(email) LIKE upper({0}) OR upper(name) LIKE upper({0}))"
    ).format(pattern)


def page_ids(
    condition: Composable, before: int | None, after: int | None, *, is_common: bool
) -> tuple[list[int], bool]:
    """The ids of a page, newest first, and whether there are more in that direction."""
    beyond = SQL("id > {}").format(Literal(after)) if after is not None else SQL("TRUE")
    if before is not None:
        beyond = SQL("id < {}").format(Literal(before))
    # Adding 0 keeps the planner from walking the primary key past a million people for a handful of finds.
    order = SQL("id" if is_common else "id + 0")
    direction = SQL("ASC" if after is not None and before is None else "DESC")
    query = SQL("SELECT id FROM people_profile WHERE {} AND {} ORDER BY {} {} LIMIT {}").format(
        condition, beyond, order, direction, Literal(PAGE + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = [pk for (pk,) in cursor.fetchall()]
    return sorted(found[:PAGE], reverse=True), len(found) > PAGE


def estimated(condition: Composable) -> int:
    """What the planner thinks: no row is read."""
    with connection.cursor() as cursor:
        cursor.execute(SQL("EXPLAIN (FORMAT JSON) SELECT FROM people_profile WHERE {}").format(condition))
        plan = cursor.fetchone()[0]
    found = orjson.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Plan Rows"])


def counted(condition: Composable, estimate: int) -> tuple[int, bool]:
    """(people, whether that is exact)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'people_profile'::regclass")
        if cursor.fetchone()[0] > COUNTABLE:
            return estimate, False
        cursor.execute(SQL("SELECT count(*) FROM people_profile WHERE {}").format(condition))
        return int(cursor.fetchone()[0]), True
