"""On a phone, too, the list of campaigns shows which of them need somebody."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Counter, Run
from connectors.models import Connection
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTH = 390


def test_failures_stand_in_the_list_on_a_phone_and_lead_to_the_people(
    live_server: LiveServer, page: Page, client_as: Any
) -> None:
    run = factories.run(factories.campaign(state="running"))
    Run.objects.update(state="completed")
    Counter.objects.create(run=run, copy_id=1, state="failed", hour=factories.NOW, people=1200)
    Connection.objects.update(state="paused")
    session = client_as("admin").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.set_viewport_size({"width": WIDTH, "height": 844})

    page.goto(f"{live_server.url}/campaigns/")

    needs = page.get_by_role("list", name="Needs somebody")
    expect(needs.get_by_role("link")).to_have_text(["File is paused", "1,200 failed"])
    for link in needs.get_by_role("link").all():
        box = link.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= WIDTH, box["height"] >= 24) == (True, True, True)
    needs.get_by_role("link", name="1,200 failed").click()
    expect(page).to_have_url(f"{live_server.url}/campaigns/{run.campaign_id}/people?state=failed")
