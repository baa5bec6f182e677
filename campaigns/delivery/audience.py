"""Audience × copy × rules as one SELECT: who qualifies, which copy each would get, and why some get nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from campaigns.delivery import choice, rules, sharing
from campaigns.delivery.reasons import CONTROL_GROUPS
from campaigns.delivery.snapshot import Snapshot
from people.properties import text_sql
from segments import compiler, membership, parse
from segments.context import Context, Everyone, People, Some
from segments.reading import Asker, answers


@dataclass(frozen=True, slots=True)
class Funnel:
    """`qualified` = `reasons` + `receives`; `copies` says who receives which copy, by the copy's id."""

    qualified: int
    reasons: dict[str, int]
    copies: dict[int, int]

    @property
    def withheld(self) -> int:
        return sum(people for reason, people in self.reasons.items() if reason in CONTROL_GROUPS)

    @property
    def receives(self) -> int:
        return sum(self.copies.values())


def decided(
    snapshot: Snapshot,
    *,
    now: datetime,
    people: People,
    stopped: bool = False,
    also: Mapping[str, Composable] = {},
    earlier: Composable = sharing.NOBODY,
) -> Composable:
    """SELECT (profile_id, copy_id, reason) of everyone who qualifies; `reason` is '' for who gets the message.

    `stopped`: those who would have got it get the reason campaign_stopped. `also`: more columns, over `p`. `earlier`:
    who besides `people` gets it, as far as they share an address, as SELECT (address, profile_id).
    """
    first, last = rules.of_the_person(snapshot, people), rules.drawn(snapshot, stopped=stopped)
    if not snapshot.one_per_address:
        return qualified(snapshot, now=now, people=people, also={"reason": rules.reason_sql([*first, *last]), **also})
    apart = {"early": rules.reason_sql(first), "late": rules.reason_sql(last), "address": sharing.address_sql()}
    looked_at = qualified(snapshot, now=now, people=people, also={**apart, **also})
    return sharing.first_only(looked_at, people, earlier=earlier, also=also)


def qualified(snapshot: Snapshot, *, now: datetime, people: People, also: Mapping[str, Composable] = {}) -> Composable:
    """SELECT (profile_id, copy_id) of everyone who qualifies, whether they get the message or not."""
    frozen = membership.parse_references(snapshot.references) if snapshot.references else None
    context = Context(now, ZoneInfo(snapshot.zone), people, frozen)
    return SQL(
        "SELECT p.id AS profile_id, {copy} AS copy_id{also} FROM people_profile p {subscription} WHERE {predicate}"
    ).format(
        copy=choice.copy_for_sql(snapshot, text_sql(snapshot.property)),
        also=Composed([SQL(", {} AS {}").format(column, Identifier(name)) for name, column in also.items()]),
        subscription=rules.subscription_join(rules.channel_of(snapshot), people),
        predicate=compiler.predicate(parse.parse(snapshot.tree), context),
    )


def elsewhere(snapshot: Snapshot, *, now: datetime, people: People, asker: Asker | None = None) -> Composable:
    """`earlier` of `decided` where `people` are a part of everybody: who of the others gets it at an address of theirs.

    Raises TooSlow, and Cancelled where somebody asks.
    """
    if not snapshot.one_per_address or isinstance(people, Everyone):
        return sharing.NOBODY
    addresses = {profile_id: address for address, profile_id in answers(sharing.others(people), asker=asker)}
    if not addresses:
        return sharing.NOBODY
    query = SQL("SELECT profile_id FROM ({}) decided WHERE reason <> ALL({}) ORDER BY profile_id DESC").format(
        decided(snapshot, now=now, people=Some(tuple(addresses))), Literal(sharing.LOST)
    )
    return sharing.these({addresses[profile_id]: profile_id for (profile_id,) in answers(query, asker=asker)})
