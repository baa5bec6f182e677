"""The builder with every kind of condition, wide and narrow, dark and light: accessible, quiet, nothing sticks out."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from people.models import EventName, PropertyName
from segments.models import Segment
from tests.browser.test_accessibility import EVERY_RULE, by_axe, findings
from tests.segments.making import segment
from tests.segments.test_builder_fields import CONDITIONS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object], admin: Client, live_server: LiveServer):
    """Signed in."""
    cookie = {"name": "sessionid", "value": admin.cookies["sessionid"].value, "url": live_server.url}
    return {**browser_context_args, "base_url": live_server.url, "storage_state": {"cookies": [cookie], "origins": []}}


@pytest.fixture
def everything(db: None) -> Segment:
    event = EventName.objects.create(name="Charged")
    PropertyName.objects.create(event=event, name="category", types={"text": 1}, frequent=[["coat", 1]])
    return segment("Everything", *CONDITIONS[:14], {"any": CONDITIONS[14:]})


def test_every_kind_of_condition(page: Page, everything: Segment) -> None:
    assert findings(page, [f"/segments/{everything.pk}/edit"], "dark") == []


def test_errors_stand_at_their_places_and_are_said(page: Page) -> None:
    unfinished = segment("Unfinished", {"did": [{"event": "Charged"}, {"event": ""}], "period": "ever"})
    page.goto(f"/segments/{unfinished.pk}/edit")

    page.get_by_role("button", name="Save the segment").click()

    expect(page.locator("#tree-0-1-error")).to_have_text("Choose an event.")
    expect(page.locator("#tree-0-1-event")).to_have_attribute("aria-describedby", "tree-0-1-error")
    page.evaluate(AXE_SCRIPT)
    assert by_axe(page, EVERY_RULE) == []
