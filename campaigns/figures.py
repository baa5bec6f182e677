"""What is counted of the audience: who will receive, in which copy; values without a copy; values that people lack."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL, Composable, Literal

from campaigns import missing
from campaigns.delivery import audience
from campaigns.delivery.audience import Funnel
from campaigns.delivery.snapshot import FrozenCopy, Snapshot
from campaigns.missing import Path
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
    """`funnel` is the planner's, with those who are left out while sending as a value is missing; `copies` the people
    who qualify by copy."""

    funnel: Funnel
    copies: dict[int, int]
    lacks: list[Lack]

    @property
    def people(self) -> int:
        return self.funnel.qualified

    def of_copy(self, copy_id: int) -> list[Lack]:
        return [lack for lack in self.lacks if lack.copy_id == copy_id and lack.people]


def figures(snapshot: Snapshot, *, now: datetime) -> Figures:
    """One statement over the audience that would be planned now. Raises TooSlow."""
    paths = list(dict.fromkeys(token.path for copy in snapshot.copies for token in missing.tokens_of(copy.pairs)))
    reasons: dict[str, int] = {}
    receives = {copy.id: 0 for copy in snapshot.copies}
    qualified = dict(receives)
    lacks: list[Lack] = []
    for copy_id, reason, people, without, *counts in answers(question(snapshot, paths, now=now)):
        qualified[copy_id] += people
        if reason:
            reasons[reason] = reasons.get(reason, 0) + people
            continue
        receives[copy_id] += people - without
        reasons[MISSING] = reasons.get(MISSING, 0) + without
        lacks += lacks_of(snapshot, copy_id, dict(zip(paths, counts, strict=True)))
    reasons = {reason: people for reason, people in reasons.items() if people}
    return Figures(Funnel(sum(qualified.values()), reasons, receives), qualified, lacks)


def question(snapshot: Snapshot, paths: list[Path], *, now: datetime) -> Composable:
    """People by copy and reason; of them those whom a missing value excludes, and those who lack each of `paths`."""
    excludes = snapshot.missing == Message.Missing.EXCLUDE
    lacking = missing.lacking_sql(missing.needed(snapshot) if excludes else {}, len(snapshot.copies))
    counts = [SQL("count(*) FILTER (WHERE {})").format(condition) for condition in map(missing.is_missing_sql, paths)]
    columns = [SQL("count(*)"), SQL("count(*) FILTER (WHERE {})").format(lacking), *counts]
    return SQL("SELECT copy_id, reason, {} FROM {} GROUP BY 1, 2").format(
        SQL(", ").join(columns), people(snapshot, now=now) if paths else only_decided(snapshot, now=now)
    )


def only_decided(snapshot: Snapshot, *, now: datetime) -> Composable:
    """OFFSET 0 keeps the planner's expressions from being worked out anew for each time they are named (4× slower)."""
    return SQL("({} OFFSET 0) decided").format(audience.decided(snapshot, now=now, people=Everyone()))


def people(snapshot: Snapshot, *, now: datetime) -> Composable:
    return SQL("{} JOIN people_profile p ON p.id = profile_id").format(only_decided(snapshot, now=now))


def lacks_of(snapshot: Snapshot, copy_id: int, counts: dict[Path, int]) -> list[Lack]:
    """Row by row, each token of a row once."""
    (copy,) = [each for each in snapshot.copies if each.id == copy_id]
    return [Lack(copy_id, row, token, counts[token.path]) for row, token in rows_of(copy)]


def rows_of(copy: FrozenCopy) -> list[tuple[int, Token]]:
    found = {
        (row, token.path, token.fallback): (row, token)
        for row, (_, text) in enumerate(copy.pairs)
        for token in missing.profile_tokens(text)
    }
    return list(found.values())


def common_values(snapshot: Snapshot, *, now: datetime) -> list[tuple[str, int]]:
    """The most frequent values whose people get the default copy. Raises TooSlow."""
    if snapshot.kind == Message.Kind.SINGLE:
        return []
    query = SQL(
        "SELECT {value}, count(*) FROM {people} WHERE copy_id = {default} AND {value} ~ '\\S'"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
    ).format(
        value=text_sql(snapshot.property),
        people=people(snapshot, now=now),
        default=Literal(snapshot.copies[0].id),
        most=Literal(COMMON),
    )
    return [(text, count) for text, count in answers(query)]


def people_lacking(snapshot: Snapshot, copy_id: int, token: Token, *, now: datetime, after: int = 0) -> list[Profile]:
    """Those behind a number of `lacks`, by profile id from `after` on, at most `PAGE` at once. Raises TooSlow."""
    query = SQL(
        "SELECT p.id FROM {} WHERE copy_id = {} AND reason = '' AND p.id > {} AND {} ORDER BY p.id LIMIT {}"
    ).format(
        people(snapshot, now=now), Literal(copy_id), Literal(after), missing.is_missing_sql(token.path), Literal(PAGE)
    )
    found = [profile_id for (profile_id,) in answers(query)]
    return list(Profile.objects.filter(pk__in=found).order_by("pk"))
