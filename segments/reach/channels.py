"""Who of an audience can be reached on which channel, and in which language they are: one query over its people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.sql import SQL, Composable, Literal

from people.models import Subscription
from segments.compiler import predicate
from segments.context import Context, among
from segments.reachability import is_filled, with_token
from segments.reading import Asker, answers
from segments.registry import Json
from segments.sets import conjunction
from segments.tree import Tree

Channel, State = Subscription.Channel, Subscription.State
CHANNELS = tuple(Channel)
LANGUAGES = 10  # the most frequent ones by name
LEFT_OUT = (State.UNSUBSCRIBED, State.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Reached:
    """Of the audience `has_address`; of these, `unsubscribed` and `suppressed` are left out, the others `reachable`."""

    channel: str
    has_address: int
    unsubscribed: int
    suppressed: int

    @property
    def reachable(self) -> int:
        return max(0, self.has_address - self.unsubscribed - self.suppressed)  # estimates are rounded each

    @property
    def label(self) -> str:
        return Channel(self.channel).label


@dataclass(frozen=True, slots=True)
class Breakdown:
    """`languages` begins with the most frequent; None is who has none. `other` is everybody else."""

    people: int
    channels: tuple[Reached, ...]
    languages: tuple[tuple[str | None, int], ...]
    other: int


def breakdown(tree: Tree, context: Context, asker: Asker | None = None) -> Breakdown:
    """Raises TooSlow and TreeError, and Cancelled where somebody asks."""
    rows = answers(question(tree, context), asker=asker)
    spoken = sorted(((row[0], row[1]) for row in rows), key=lambda each: (-each[1], each[0] or ""))
    counts = {channel: slice(2 + 3 * place, 5 + 3 * place) for place, channel in enumerate(CHANNELS)}
    return Breakdown(
        people=sum(row[1] for row in rows),
        channels=tuple(reached(channel, [row[place] for row in rows]) for channel, place in counts.items()),
        languages=tuple(spoken[:LANGUAGES]),
        other=sum(people for _, people in spoken[LANGUAGES:]),
    )


def reached(channel: str, counts: Iterable[Sequence[int]]) -> Reached:
    has_address, unsubscribed, suppressed = map(sum, zip((0, 0, 0), *counts, strict=True))
    return Reached(channel, has_address, unsubscribed, suppressed)


def question(tree: Tree, context: Context) -> Composable:
    """A row for each language: its people, then for each channel who has an address and who of these is left out."""
    counts = [
        SQL("count(*) FILTER (WHERE {})").format(each) for channel in CHANNELS for each in parts(channel, context)
    ]
    return SQL(
        "SELECT NULLIF(p.language, ''), count(*), {counts} FROM people_profile p"
        " LEFT JOIN ({said}) said ON said.profile_id = p.id"
        " LEFT JOIN ({anonymous}) known ON known.profile_id = p.id"
        " LEFT JOIN (SELECT DISTINCT profile_id FROM ({tokens}) t) push ON push.profile_id = p.id"
        " WHERE {predicate} GROUP BY 1"
    ).format(
        counts=SQL(", ").join(counts),
        said=left_out(context),
        anonymous=anonymous(context),
        tokens=with_token(context).select,
        predicate=predicate(tree, context),
    )


def parts(channel: str, context: Context) -> list[Composable]:
    """Has an address; of these unsubscribed; of these suppressed."""
    address = has_address(channel, context)
    place = 2 * CHANNELS.index(Channel(channel))
    said = SQL("COALESCE(said.bits, 0) & {} <> 0")
    return [address, *(SQL("{} AND {}").format(address, said.format(Literal(1 << (place + n)))) for n in (0, 1))]


def has_address(channel: str, context: Context) -> Composable:
    """As `segments.reachability` says it, over the joins of `question`."""
    match Channel(channel):
        case Channel.PUSH:
            return SQL("push.profile_id IS NOT NULL")
        case Channel.EXPORT:
            return SQL("({} OR known.profile_id IS NOT NULL)").format(is_filled("identity", context))
        case Channel.EMAIL:
            return is_filled("email", context)
        case _:
            return is_filled("phone", context)


def left_out(context: Context) -> Composable:
    """Two bits for each channel: unsubscribed, suppressed."""
    return SQL(
        "SELECT u.profile_id, bit_or(1 << (2 * array_position({channels}::text[], u.channel::text) - 2"
        " + (u.state = {suppressed})::int)) AS bits FROM people_subscription u WHERE {limits} GROUP BY 1"
    ).format(
        channels=Literal([str(channel) for channel in CHANNELS]),
        suppressed=Literal(str(State.SUPPRESSED)),
        limits=conjunction(
            [
                SQL("u.state IN ({})").format(SQL(", ").join(Literal(str(state)) for state in LEFT_OUT)),
                *among(context.people, SQL("u.profile_id")),
            ]
        ),
    )


def anonymous(context: Context) -> Composable:
    return SQL("SELECT DISTINCT i.profile_id FROM people_identifier i WHERE {}").format(
        conjunction(among(context.people, SQL("i.profile_id")))
    )


def plain(found: Breakdown) -> Json:
    """As JSON, to be kept."""
    return {
        "people": found.people,
        "channels": {each.channel: [each.has_address, each.unsubscribed, each.suppressed] for each in found.channels},
        "languages": [list(each) for each in found.languages],
        "other": found.other,
    }


def load(kept: Mapping[str, Any]) -> Breakdown:
    return Breakdown(
        people=kept["people"],
        channels=tuple(Reached(channel, *kept["channels"][channel]) for channel in CHANNELS),
        languages=tuple((language, people) for language, people in kept["languages"]),
        other=kept["other"],
    )
