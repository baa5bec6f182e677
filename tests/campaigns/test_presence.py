"""Campaigns as the pages of people and segments show them."""

from typing import Any

import pytest
from django.utils import timezone

from campaigns import presence
from campaigns.models import Campaign, Delivery, Run
from campaigns.models.ledger import State
from people import unsubscribing
from people.links import Origin
from people.timeline import page
from segments.models import Segment
from segments.registry import User, users_of
from tests import factories

pytestmark = pytest.mark.django_db


def delivery(profile: int, run: Run, **fields: Any) -> Delivery:
    values = {
        "message_id": run.message_id, "run": run, "profile_id": profile, "occurrence": run.occurrence, "key": "",
        "copy_id": 1, "state": State.ACCEPTED, **fields,
    }  # fmt: skip
    return Delivery.objects.create(**values)


@pytest.fixture
def run():
    return factories.run(factories.campaign(), due_at=timezone.now())


def test_a_segment_names_the_campaigns_that_use_it():
    segment = Segment.objects.create(name="Everybody", tree=factories.EVERYONE)
    unused = Segment.objects.create(name="Nobody", tree=factories.EVERYONE)
    campaign = factories.campaign(tree=factories.EVERYONE)
    Campaign.objects.filter(pk=campaign.pk).update(segment=segment, tree=None)

    found = users_of([segment.pk, unused.pk])

    assert {pk: [(user.kind, user.name) for user in users] for pk, users in found.items()} == {
        segment.pk: [("campaign", "Win back")],
        unused.pk: [],
    }


def test_a_segment_and_a_list_name_the_campaigns_whose_own_rule_asks_for_them():
    segments = [Segment.objects.create(name=name, tree=factories.EVERYONE).pk for name in ("Used", "Unused")]
    within = {"any": [{"segment": segments[0], "is": "not_in"}, {"none": [{"list": 7, "is": "in"}]}]}
    campaign = factories.campaign(tree={"version": 1, "rule": {"all": [within]}})
    factories.campaign(tree={"version": 1, "rule": {"all": [{"segment": 10**6, "is": "in"}, {"list": 8, "is": "in"}]}})

    expected = [User("campaign", "Win back", campaign.get_absolute_url())]

    assert presence.users_of_segments(segments) == {segments[0]: expected}
    assert presence.users_of_lists([7, 9]) == {7: expected}


def test_a_person_s_history_says_what_they_got_and_why_not(run):
    person = factories.person(identity="a")
    delivery(person.pk, run)
    delivery(person.pk, run, key="2", state=State.EXCLUDED, reason="missing_value", answer="email has no value.")

    assert [(row.title, row.words) for row in page(person.pk).rows] == [
        ("Did not get “Win back”", "A value that the text needs is missing and has no fallback. email has no value."),
        ("Got “Win back”", ""),
    ]


def test_a_merge_moves_messages_but_never_onto_one_that_is_there(run):
    gone, stays = factories.person(), factories.person(identity="known")
    moved = delivery(gone.pk, run, key="cart-1")
    clashing = delivery(gone.pk, run)
    own = delivery(stays.pk, run)

    presence.follow_merge([(gone.pk, stays.pk)])

    rows = Delivery.objects.values_list("pk", "profile_id")
    assert set(rows) == {(moved.pk, stays.pk), (clashing.pk, gone.pk), (own.pk, stays.pk)}


def test_what_a_person_did_with_a_message_names_its_campaign(settings: Any):
    settings.PUBLIC_URL = "https://belfry.example.com"
    person = factories.person(identity="a", email="a@example.com")
    campaign = factories.campaign()

    unsubscribing.unsubscribe(Origin(person.pk, "", "email", "m", campaign.pk, 1, "Default"), now=timezone.now())

    (row,) = page(person.pk).rows
    assert (row.title, row.words) == ("Channel Unsubscribed", "Campaign name Win back · Run 1 · Copy Default")


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (State.ACCEPTED, "", presence.AGAIN),
        (State.EXCLUDED, "unsubscribed", f"The person unsubscribed from this channel. {presence.NOT_AGAIN}"),
    ],
)
def test_only_what_was_sent_again_is_said_to_have_been(run, state: State, reason: str, said: str):
    person = factories.person(identity="a")
    delivery(person.pk, run, state=state, reason=reason, attempts=2)

    (row,) = presence.timeline(person.pk, None, 10)

    assert row.words == said
