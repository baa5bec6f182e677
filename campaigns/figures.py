"""What the step What counts: the share of each copy, common values without a copy, values that people lack."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL, Composable, Literal

from campaigns import missing
from campaigns.delivery import audience
from campaigns.delivery.audience import Funnel
from campaigns.delivery.snapshot import Snapshot
from campaigns.models import Message
from campaigns.personalization import Token
from people.models import Profile
from people.properties import text_sql
from segments.context import Everyone
from segments.reading import answers

COMMON = 5
PAGE = 50


MISSING = "missing_value"


@dataclass(frozen=True)
class Lack:
    """`people` get this copy and lack what the token of `row` prints."""

    copy_id: int
    row: int
    token: Token
    people: int

    @property
    def name(self) -> str:
        return ".".join(str(step) for step in self.token.path)


@dataclass(frozen=True)
class Figures:
    """People who qualify: in all, by copy; and of them the values without a copy of their own, most frequent first."""

    people: int
    copies: dict[int, int]
    uncovered: list[tuple[str, int]]
    lacks: list[Lack]

    def of_copy(self, copy_id: int) -> list[Lack]:
        return [lack for lack in self.lacks if lack.copy_id == copy_id and lack.people]


def expected(snapshot: Snapshot, *, now: datetime) -> Funnel:
    """The planner's funnel, and those who are left out while sending because a value is missing.

    A token inside a condition may never be reached, so it counts for nobody here.
    """
    lacking = list(missing.lacking_conditions(snapshot))
    if snapshot.missing != Message.Missing.EXCLUDE or not lacking:
        return audience.funnel(snapshot, now=now)
    query = SQL(
        "SELECT copy_id, CASE WHEN reason = '' AND ({lacking}) THEN {missing} ELSE reason END, count(*)"
        " FROM ({decided}) decided JOIN people_profile p ON p.id = profile_id GROUP BY 1, 2"
    ).format(
        lacking=SQL(" OR ").join(lacking),
        missing=Literal(MISSING),
        decided=audience.decided(snapshot, now=now, people=Everyone()),
    )
    reasons: dict[str, int] = {}
    copies = {copy.id: 0 for copy in snapshot.copies}
    for copy_id, reason, people in answers(query):
        if reason:
            reasons[reason] = reasons.get(reason, 0) + people
        else:
            copies[copy_id] += people
    return Funnel(sum(reasons.values()) + sum(copies.values()), reasons, copies)


def figures(snapshot: Snapshot, *, now: datetime) -> Figures:
    """Two statements over the audience that would be planned now."""
    asked = list(tokens(snapshot))
    copies, lacks = counted(snapshot, asked, now=now)
    uncovered = common_values(snapshot, now=now) if snapshot.kind == Message.Kind.BY_PROPERTY else []
    return Figures(sum(copies.values()), copies, uncovered, lacks)


def tokens(snapshot: Snapshot) -> Iterator[tuple[int, int, Token]]:
    """Copy, row and token, each property once a row."""
    for copy in snapshot.copies:
        for row, (_, text) in enumerate(copy.pairs):
            seen: set[tuple[object, ...]] = set()
            for token in missing.profile_tokens(text):
                if (mark := (token.path, token.fallback)) not in seen:
                    seen.add(mark)
                    yield copy.id, row, token


def counted(
    snapshot: Snapshot, asked: list[tuple[int, int, Token]], *, now: datetime
) -> tuple[dict[int, int], list[Lack]]:
    columns = [
        SQL("count(*) FILTER (WHERE reason = '' AND {})").format(missing.is_missing_sql(token)) for _, _, token in asked
    ]
    query = SQL("SELECT copy_id, {} FROM ({}) decided JOIN people_profile p ON p.id = profile_id GROUP BY 1").format(
        SQL(", ").join([SQL("count(*)"), *columns]), audience.decided(snapshot, now=now, people=Everyone())
    )
    copies, lacks = {copy.id: 0 for copy in snapshot.copies}, []
    for copy_id, people, *counts in answers(query):
        copies[copy_id] = people
        lacks += [
            Lack(copy_id, row, token, count)
            for (of, row, token), count in zip(asked, counts, strict=True)
            if of == copy_id
        ]
    return copies, lacks


def common_values(snapshot: Snapshot, *, now: datetime) -> list[tuple[str, int]]:
    """The most frequent values whose people get the default copy."""
    value: Composable = text_sql(snapshot.property)
    query = SQL(
        "SELECT {value}, count(*) FROM ({decided}) decided JOIN people_profile p ON p.id = profile_id"
        " WHERE copy_id = {default} AND {value} ~ '\\S' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
    ).format(
        value=value,
        decided=audience.decided(snapshot, now=now, people=Everyone()),
        default=Literal(snapshot.copies[0].id),
        most=Literal(COMMON),
    )
    return [(text, people) for text, people in answers(query)]


def people_lacking(snapshot: Snapshot, copy_id: int, token: Token, *, now: datetime, after: int = 0) -> list[Profile]:
    """Those behind a number of `lacks`, by profile id from `after` on, at most `PAGE` at once."""
    query = SQL(
        "SELECT p.id FROM ({}) decided JOIN people_profile p ON p.id = profile_id"
        " WHERE copy_id = {} AND reason = '' AND p.id > {} AND {} ORDER BY p.id LIMIT {}"
    ).format(
        audience.decided(snapshot, now=now, people=Everyone()),
        Literal(copy_id),
        Literal(after),
        missing.is_missing_sql(token),
        Literal(PAGE),
    )
    found = [profile_id for (profile_id,) in answers(query)]
    return list(Profile.objects.filter(pk__in=found).order_by("pk"))
