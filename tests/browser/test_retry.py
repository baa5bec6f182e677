"""A report offers to try again whom it can; what is counted once stays while the report looks for news."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Delivery, Run
from people import partitions
from people.models import Profile, Subscription
from tests import factories
from tests.campaigns.delivery import plan_all
from tests.campaigns.outcomes import tried

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_failed_are_tried_again_from_the_report(
    live_server: LiveServer, page: Page, client_as: Any, tmp_path: Path, settings: Settings
) -> None:
    settings.EXPORTS = tmp_path
    partitions.ensure("campaigns_delivery", now=factories.NOW, since=factories.NOW)
    factories.people(9)
    run = plan_all(factories.run(factories.campaign(state="running")))
    tried(run, dict.fromkeys(range(4), ("failed", "invalid_recipient")))
    Subscription.objects.create(profile=Profile.objects.earliest("pk"), channel="export", state="suppressed")
    Run.objects.update(state="sending")
    session = client_as("admin").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_server.url}/campaigns/{run.campaign_id}/")
    button = page.get_by_role("button", name="Retry the 3 failed of run 1")
    expect(button).to_be_visible()
    expect(page.get_by_text("Run 1: 1 person is not tried again")).to_be_visible()
    for _ in range(2):
        with page.expect_response(lambda answer: "seen=" in answer.url):
            pass
    expect(button).to_be_visible()
    assert sum("/lost" in url for url in asked) == 1
    button.click()
    page.get_by_role("button", name="Try again", exact=True).click()

    expect(page.get_by_text("3 people are tried again.")).to_be_visible()
    assert Delivery.objects.filter(state="queued").count() == 3
