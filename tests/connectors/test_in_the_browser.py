"""Setting up a connection and trying it, as a person does it."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from connectors.models import Connection
from tests.conftest import MakeUser
from tests.connectors.servers import Server, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SignIn = Callable[[], None]


@pytest.fixture
def sign_in(page: Page, live_server: Any, make_user: MakeUser) -> SignIn:
    make_user(username="anna")

    def by_form() -> None:
        page.goto(f"{live_server.url}/login")
        page.get_by_label("Username").fill("anna")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{live_server.url}/")

    return by_form


def test_a_connection_is_set_up_tried_mended_and_deleted(
    page: Page, live_server: Any, sign_in: SignIn, server: Server
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in()

    page.goto(f"{live_server.url}/connections/")
    expect(page.get_by_text("No connections yet")).to_be_visible()
    page.get_by_role("link", name="New connection").first.click()
    page.get_by_role("link", name="Segment").click()
    page.get_by_label("Name").fill("Production")
    page.get_by_label("Write key").fill("wk_browser")
    page.get_by_label("Another address").check()
    page.get_by_label("Address", exact=False).last.fill(f"{server.url}/v1")
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
def test_the_pages_are_accessible_and_fit(
    page: Page, live_server: Any, sign_in: SignIn, width: int, scheme: Any
) -> None:
    made = Connection.objects.create(name="File", kind="file")
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    sign_in()

    for path in ("", "new", "new/segment", f"{made.pk}"):
        page.goto(f"{live_server.url}/connections/{path}")
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
