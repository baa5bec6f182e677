"""One tab stands at Review while a segment is changed in another: what nobody looked at is not published."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from segments.models import Segment
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press_publish(tab: Page, people: str) -> None:
    tab.get_by_role("button", name=f"Publish to {people}").click()
    tab.get_by_role("dialog").get_by_role("button", name=f"Publish to {people}").click()


def test_a_segment_edited_in_a_second_tab_has_to_be_looked_at_again(
    live_server: LiveServer, page: Page, client_as: Any
) -> None:
    factories.people(3)
    rule = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 999}}]}}
    segment = Segment.objects.create(name="Coats", tree=rule)
    campaign = factories.campaign(state="draft")
    schedule = {"version": 1, "kind": "now"}
    Campaign.objects.update(published_at=None, schedule=schedule, segment=segment, tree=None)
    session = client_as("admin").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    other = page.context.new_page()
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/edit/review")
    expect(page.get_by_role("button", name="Publish to 3 people")).to_be_visible()

    other.goto(f"{live_server.url}/segments/{segment.pk}/edit")
    other.get_by_label("Last bucket, 0 to 999").fill("1")
    other.get_by_role("button", name="Save the segment").click()
    expect(other).to_have_url(f"{live_server.url}/segments/{segment.pk}")
    press_publish(page, "3 people")

    said = page.get_by_role("status").get_by_text("You changed the segment “Coats” just now")
    expect(said).to_be_visible()
    assert page.url.endswith("/edit/review")
    assert Campaign.objects.get().state == "draft"
    press_publish(page, "1 person")
    expect(page.get_by_text("“Win back” is published.")).to_be_visible()
