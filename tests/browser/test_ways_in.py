"""*Ways in* in a real browser: addresses are copied, secrets shown on demand, and the lines to try it really work."""

import shutil
import subprocess

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import api_keys
from accounts.models import ApiKey
from people import signing
from people.models import Event
from people.ways import WAYS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOOLS = ("bash", "curl", "openssl")


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object], admin: Client, live_server: LiveServer):
    """Signed in, allowed to copy."""
    cookie = {"name": "sessionid", "value": admin.cookies["sessionid"].value, "url": live_server.url}
    return {
        **browser_context_args,
        "base_url": live_server.url,
        "storage_state": {"cookies": [cookie], "origins": []},
        "permissions": ["clipboard-read", "clipboard-write"],
    }


@pytest.fixture
def issued(db: None) -> tuple[ApiKey, str]:
    api_keys.known.clear()
    return api_keys.issue("Website", ["ingest"], None)


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


@pytest.mark.parametrize("slug", [way.slug for way in WAYS if way.needs_key])
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="bash, curl and openssl are needed")
def test_the_line_that_is_copied_sends_an_event(page: Page, issued: tuple[ApiKey, str], slug: str) -> None:
    page.goto(f"/people/ways-in/{slug}")
    page.locator("[data-copy-from='#try-it-line']").click()
    expect(page.locator("#messages")).to_contain_text("Copied")
    line = clipboard(page)
    key, secret = issued

    filled = line.replace("paste-the-key-here", secret).replace("paste-the-signing-secret-here", signing.secret(key))
    sent = subprocess.run(["bash", "-c", filled], capture_output=True, text=True, check=True)

    assert "paste-the-" in line
    assert '"error"' not in sent.stdout
    event = Event.objects.select_related("name", "profile").get()
    assert (event.name.name, event.profile.identity) == ("Hello Belfry", "test-person")
    page.reload()
    expect(page.locator(".facts")).to_contain_text("1 taken in")


def test_the_signing_secret_comes_on_demand_and_is_copied(page: Page, issued: tuple[ApiKey, str]) -> None:
    key, _ = issued
    page.goto("/people/ways-in/segment-webhook")
    expect(page.locator("main")).not_to_contain_text(signing.BEGINNING)

    page.get_by_role("button", name="Show the signing secret").click()
    page.get_by_role("button", name="Copy the signing secret of Website").click()

    expect(page.locator("#messages")).to_contain_text("Copied")
    assert clipboard(page) == signing.secret(key)


def test_the_address_follows_where_the_identity_stands(page: Page, issued: tuple[ApiKey, str]) -> None:
    page.goto("/people/ways-in/eventbridge")
    page.get_by_label("Where in detail the identity stands").fill("order.customer")

    page.get_by_role("button", name="Make the address").click()

    address = page.locator(".copied code").first
    expect(address).to_contain_text("/in/eventbridge?identity=order.customer")
    expect(page.locator("#try-it-line")).to_contain_text('"detail": {"order": {"customer": "test-person"}}')
