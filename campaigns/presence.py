"""What lower apps show of campaigns: who uses a segment, a person's messages, and what a merge of people moves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from campaigns.delivery import reasons
from campaigns.instead import Instead, instead
from campaigns.models import Campaign, Delivery
from campaigns.models.ledger import State
from people.registry import TimelineRow
from segments.references import Kind, mentioned, mentioning
from segments.registry import User

ICONS = {State.ACCEPTED: "send", State.QUEUED: "clock", State.FAILED: "circle-x", State.UNKNOWN: "help-circle"}
TITLES = {
    State.ACCEPTED: "Got “{}”",
    State.QUEUED: "Will get “{}”",
    State.FAILED: "“{}” failed",
    State.UNKNOWN: "May have got “{}”",
    State.EXCLUDED: "Did not get “{}”",
}
AGAIN = "It failed at first, or nobody knew whether it arrived, and was sent again."
NOT_AGAIN = "It had failed before, or nobody knew whether it arrived."

# A row that the known person has already keeps the anonymous one's id: both messages were real.
FOLLOW = """
UPDATE campaigns_delivery AS delivery SET profile_id = merge.stays
FROM unnest(%s::bigint[], %s::bigint[]) AS merge (gone, stays)
WHERE delivery.profile_id = merge.gone
  AND NOT EXISTS (SELECT FROM campaigns_delivery other
                  WHERE other.message_id = delivery.message_id AND other.profile_id = merge.stays
                    AND other.occurrence = delivery.occurrence AND other.key = delivery.key)
"""
FOLLOW_TESTS = """
UPDATE campaigns_testmessage AS message SET profile_id = merge.stays
FROM unnest(%s::bigint[], %s::bigint[]) AS merge (gone, stays) WHERE message.profile_id = merge.gone
"""
# Of several who become one, one stays a test person.
FOLLOW_TESTER = """
INSERT INTO campaigns_tester (profile_id, added_by_id, added_at)
SELECT merge.stays, tester.added_by_id, tester.added_at
FROM campaigns_tester tester JOIN unnest(%s::bigint[], %s::bigint[]) AS merge (gone, stays)
  ON tester.profile_id = merge.gone
ON CONFLICT (profile_id) DO NOTHING
"""
DROP_TESTER = """
DELETE FROM campaigns_tester tester USING unnest(%s::bigint[], %s::bigint[]) AS merge (gone, stays)
WHERE tester.profile_id = merge.gone
"""


def users_of_segments(segments: Collection[int]) -> Mapping[int, list[User]]:
    """The campaigns that use each segment, as it is or within a rule of their own, archived ones included: they keep it
    from being deleted. One query."""
    ours = Campaign.objects.filter(segment_id__in=segments).values("pk")
    within = mentioning(Campaign.objects.all(), "segment", segments).values("pk")
    return users(Campaign.objects.filter(Q(pk__in=ours) | Q(pk__in=within)), "segment", segments)


def users_of_lists(lists: Collection[int]) -> Mapping[int, list[User]]:
    """The campaigns whose own rule asks for each custom list, as `users_of_segments`. One query."""
    return users(mentioning(Campaign.objects.all(), "list", lists), "list", lists)


def users(campaigns: QuerySet[Campaign], kind: Kind, wanted: Collection[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {}
    for campaign in campaigns.order_by("name", "pk"):
        user = User("campaign", campaign.name, campaign.get_absolute_url())
        used = mentioned(campaign.tree, kind)
        if kind == "segment" and campaign.segment_id:
            used.add(campaign.segment_id)
        for pk in used.intersection(wanted):
            found.setdefault(pk, []).append(user)
    return found


def timeline(profile: int, before: datetime | None, limit: int) -> list[TimelineRow]:
    """A person's rows of the ledger, newest first, by index delivery_of_profile."""
    rows = (
        Delivery.objects.filter(profile_id=profile)
        .annotate(at=Coalesce("recorded_at", "occurrence"))
        .select_related("run__campaign")
        .order_by("-at", "-pk")
    )
    found = list((rows.filter(at__lt=before) if before else rows)[:limit])
    others = instead(found)
    return [timeline_row(row, row.at, others.get(row.pk)) for row in found]


def timeline_row(delivery: Delivery, at: datetime, other: Instead | None) -> TimelineRow:
    campaign, state = delivery.run.campaign, State(delivery.state)
    return TimelineRow(
        at=at,
        key=f"delivery-{delivery.pk}",
        icon=ICONS.get(state, "circle-minus"),
        title=TITLES[state].format(campaign.name),
        words=words(delivery, str(other or "")),
        url=f"{campaign.get_absolute_url()}?run={delivery.run.number}",
    )


def words(delivery: Delivery, other: str = "") -> str:
    """Why, what the destination answered, and whether somebody had it sent again."""
    said = reasons.sentence(delivery.reason) if delivery.reason else ""
    again = NOT_AGAIN if delivery.state == State.EXCLUDED else AGAIN
    return " ".join(filter(None, [said, other, delivery.answer, again if is_again(delivery) else ""]))


def is_again(delivery: Delivery) -> bool:
    """Each press of “Retry” makes one attempt more of those who had come to an end."""
    return delivery.attempts > (0 if delivery.state == State.QUEUED else 1)


def follow_merge(merges: Sequence[tuple[int, int]]) -> None:
    """The ledger of people who went becomes that of those who stay, and their test messages too."""
    pairs = [[gone for gone, _ in merges], [stays for _, stays in merges]]
    with connection.cursor() as cursor:
        for statement in (FOLLOW, FOLLOW_TESTS, FOLLOW_TESTER, DROP_TESTER):
            cursor.execute(statement, pairs)
