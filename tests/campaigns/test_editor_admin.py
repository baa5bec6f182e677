"""Operators' pages: every list and row opens, nothing is changed by hand, actions act like the pages."""

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import editor, testing
from campaigns.models import Batch, Campaign, Counter, Delivery
from people.models import Profile
from tests import factories
from tests.factories import NOW

MODELS = ["campaign", "message", "run", "batch", "counter", "delivery", "tester", "testsend"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    """A campaign with a row in every table."""
    (person,) = factories.people(1)
    made = factories.campaign(state="running", copies={"": factories.HELLO, "es": factories.HELLO})
    now = timezone.now()
    run = factories.run(made, due_at=now)
    batch = Batch.objects.create(message=made.message, run=run, occurrence=now, not_before=now, size=1)
    Counter.objects.create(run=run, copy_id=1, state="queued", hour=NOW, people=1)
    Delivery.objects.create(
        message=made.message, run=run, profile_id=person, occurrence=now, batch=batch, copy_id=1, state="queued"
    )
    testing.add(Profile.objects.get(pk=person), by=factories.user(), now=NOW)
    testing.start(editor.load(made.pk), testing.Wanted([person]), by=factories.user(), now=NOW)
    return made


@pytest.mark.parametrize("model", MODELS)
def test_lists_open_and_offer_no_change(admin: Client, campaign: Campaign, model: str) -> None:
    page = admin.get(f"/admin/campaigns/{model}/")

    assert page.status_code == 200
    assert len(page.context["cl"].result_list) == 1
    assert admin.get(f"/admin/campaigns/{model}/add/").status_code == 403
    assert admin.get(f"/admin/campaigns/{model}/{page.context['cl'].result_list[0].pk}/change/").status_code == 200


def test_the_ledger_is_found_by_person(admin: Client, campaign: Campaign) -> None:
    person = Delivery.objects.get().profile_id

    def found(words: str) -> int:
        return len(admin.get(f"/admin/campaigns/delivery/?q={words}").context["cl"].result_list)

    assert [found(str(person)), found(str(person + 1)), found("Ana")] == [1, 0, 0]


def test_actions_change_states_through_the_trail(admin: Client, campaign: Campaign) -> None:
    posted = {"action": "pause", "_selected_action": [campaign.pk]}

    admin.post("/admin/campaigns/campaign/", posted)

    campaign.refresh_from_db()
    assert campaign.state == "paused"


def test_an_action_that_the_state_does_not_allow_says_so(admin: Client, campaign: Campaign) -> None:
    posted = {"action": "archive", "_selected_action": [campaign.pk]}

    answer = admin.post("/admin/campaigns/campaign/", posted, follow=True)

    assert "cannot be archived" in answer.content.decode()
