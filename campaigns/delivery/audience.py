"""Audience × copy × rules as one SELECT: who qualifies, which copy each would get, and why some get nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Composable, Composed, Identifier

from campaigns.delivery import choice, rules
from campaigns.delivery.reasons import CONTROL_GROUPS
from campaigns.delivery.snapshot import Snapshot
from people.properties import text_sql
from segments import compiler, membership, parse
from segments.context import Context, Everyone, Ids, Sampled


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
    people: Ids | Everyone | Sampled,
    stopped: bool = False,
    also: Mapping[str, Composable] = {},
) -> Composable:
    """SELECT (profile_id, copy_id, reason) of everyone who qualifies; `reason` is '' for who gets the message.

    `stopped`: those who would have got it get the reason campaign_stopped. `also`: more columns, over `p`.
    """
    frozen = membership.parse_references(snapshot.references) if snapshot.references else None
    context = Context(now, ZoneInfo(snapshot.zone), people, frozen)
    found = rules.rules(snapshot, people)
    if stopped:
        found.append(rules.Rule("campaign_stopped", SQL("TRUE")))
    return SQL(
        "SELECT p.id AS profile_id, {copy} AS copy_id, {reason} AS reason{also}"
        " FROM people_profile p {subscription} WHERE {predicate}"
    ).format(
        copy=choice.copy_for_sql(snapshot, text_sql(snapshot.property)),
        reason=rules.reason_sql(found),
        also=Composed([SQL(", {} AS {}").format(column, Identifier(name)) for name, column in also.items()]),
        subscription=rules.subscription_join(rules.channel_of(snapshot), people),
        predicate=compiler.predicate(parse.parse(snapshot.tree), context),
    )
