"""The builder in a browser: it follows each choice, keeps what is typed, and needs no mouse."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from people import partitions
from segments.describe import sentence
from segments.models import Segment
from segments.parse import parse
from tests.conftest import MakeUser
from tests.segments.making import NOW, did, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def builder(page: Page, live_server: LiveServer, make_user: MakeUser) -> Page:
    """Two people, one who bought twice, and an empty builder."""
    partitions.ensure("people_event", now=NOW)
    ana = person("ana", language="es")
    did(ana, amount=5)
    did(ana, amount=7)
    did(person("bia", language="pt"), amount=3)
    make_user("creator", "ana")
    page.goto(f"{live_server.url}/login?next=/segments/new")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/new")
    return page


def test_a_segment_is_built_counted_and_saved(builder: Page) -> None:
    reach = builder.locator("#segment-reach")
    expect(reach).to_contain_text("Choose an event.")

    builder.get_by_label("Event", exact=True).select_option("Charged")
    builder.get_by_label("When", exact=True).select_option("at any time")
    expect(reach).to_contain_text("2 people")
    builder.get_by_label("How often or how much").select_option("count.greater_than_equals")
    builder.get_by_label("How many", exact=True).fill("2")
    expect(reach).to_contain_text("1 person")
    expect(reach).to_contain_text("People who did Charged at least 2 times.")

    builder.get_by_role("button", name="condition", exact=True).click()
    expect(builder.get_by_label("Kind of condition").nth(1)).to_be_focused()
    builder.keyboard.type("whose")
    builder.get_by_label("Property", exact=True).select_option("language")
    builder.get_by_label("Value 1").fill("pt")
    builder.get_by_label("Value 2").fill("fr")
    expect(builder.get_by_label("Value 3")).to_be_visible()
    expect(reach).to_contain_text("0 people")
    builder.get_by_label("Value 1").fill("es")
    expect(reach).to_contain_text("1 person")

    builder.get_by_role("button", name="5 examples").click()
    expect(builder.locator("#segment-answer").get_by_role("link")).to_have_text(["ana"])
    builder.get_by_label("Why is").fill("bia")
    builder.get_by_role("button", name="in or not?").click()
    expect(builder.locator("#segment-answer")).to_contain_text("bia is not in.")

    builder.get_by_label("Name", exact=True).fill("Regulars")
    builder.get_by_role("button", name="Save the segment").click()
    expect(builder.get_by_role("heading", name="Regulars")).to_be_visible()
    expect(builder.locator("#segment-figures")).to_contain_text(re.compile("1 person"))
    kept = Segment.objects.get()
    assert sentence(parse(kept.tree)) == ("People who did Charged at least 2 times and whose language is “es” or “fr”.")


def test_an_incomplete_segment_keeps_every_word_and_marks_the_place(builder: Page) -> None:
    builder.get_by_label("Name", exact=True).fill("Half")
    builder.get_by_label("How many days or hours").fill("many")
    builder.get_by_role("button", name="Save the segment").click()

    expect(builder.locator("#tree-0-error")).to_have_text("Choose an event.")
    expect(builder.get_by_label("Name")).to_have_value("Half")
    expect(builder.get_by_label("How many days or hours")).to_have_value("many")
    assert Segment.objects.count() == 0
