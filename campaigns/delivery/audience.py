"""Audience × copy × rules as one SELECT: who qualifies, which copy each would get, and why some get nothing."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Composable

from campaigns.delivery import choice, rules
from campaigns.delivery.reasons import CONTROL_GROUPS
from campaigns.delivery.snapshot import Snapshot
from people.properties import text_sql
from segments import compiler, parse
from segments.context import Context, Everyone, Ids


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


def decided(snapshot: Snapshot, *, now: datetime, people: Ids | Everyone, stopped: bool = False) -> Composable:
    """SELECT (profile_id, copy_id, reason) of everyone who qualifies; `reason` is '' for who gets the message.

    `stopped`: those who would have got it get the reason campaign_stopped.
    """
    context = Context(now=now, zone=ZoneInfo(snapshot.zone), people=people)
    found = rules.rules(snapshot)
    if stopped:
        found.append(rules.Rule("campaign_stopped", SQL("TRUE")))
    return SQL(
        "SELECT p.id AS profile_id, {copy} AS copy_id, {reason} AS reason"
        " FROM people_profile p {subscription} WHERE {within} AND {predicate}"
    ).format(
        copy=choice.copy_for_sql(snapshot, text_sql(snapshot.property)),
        reason=rules.reason_sql(found),
        subscription=rules.subscription_join(rules.channel_of(snapshot)),
        within=ids_within(people),
        predicate=compiler.predicate(parse.parse(snapshot.tree), context),
    )


def ids_within(people: Ids | Everyone) -> Composable:
    if isinstance(people, Everyone):
        return SQL("TRUE")
    return SQL("p.id > {} AND p.id <= {}").format(people.after, people.until)
