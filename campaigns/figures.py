"""What is counted of the audience: who will receive, in which copy; values without a copy; values that people lack."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL, Composable, Identifier, Literal

from campaigns import missing
from campaigns.delivery import audience, choice
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.audience import Funnel
from campaigns.delivery.snapshot import FrozenCopy, Snapshot
from campaigns.missing import Path, tokens_of
from campaigns.models import Message
from campaigns.personalization import Token
from campaigns.prints import print_of
from connectors import registry
from people.models import Profile
from people.properties import text_sql
from segments.context import Context, Everyone, Sampled
from segments.reach.asking import Question
from segments.reading import Asker, answers
from segments.registry import Json

KIND = "campaigns.figures"
EVERYONE = Everyone()
COMMON = 5
STATEMENT = SQL("""
    WITH alike AS (
        SELECT value, language, reason{flags}, count(*) AS people FROM {decided} GROUP BY value, language, reason{flags}
    ),
    counted AS MATERIALIZED (SELECT {copy} AS copy_id, alike.* FROM alike)
    SELECT NULL, copy_id, reason, language, ARRAY[sum(people), {counts}] FROM counted GROUP BY 2, 3, 4
    UNION ALL
    (SELECT value, copy_id, NULL, NULL, ARRAY[sum(people)] FROM counted
     WHERE {is_by_value} AND copy_id = {default} AND value ~ '\\S' AND reason = '' AND NOT {lacking} GROUP BY 1, 2
     ORDER BY sum(people) DESC, value LIMIT {most})
""")
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
    """`funnel` is the planner's, with those who are left out while sending as a value is missing; `languages` those who
    receive by language, the most frequent first; None is who has none.

    `uncovered` are the most frequent values of those who receive the default copy.
    """

    funnel: Funnel
    languages: list[tuple[str | None, int]]
    lacks: list[Lack]
    uncovered: list[tuple[str, int]]

    def of_copy(self, copy_id: int) -> list[Lack]:
        return [lack for lack in self.lacks if lack.copy_id == copy_id and lack.people]


def figures(snapshot: Snapshot, *, now: datetime) -> Figures:
    """Of everybody who would be planned now. Raises TooSlow."""
    return read(snapshot, counted(snapshot, now=now))


def question_of(snapshot: Snapshot) -> Question:
    """To be asked in the background: wordings that print the same values have the same answer."""
    tokens = [
        [copy.id, copy.value, sorted({(str(t.path), t.fallback is None, t.conditional) for t in tokens_of(copy.pairs)})]
        for copy in snapshot.copies
    ]
    by = [snapshot.kind, snapshot.property, snapshot.missing, snapshot.control_percent, snapshot.control_salt]
    by += [registry.channel(snapshot.channel), snapshot.one_per_address]
    counted = {"tree": snapshot.tree, "named": snapshot.references, "zone": snapshot.zone, "by": by, "copies": tokens}
    return Question(KIND, asked={"snapshot": snapshots.dump(snapshot), "print": print_of(counted)}, counted=counted)


def count(question: Json, context: Context, asker: Asker) -> Json:
    """For `segments.registry.COUNTERS`."""
    snapshot = snapshots.load(question["snapshot"])
    people = Sampled() if isinstance(context.people, Sampled) else Everyone()
    return counted(snapshot, now=context.now, people=people, asker=asker)


def counted(
    snapshot: Snapshot, *, now: datetime, people: Everyone | Sampled = EVERYONE, asker: Asker | None = None
) -> Json:
    """The rows of the statement, as `read` reads them. Raises TooSlow, and Cancelled where somebody asks."""
    earlier = audience.elsewhere(snapshot, now=now, people=people, asker=asker)
    rows = answers(question(snapshot, now=now, people=people, earlier=earlier), asker=asker)
    return {
        "rows": [[*who, *map(int, counts)] for value, *who, counts in rows if value is None],
        "uncovered": [[value, int(counts[0])] for value, *_, counts in rows if value is not None],
    }


def read(snapshot: Snapshot, found: Json, scaled: Callable[[int], int] = int) -> Figures:
    """`scaled` makes a number of everybody from one of the sample."""
    reasons: defaultdict[str, int] = defaultdict(int)
    languages: defaultdict[str | None, int] = defaultdict(int)
    receives = {copy.id: 0 for copy in snapshot.copies}
    qualified, lacking = 0, {copy.id: [0] * len(paths_of(snapshot)) for copy in snapshot.copies}
    for copy_id, reason, language, people, without, *counts in found["rows"]:
        qualified += people
        reasons[reason or MISSING] += people if reason else without
        if not reason:
            receives[copy_id] += people - without
            languages[language] += people - without
            lacking[copy_id] = [sum(pair) for pair in zip(lacking[copy_id], counts, strict=True)]
    return Figures(
        Funnel(
            scaled(qualified),
            {reason: scaled(people) for reason, people in reasons.items() if people},
            {copy_id: scaled(people) for copy_id, people in receives.items()},
        ),
        [(name, scaled(people)) for name, people in sorted(languages.items(), key=by_frequency) if people],
        [lack for copy_id in lacking for lack in lacks_of(snapshot, copy_id, [scaled(n) for n in lacking[copy_id]])],
        [(value, scaled(people)) for value, people in found["uncovered"]],
    )


def by_frequency(spoken: tuple[str | None, int]) -> tuple[int, str]:
    return -spoken[1], spoken[0] or ""


def paths_of(snapshot: Snapshot) -> list[Path]:
    """What the copies print of the person, each once."""
    return list(dict.fromkeys(token.path for copy in snapshot.copies for token in tokens_of(copy.pairs)))


def question(snapshot: Snapshot, *, now: datetime, people: Everyone | Sampled, earlier: Composable) -> Composable:
    """(value, copy, reason, language, counts): people, of them those whom a missing value excludes, who lack each path.

    Rows with a value are the most frequent ones that get the default copy. People who have the same value and lack the
    same are put together before anything else is worked out of them: one pass, and one look for a copy for each value.
    """
    paths = paths_of(snapshot)
    flags = {path: f"lacks_{number}" for number, path in enumerate(paths)}
    excludes = missing.needed(snapshot) if snapshot.missing == Message.Missing.EXCLUDE else {}
    lacking = missing.lacking_sql(excludes, len(snapshot.copies), lambda path: Identifier(flags[path]))
    also = {"value": text_sql(snapshot.property), "language": SQL("NULLIF(p.language, '')")}
    also |= {flag: missing.is_missing_sql(path) for path, flag in flags.items()}
    return STATEMENT.format(
        decided=once(audience.decided(snapshot, now=now, people=people, also=also, earlier=earlier)),
        flags=SQL("").join(SQL(", {}").format(Identifier(flag)) for flag in flags.values()),
        copy=choice.copy_for_sql(snapshot, SQL("value")),
        default=Literal(snapshot.copies[0].id),
        is_by_value=Literal(snapshot.kind != Message.Kind.SINGLE),
        most=Literal(COMMON),
        lacking=lacking,
        counts=SQL(", ").join(
            SQL("COALESCE(sum(people) FILTER (WHERE {}), 0)").format(each)
            for each in (lacking, *map(Identifier, flags.values()))
        ),
    )


def once(decided: Composable) -> Composable:
    """OFFSET 0 keeps the planner's expressions from being worked out anew for each time they are named (4× slower)."""
    return SQL("({} OFFSET 0) decided").format(decided)


