"""The page of a connection says who waits to be sent something over it."""

from typing import Any

import pytest
from django.test import Client

from campaigns import waiting
from campaigns.delivery import ledger
from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Change, Result, Retry
from campaigns.models import Campaign, Delivery
from campaigns.waiting import Waiting
from tests import factories
from tests.campaigns.delivery import SOON, deliver_all, plan_all

pytestmark = pytest.mark.django_db


def test_people_wait_until_they_are_sent_to(exports: Any) -> None:
    factories.people(25)
    over = factories.file_connection()
    campaign = factories.campaign(over)
    assert waiting.over(over) == []

    run = plan_all(factories.run(campaign))
    assert waiting.over(over) == [Waiting(campaign.pk, "Win back", 25, is_paused=False)]

    deliver_all(run)
    assert waiting.over(over) == []


def test_who_was_excluded_does_not_wait_though_the_others_of_the_batch_do(exports: Any) -> None:
    factories.people(10)
    over = factories.file_connection()
    campaign = factories.campaign(over)
    job = job_of(plan_all(factories.run(campaign)))
    claim = ledger.claim(job, now=SOON)
    assert claim
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    excluded = [Change(each, "excluded", "missing_value", "") for each in ids[:3]]
    ledger.record(claim, [Result(claim.slips[0], excluded, Retry(ids[3:], SOON, whole=True))], now=SOON)

    assert waiting.over(over) == [Waiting(campaign.pk, "Win back", 7, is_paused=False)]


def test_each_campaign_stands_with_its_people_over_its_own_connection(exports: Any) -> None:
    over, other = factories.file_connection(), factories.segment_connection("http://127.0.0.1:1")
    early, late, elsewhere = factories.campaign(over), factories.campaign(over), factories.campaign(other)
    factories.people(12)
    for campaign in (early, elsewhere):
        plan_all(factories.run(campaign))
    factories.people(8, prefix="more")
    plan_all(factories.run(late))
    Campaign.objects.filter(pk=early.pk).update(state="paused")

    assert waiting.over(over) == [
        Waiting(late.pk, "Win back", 20, is_paused=False),
        Waiting(early.pk, "Win back", 12, is_paused=True),
    ]


def test_the_page_asks_for_it(admin: Client, exports: Any) -> None:
    factories.people(1)
    over = factories.file_connection()
    asks = f'hx-get="/campaigns/over/{over.pk}"'
    assert asks in admin.get(f"/connections/{over.pk}").text
    assert admin.get(f"/campaigns/over/{over.pk}").text.strip() == "nobody waits"

    campaign = factories.campaign(over)
    plan_all(factories.run(campaign))

    said = admin.get(f"/campaigns/over/{over.pk}").text
    assert "1 person waits" in said
    assert f'<a href="/campaigns/{campaign.pk}/">Win back</a>: 1<' in said
    assert admin.get("/campaigns/over/2000000000").status_code == 404
