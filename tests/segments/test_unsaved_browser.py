"""Nothing that is typed for a segment is lost with the page: by going back, by closing the tab, by another address."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from people import partitions
from segments.models import Segment, Unsaved
from tests.conftest import MakeUser
from tests.segments.making import NOW, did, person
from tests.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAST = {"tree": {"rule": {"all": [{"did": [{"event": "Charged"}], "period": {"last": 77, "unit": "days"}}]}}}


@pytest.fixture
def builder(page: Page, live_server: LiveServer, make_user: MakeUser) -> Page:
    """At a new segment, to which the list of segments led."""
    partitions.ensure("people_event", now=NOW)
    did(person("ana", language="es"), amount=5)
    make_user("creator", "ana")
    page.goto(f"{live_server.url}/login?next=/segments/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/segments/")
    page.get_by_role("link", name="New segment").first.click()
    page.wait_for_url(f"{live_server.url}/segments/new")
    return page


def half_make(builder: Page) -> None:
    builder.get_by_label("Name", exact=True).fill("Buyers")
    with builder.expect_response(re.compile("/segments/builder")):
        builder.get_by_label("Event", exact=True).select_option("Charged")
    expect(builder.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)
    builder.get_by_label("How many days or hours").fill("77")  # once it stands: the old text is selected, then replaced


def goes_on(builder: Page) -> None:
    expect(builder.get_by_label("Name", exact=True)).to_have_value("Buyers")
    expect(builder.get_by_label("Event", exact=True)).to_have_value("Charged")
    expect(builder.get_by_label("How many days or hours")).to_have_value("77")


def test_going_back_and_forth_goes_on_with_what_was_typed_and_saving_ends_it(builder: Page) -> None:
    half_make(builder)
    expect(builder).to_have_url(re.compile("unsaved="))

    builder.go_back()
    builder.go_forward()
    goes_on(builder)
    builder.get_by_role("button", name="Save the segment").click()
    expect(builder.locator("h1")).to_have_text("Buyers")

    assert Segment.objects.get().tree["rule"]["all"][0]["period"] == {"last": 77, "unit": "days"}
    builder.goto(builder.url.rpartition("/")[0] + "/new")
    expect(builder.get_by_label("Name", exact=True)).to_have_value("")
    expect(builder.get_by_role("link", name="Continue")).to_have_count(0)


def test_a_new_page_offers_what_the_one_before_kept_and_one_that_is_only_looked_at_keeps_nothing(builder: Page) -> None:
    address = builder.url
    half_make(builder)
    expect(builder).to_have_url(re.compile("unsaved="))
    for _ in range(2):
        builder.goto(address)
        builder.locator("#tree-condition").click()
        expect(builder.locator("#tree-1-family")).to_be_visible()

    offered = builder.get_by_role("region", name="Typed for a new segment, not saved")
    expect(offered.get_by_role("listitem")).to_have_count(1)
    expect(offered).to_contain_text("Buyers, People who did Charged in the last 77 days.")
    offered.get_by_role("link", name="Continue").click()
    goes_on(builder)


def test_the_last_words_before_the_tab_is_closed_are_kept(builder: Page) -> None:
    address, context = builder.url, builder.context
    half_make(builder)
    builder.close()
    wait_until(lambda: Unsaved.objects.filter(typed__name="Buyers", typed__contains=LAST).exists(), "what was typed")
    again = context.new_page()
    again.goto(address)

    again.get_by_role("link", name="Continue").click()
    goes_on(again)


def test_what_is_not_wanted_is_thrown_away_and_brought_back_with_one_press_each(builder: Page) -> None:
    address = builder.url
    half_make(builder)
    builder.get_by_role("button", name="Throw it away").click()
    expect(builder.get_by_label("Name", exact=True)).to_have_value("")
    expect(builder.get_by_text("Thrown away: Buyers")).to_be_visible()

    builder.get_by_role("button", name="Undo").click()
    expect(builder.get_by_role("link", name="Continue")).to_be_focused()
    builder.get_by_role("button", name="Throw it away").click()
    expect(builder.get_by_role("button", name="Undo")).to_be_focused()

    builder.goto(address)
    expect(builder.get_by_role("link", name="Continue")).to_have_count(0)
