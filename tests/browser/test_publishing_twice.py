"""Two tabs stand at the same button: the second is told what the first one did."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign, Run
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press_publish(tab: Page) -> None:
    tab.get_by_role("button", name="Publish to 2 people").click()
    tab.get_by_role("dialog").get_by_role("button", name="Publish to 2 people").click()


def test_a_second_tab_that_publishes_is_told_who_was_first(live_server: LiveServer, page: Page, client_as: Any) -> None:
    factories.people(2)
    campaign = factories.campaign(state="draft")
    Campaign.objects.update(published_at=None, schedule={"version": 1, "kind": "now"})
    session = client_as("admin").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{live_server.url}/campaigns/{campaign.pk}/edit/review")
        expect(tab.get_by_role("button", name="Publish to 2 people")).to_be_visible()

    press_publish(page)
    expect(page.get_by_text("“Win back” is published.")).to_be_visible()
    press_publish(other)

    said = other.get_by_role("status").get_by_text("You published this just now")
    expect(said).to_be_visible()
    assert other.url.endswith("/edit/review")
    said.get_by_role("link", name="See its report").click()
    expect(other).to_have_url(f"{live_server.url}/campaigns/{campaign.pk}/")
    assert Run.objects.count() == 1
