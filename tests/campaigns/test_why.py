"""“Why did they (not) get …?” has an answer for every person and campaign."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from campaigns import presence, retry
from campaigns.models import Delivery
from campaigns.models.ledger import State
from tests import factories
from tests.campaigns.delivery import plan_all
from tests.campaigns.outcomes import LATER, tried

pytestmark = pytest.mark.django_db
SPANISH = {
    "version": 1,
    "rule": {"all": [{"property": "language", "type": "text", "operator": "equals", "value": ["es"]}]},
}


@pytest.fixture
def signed_in() -> Client:
    client = Client()
    client.force_login(factories.user("member", role="member"))
    return client


def answer(client: Client, person: int, campaign: int | str) -> str:
    page = client.get(reverse("person-why", args=[person]), {"campaign": campaign})
    return " ".join(page.content.decode().split())


def test_who_was_in_a_run_sees_what_became_of_them(signed_in):
    run, person = factories.run(factories.campaign()), factories.person(identity="a")
    Delivery.objects.create(
        message_id=run.message_id, run=run, profile=person, occurrence=run.occurrence, copy_id=1,
        state=State.EXCLUDED, reason="campaign_control_group",
    )  # fmt: skip

    found = answer(signed_in, person.pk, run.campaign_id)

    assert "Did not get “Win back”" in found
    assert "Control group</span>" in found.split("Did not get")[0]
    assert "The person is in this campaign" in found


def test_who_was_in_no_run_sees_the_condition_that_does_not_hold(signed_in):
    campaign = factories.campaign(tree=SPANISH)
    person = factories.person(identity="a", language="pt")

    found = answer(signed_in, person.pk, campaign.pk)

    assert "They have not been in a run of “Win back”." in found
    assert "<strong>out</strong>" in found
    assert "pt" in found


def test_the_question_lists_published_campaigns_and_takes_no_nonsense(signed_in):
    factories.campaign()
    person = factories.person(identity="a")

    page = answer(signed_in, person.pk, "1; DROP TABLE")

    assert "Win back</option>" in page
    assert signed_in.get(reverse("person-why", args=[person.pk]), {"campaign": 999_999}).status_code == 404


def test_the_answer_and_the_history_have_one_time_and_say_that_it_was_sent_again(
    signed_in: Client, exports: Path
) -> None:
    factories.people(1)
    run = plan_all(factories.run(factories.campaign()))
    tried(run, {0: ("failed", "rejected_by_provider")})
    retry.retry(run, [State.FAILED], by=factories.user(), now=LATER)
    arrived = LATER + timedelta(minutes=7)
    tried(run, {}, now=arrived)
    person = Delivery.objects.get().profile_id

    found = answer(signed_in, person, run.campaign_id)

    (row,) = presence.timeline(person, None, 10)
    assert row.at == arrived
    assert row.words == presence.AGAIN
    assert f"{arrived:%H:%M} UTC" in strip_tags(found)
    assert presence.AGAIN in found
