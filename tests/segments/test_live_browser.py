"""The builder of a live segment in a browser: it follows each choice, keeps what is typed, and shows what would be."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from people import partitions
from segments.models import Segment
from tests.conftest import ClientAs
from tests.segments.making import NOW, did, person
from tests.segments.test_live_rule import live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def builder(page: Page, live_server: LiveServer, client_as: ClientAs) -> Page:
    """Ana left a cart behind twice and bought the other time; the builder is empty."""
    partitions.ensure("people_event", now=NOW)
    ana = person("ana", name="Ana", language="es")
    for days in (3, 2, 1):
        did(ana, "Added To Cart", days_ago=days, amount=days)
    did(ana, "Charged", days_ago=2 - 10 / 1440)
    session = client_as("creator").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/segments/live/new")
    return page


def settled(page: Page) -> None:
    """The builder that came back stands and listens."""
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling, .htmx-swapping")).to_have_count(0)


def choose(page: Page, select: Locator, value: str) -> None:
    """In a select that changes the builder's shape."""
    settled(page)
    with page.expect_response(re.compile("/segments/live/builder")):
        select.select_option(value)
    settled(page)


def test_a_live_segment_is_built_tried_and_saved(builder: Page) -> None:
    answer = builder.locator("#live-answer")
    expect(answer).to_have_text("What begins it: choose an event.")

    choose(builder, builder.get_by_label("What begins it"), "inaction")
    did_side = builder.get_by_role("group", name="What is done", exact=True)
    not_side = builder.get_by_role("group", name="What is not done")
    choose(builder, did_side.get_by_label("Event", exact=True), "Added To Cart")
    choose(builder, not_side.get_by_label("Event", exact=True), "Charged")
    expect(not_side.get_by_role("button", name="where")).to_be_visible()
    builder.get_by_label("How long").fill("30")

    expect(answer).to_contain_text("When someone does Added To Cart and then not Charged within 30 minutes.")
    expect(answer).to_contain_text("Ana: 2 qualify, 2 do not.")
    expect(answer.locator(".live-verdict")).to_contain_text(
        ["Qualified", "This ends a wait, it begins none.", "They did Charged 10 minutes later.", "Qualified"]
    )

    builder.get_by_label("only the first time").check()
    expect(answer).to_contain_text("Ana: 1 qualifies, 3 do not.")
    expect(builder.locator("#tree\\.filter-builder")).to_be_hidden()
    builder.get_by_label("only people who match a rule").check()
    expect(builder.locator("#tree\\.filter-builder")).to_be_visible()
    expect(answer).to_have_text("Of the people, the first condition: choose an event.")
    builder.get_by_label("only people who match a rule").uncheck()

    builder.get_by_label("Name", exact=True).fill("Left behind")
    builder.get_by_role("button", name="Save the segment").click()
    expect(builder.get_by_role("heading", name="Left behind")).to_be_visible()
    expect(builder.get_by_text("and then not Charged within 30 minutes, for the first time.").first).to_be_visible()
    trigger = {
        "did": [{"event": "Added To Cart"}],
        "not": [{"event": "Charged"}],
        "within": {"amount": 30, "unit": "minutes"},
    }
    assert Segment.objects.get().tree == live({"inaction": trigger}, first_time_only=True)


def test_what_is_typed_stays_when_an_event_gets_a_filter(builder: Page) -> None:
    did_side = builder.get_by_role("group", name="What is done", exact=True)
    choose(builder, did_side.get_by_label("Event", exact=True), "Added To Cart")
    builder.get_by_label("Name", exact=True).fill("Dear carts")
    did_side.get_by_role("button", name="where").click()
    expect(did_side.get_by_label("Property", exact=True)).to_be_visible()
    choose(builder, did_side.get_by_label("Property", exact=True), "amount")
    expect(did_side.get_by_label("Comparison")).to_have_value("number.greater_than_equals")
    did_side.get_by_label("Value").fill("2")

    expect(builder.locator("#live-answer")).to_contain_text("Added To Cart where amount is at least 2.")
    expect(builder.locator("#live-answer")).to_contain_text("Ana: 2 qualify, 1 does not.")
    did_side.get_by_role("button", name="or another event").click()
    expect(did_side.get_by_label("Event", exact=True)).to_have_count(2)
    expect(did_side.get_by_label("Value")).to_have_value("2")
    expect(builder.get_by_label("Name", exact=True)).to_have_value("Dear carts")


@pytest.mark.parametrize("kind", ["action", "inaction", "date", "page_visit", "referrer", "page_count"])
def test_axe_finds_nothing_serious_in_any_kind(builder: Page, kind: str) -> None:
    if builder.get_by_label("What begins it").input_value() != kind:
        choose(builder, builder.get_by_label("What begins it"), kind)
    builder.get_by_label("only people who match a rule").check()
    expect(builder.locator("input[name='tree.was']").first).to_have_value(kind)
    builder.wait_for_load_state("networkidle")
    settled(builder)

    found = Axe().run(builder)

    serious = [each["id"] for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
    assert serious == []
