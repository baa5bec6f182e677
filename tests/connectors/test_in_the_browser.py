"""Setting up a connection and trying it, as a person does it."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from connectors import health
from connectors.base import Fault, Receipt
from connectors.models import Connection
from tests.connectors.factories import connection
from tests.connectors.servers import Server, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, admin: Client) -> Iterator[BrowserContext]:
    """Signed in as an admin."""
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": admin.cookies["sessionid"].value, "url": live_server.url}])
    yield context
    context.close()


def test_a_connection_is_set_up_tried_mended_and_deleted(page: Page, server: Server) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto("/connections/")
    expect(page.get_by_text("No connections yet")).to_be_visible()
    page.get_by_role("link", name="New connection").first.click()
    page.get_by_role("link", name="Segment", exact=True).click()
    page.get_by_label("Name").fill("Production")
    page.get_by_label("Write key").fill("wk_browser")
    page.get_by_label("Another address").check()
    page.get_by_role("textbox", name="Address").fill(f"{server.url}/v1")
    page.get_by_role("button", name="Set up the connection").click()
    expect(page.locator("#connection-state")).to_have_text("Not tested yet")

    server.default = says(401, "no such key")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#connection-state")).to_have_text("Paused")
    expect(page.locator("#test-result")).to_contain_text("The write key was refused.")
    expect(page.locator("#calls tbody tr")).to_have_count(1)

    server.default = says(200)
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#test-result")).to_contain_text("It was accepted")
    page.get_by_role("button", name="Resume the connection").click()
    expect(page.locator("#connection-state")).to_have_text("Healthy")

    page.locator("#calls").get_by_role("button").first.click()
    expect(page.locator("#panel-body")).to_contain_text("Belfry Test")
    expect(page.locator("#panel-body")).not_to_contain_text("wk_browser")
    assert Axe().run(page).response["violations"] == []
    page.locator("#panel-body").get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Delete the connection").click()
    page.locator("#confirm").get_by_role("button", name="Delete the connection").click()
    expect(page.get_by_text("No connections yet")).to_be_visible()
    assert Connection.objects.count() == 0
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit(page: Page, width: int, scheme: Any) -> None:
    made = Connection.objects.create(name="File", kind="file")
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)

    for path in ("", "new", "new/segment", f"{made.pk}"):
        page.goto(f"/connections/{path}")
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_connection_that_stopped_says_so_on_its_page_and_on_the_first_one(page: Page) -> None:
    made, now = connection(name="Shop"), timezone.now()
    for _ in range(health.BREAKER_OPENS_AT):
        health.note(made, [Receipt("1", "retry", "", "Segment answered 503.", 0.0, Fault.UNAVAILABLE)], now=now)

    page.goto("/")
    expect(page.get_by_text("Segment answered 503.").first).to_be_visible()

    page.goto(f"/connections/{made.pk}")
    happened = page.locator(".card", has_text="What happened")
    expect(happened).to_contain_text("Failing")
    expect(happened).to_contain_text("To be mailed.")
    assert Axe().run(page).response["violations"] == []


def test_a_mail_connection_asks_for_what_its_way_needs_and_keeps_the_rest(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/connections/new/email")
    expect(page.get_by_label("Mail server")).to_be_visible()
    expect(page.get_by_label("API key")).to_have_count(0)
    page.get_by_label("From address").fill("news@example.com")

    page.get_by_label("Mails go by way of").select_option("amazon_ses")
    expect(page.get_by_label("Region")).to_be_visible()
    expect(page.get_by_label("Mail server")).to_have_count(0)
    page.get_by_label("Access key ID").fill("AKIA1")
    page.get_by_role("button", name="Set up the connection").click()
    expect(page.locator(".field-error").first).to_be_visible()
    expect(page.get_by_label("From address")).to_have_value("news@example.com")

    page.get_by_label("Mails go by way of").select_option("postal")
    expect(page.get_by_label("Its address")).to_be_visible()
    expect(page.get_by_label("Region")).to_have_count(0)
    expect(page.get_by_label("From address")).to_have_value("news@example.com")
    assert Axe().run(page).response["violations"] == []
    assert [text for text in complaints if "422" not in text] == []