def people(snapshot: Snapshot, *, now: datetime) -> Composable:
    """Everybody of the audience, with the person `p`."""
    decided = audience.decided(snapshot, now=now, people=EVERYONE)
    return SQL("{} JOIN people_profile p ON p.id = profile_id").format(once(decided))


def lacks_of(snapshot: Snapshot, copy_id: int, counts: Sequence[int]) -> list[Lack]:
    """Row by row, each token of a row once; `counts` are in the order of `paths_of`."""
    (copy,) = [each for each in snapshot.copies if each.id == copy_id]
    of_path = dict(zip(paths_of(snapshot), counts, strict=True))
    return [Lack(copy_id, row, token, of_path[token.path]) for row, token in rows_of(copy)]


def rows_of(copy: FrozenCopy) -> list[tuple[int, Token]]:
    found = {
        (row, token.path, token.fallback): (row, token)
        for row, (_, text) in enumerate(copy.pairs)
        for token in missing.profile_tokens(text)
    }
    return list(found.values())


def people_lacking(snapshot: Snapshot, copy_id: int, token: Token, *, now: datetime, after: int = 0) -> list[Profile]:
    """Those behind a number of `lacks`, by profile id from `after` on, at most `PAGE` at once. Raises TooSlow."""
    query = SQL(
        "SELECT p.id FROM {} WHERE copy_id = {} AND reason = '' AND p.id > {} AND {} ORDER BY p.id LIMIT {}"
    ).format(
        people(snapshot, now=now), Literal(copy_id), Literal(after), missing.is_missing_sql(token.path), Literal(PAGE)
    )
    found = [profile_id for (profile_id,) in answers(query)]
    return list(Profile.objects.filter(pk__in=found).order_by("pk"))
