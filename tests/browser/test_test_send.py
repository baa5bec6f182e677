"""A test send in a browser, and what else stands around the step What: typed mails in their frame, errors at fields."""

import os
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import AccountSettings
from campaigns.models import Campaign, Delivery
from connectors.models import Connection
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HTML = "<html><body><p>Oi {{ profile.first_name }}</p></body></html>"


@pytest.fixture
def signed_in(live_server: LiveServer, page: Page, client_as: Any, tmp_path: Path, settings: Settings) -> Page:
    settings.EXPORTS = tmp_path
    AccountSettings.objects.update_or_create(pk=1, defaults={"zone": "Europe/Madrid"})
    factories.person(identity="ana", first_name="Ana", name="Ana Alves", email="ana@example.com", language="pt")
    factories.person(identity="bob", first_name="Bob", name="Bob Brown", email="bob@example.com", language="en")
    client: Client = client_as("creator")
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.set_viewport_size({"width": 1440, "height": 1000})
    return page


def mail_campaign(state: str = "draft") -> Campaign:
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.example.com"}
    over = Connection.objects.create(name="Mail", kind="email", config=config)
    return factories.campaign(over, copies={"": [("@subject", "Hello"), ("@html", HTML)]}, state=state)


def opened(page: Page, live_server: LiveServer, campaign: Campaign, step: str = "what") -> None:
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/edit/{step}")


def picture(page: Page, name: str) -> None:
    """For whoever wants to look, where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for scheme in ("light", "dark"):
            for width in (1440, 390):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 1000})
                page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png")
        page.set_viewport_size({"width": 1440, "height": 1000})


def serious(page: Page) -> list[str]:
    worst = [each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    return [f"{each['id']} {node['html'][:160]}" for each in worst for node in each["nodes"]]


def add(page: Page, words: str, name: str) -> None:
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)
    page.get_by_label("Add a test person").fill(words)
    page.locator("#tester-found").get_by_role("button", name=re.compile(name)).click()
    expect(page.get_by_role("checkbox", name=re.compile(name))).to_be_checked()


def test_what_was_typed_a_moment_ago_is_sent_to_test_people(
    signed_in: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    page = signed_in
    copies = {"": [("title", "Hello {{ profile.first_name }}")], "pt": [("title", "Oi {{ profile.first_name }}")]}
    opened(page, live_server, factories.campaign(copies=copies, state="draft"))

    page.get_by_role("textbox", name="Value", exact=True).first.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(", now")
    page.get_by_role("button", name="Test send").click()
    add(page, "ana@", "Ana Alves")
    add(page, "Brown", "Bob Brown")
    assert serious(page) == []
    picture(page, "test-send")
    page.get_by_label("In which copy").select_option("every copy")
    page.get_by_role("button", name="Send the test").click()

    expect(page.locator("#test-answers")).to_contain_text("4 of 4 accepted")
    assert serious(page) == []
    picture(page, "test-sent")
    (part,) = tmp_path.glob("tests/*/*.ndjson")
    titles = [orjson.loads(line)["properties"]["title"] for line in part.read_bytes().splitlines()]
    assert sorted(titles) == ["Hello Ana, now", "Hello Bob, now", "Oi Ana", "Oi Bob"]
    assert Delivery.objects.count() == 0

    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Value", exact=True).first.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    expect(page.locator("[data-autosave-label]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    expect(page.locator(".conflict")).to_have_count(0)


def test_a_test_of_mails_says_what_went_wrong(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(), "review")

    page.get_by_role("button", name="Test send").click()
    add(page, "ana", "Ana Alves")
    page.get_by_label("Begin the subject with [Test]").uncheck()
    page.get_by_role("button", name="Send the test").click()

    expect(page.locator(".test-words")).to_contain_text("It did not go out.")
    expect(page.get_by_role("button", name="Send again what did not arrive")).to_be_visible()
    picture(page, "test-failed")


def test_the_frame_shows_what_is_typed_and_nothing_is_stored(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    published = mail_campaign(state="scheduled")
    opened(page, live_server, published)
    words = page.frame_locator(".mail-frame").locator("p")
    expect(words).to_have_text(re.compile("^Oi (Ana|Bob)$"))

    page.get_by_role("textbox", name="Mail").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("<p>Typed just now</p>")

    expect(words.first).to_have_text("Typed just now")
    picture(page, "mail-frame")
    assert published.message.copies.get().pairs == [["@subject", "Hello"], ["@html", HTML]]
    assert said == []


def test_errors_at_fields_are_read_with_them(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(
        page, live_server, factories.campaign(copies={"": [("", "Hello"), ("a", "{{ x"), ("a", "b")]}, state="draft")
    )
    keys = page.get_by_role("textbox", name="Key")

    expect(keys.first).to_have_accessible_description("Give the key a name.")
    expect(keys.nth(1)).to_have_accessible_description("“a” is there twice.")
    expect(page.get_by_role("textbox", name="Value").nth(1)).to_have_attribute("aria-invalid", "true")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        assert serious(page) == []
    picture(page, "errors")

    page.set_viewport_size({"width": 1440, "height": 1000})
    keys.first.fill("title")

    expect(keys.first).to_have_accessible_description("")
    expect(keys.first).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("step", ["start", "when"])
def test_errors_of_other_steps_are_accessible_too(signed_in: Page, live_server: LiveServer, step: str) -> None:
    page = signed_in
    campaign = factories.campaign(state="draft")
    Campaign.objects.filter(pk=campaign.pk).update(schedule={"version": 1, "kind": "weekly", "weekdays": []})
    opened(page, live_server, campaign, step)
    if step == "start":
        page.get_by_label("Labels").fill("l" * 80)

    expect(page.locator("[data-mark]:not([hidden])").first).to_be_visible()
    assert serious(page) == []


def test_the_address_of_a_new_campaign_is_a_page_with_a_button(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/campaigns/new")
    assert (Campaign.objects.count(), serious(page)) == (0, [])
    picture(page, "new")

    page.get_by_role("button", name="New campaign").click()

    expect(page.get_by_label("Name")).to_be_visible()
    assert Campaign.objects.count() == 1
