"""Who of the qualified gets nothing, and why: an ordered list, the first rule that holds names the reason.

The Review page's funnel and `plan` read the same list, so what is shown is what is sent. Between the rules about the
person alone and those that draw people by lot stands the one about people who share an address (`sharing`).
"""

from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Identifier, Literal

from campaigns.delivery import control
from campaigns.delivery.snapshot import Snapshot
from connectors import registry
from connectors.registry import Channel
from people.models import Subscription
from segments.context import Everyone, People, among

EVERYONE = Everyone()


@dataclass(frozen=True, slots=True)
class Rule:
    """`condition` is SQL over `p` (people_profile) and `s` (the person's subscription to the channel)."""

    reason: str
    condition: Composable


def of_the_person(snapshot: Snapshot, people: People = EVERYONE) -> list[Rule]:
    """What is asked first, in order; `people` as far as they are looked at."""
    return [
        Rule("no_address", no_address(channel_of(snapshot), people)),
        Rule("unsubscribed", subscription_is(Subscription.State.UNSUBSCRIBED)),
        Rule("suppressed", subscription_is(Subscription.State.SUPPRESSED)),
    ]


def drawn(snapshot: Snapshot, *, stopped: bool = False) -> list[Rule]:
    """What is asked last: control groups are drawn from those who would have got the message.

    `stopped`: those who would have got it get the reason campaign_stopped.
    """
    found = []
    if snapshot.control_percent:
        salt, percent = snapshot.control_salt, snapshot.control_percent
        found.append(Rule("campaign_control_group", control.is_withheld_sql(salt, Identifier("p", "id"), percent)))
    return [*found, Rule("campaign_stopped", SQL("TRUE"))] if stopped else found


def reason_sql(found: list[Rule]) -> Composable:
    """The reason of the first rule that holds, or ''."""
    if not found:
        return SQL("''")
    cases = [SQL("WHEN {} THEN {}").format(rule.condition, Literal(rule.reason)) for rule in found]
    return SQL("CASE {} ELSE '' END").format(SQL(" ").join(cases))


def channel_of(snapshot: Snapshot) -> Channel:
    """Whose addresses and consent count."""
    return registry.channel(snapshot.channel)


def no_address(channel: Channel, people: People) -> Composable:
    """On an export channel a person is reachable with an identity or an anonymous id."""
    if channel == "email":
        return SQL("COALESCE(p.email, '') = ''")
    found = [SQL("i.profile_id = p.id"), *among(people, SQL("i.profile_id"))]
    return SQL("p.identity IS NULL AND NOT EXISTS (SELECT FROM people_identifier i WHERE {})").format(
        SQL(" AND ").join(found)
    )


def subscription_is(state: str) -> Composable:
    return SQL("COALESCE(s.state, '') = {}").format(Literal(state))


def subscription_join(channel: Channel, people: People = EVERYONE) -> Composable:
    """What a query over `p` adds so that the rules can be asked; at most one row a person."""
    found = [
        SQL("s.profile_id = p.id"),
        SQL("s.channel = {}").format(Literal(channel)),
        *among(people, SQL("s.profile_id")),
    ]
    return SQL("LEFT JOIN people_subscription s ON {}").format(SQL(" AND ").join(found))
