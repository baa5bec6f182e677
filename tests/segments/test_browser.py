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
    page.wait_for_url(f"{live_server.url}/segments/new")
    return page


def test_a_segment_is_built_counted_and_saved(builder: Page) -> None:
    reach = builder.locator("#segment-reach")
    expect(reach).to_contain_text("The first condition: choose an event.")

    builder.get_by_label("Event", exact=True).select_option("Charged")
    builder.get_by_label("When", exact=True).select_option("at any time")
    expect(reach).to_contain_text("2 people")
    builder.get_by_label("How often or how much").select_option("count.greater_than_equals")
    builder.get_by_label("How many", exact=True).fill("2")
    expect(reach).to_contain_text("1 person")
    expect(reach).to_contain_text("People who did Charged at least 2 times.")

    builder.get_by_role("button", name="condition", exact=True).click()
    expect(builder.get_by_label("Kind of condition").nth(1)).to_be_focused()
    builder.get_by_label("Kind of condition").nth(1).select_option("language")
    builder.get_by_label("Value", exact=True).fill("pt")
    builder.keyboard.press("Enter")
    builder.get_by_label("Value", exact=True).fill("fr")
    builder.keyboard.press("Enter")
    expect(reach).to_contain_text("0 people")
    builder.get_by_role("button", name=re.compile(r"Remove (pt|Portuguese)")).click()
    builder.get_by_label("Value", exact=True).fill("es")
    builder.keyboard.press("Enter")
    expect(reach).to_contain_text("1 person")

    builder.get_by_role("button", name="5 examples").click()
    expect(builder.locator("#segment-answer").get_by_role("link")).to_have_text(["ana"])
    builder.get_by_label("Why is").fill("bia")
    builder.get_by_role("button", name="in or not?").click()
    expect(builder.locator("#segment-answer")).to_contain_text("bia is not in.")

    builder.get_by_label("Name", exact=True).fill("Regulars")
    builder.get_by_role("button", name="Save the segment").click()
    expect(builder.get_by_role("heading", name="Regulars")).to_be_visible()
    expect(builder.locator("main")).to_contain_text(re.compile(r"\b1 person\b"))
    kept = Segment.objects.get()
    assert sentence(parse(kept.tree)) == (
        "People who did Charged at least 2 times and whose language is “French (fr)” or “Spanish (es)”."
    )


def test_an_incomplete_segment_keeps_every_word_and_marks_the_place(builder: Page) -> None:
    builder.get_by_label("Name", exact=True).fill("Half")
    builder.get_by_label("How many days or hours").fill("many")
    builder.get_by_role("button", name="Save the segment").click()

    expect(builder.locator("#tree-0-0-error")).to_have_text("Choose an event.")
    expect(builder.get_by_label("Name")).to_have_value("Half")
    expect(builder.get_by_label("How many days or hours")).to_have_value("many")
    assert Segment.objects.count() == 0


def test_what_was_removed_comes_back_by_its_button_and_by_ctrl_z(builder: Page) -> None:
    builder.get_by_label("Event", exact=True).select_option("Charged")
    expect(builder.get_by_role("button", name="where")).to_be_visible()
    first = builder.get_by_role("button", name="Remove this condition")

    first.click()
    expect(builder.locator(".builder-undo")).to_contain_text("Condition removed.")
    builder.get_by_role("button", name="Undo").click()
    expect(builder.locator("#tree-0-family")).to_be_focused()
    expect(builder.get_by_label("Event", exact=True)).to_have_value("Charged")

    builder.get_by_label("Event", exact=True).press("Alt+Backspace")
    expect(builder.get_by_text("No conditions: everyone.")).to_be_visible()
    expect(builder.locator("#tree-kind")).to_be_focused()
    builder.keyboard.press("Control+z")
    expect(builder.get_by_label("Event", exact=True)).to_have_value("Charged")
    expect(builder.locator("#segment-reach")).to_contain_text("People who did Charged in the last 30 days.")


def test_arrows_and_letters_pass_through_choices_without_losing_anything(builder: Page) -> None:
    builder.get_by_label("Event", exact=True).select_option("Charged")
    builder.get_by_label("When", exact=True).select_option("ever")
    expect(builder.get_by_label("How many days or hours")).to_have_count(0)

    family = builder.get_by_label("Kind of condition")
    family.focus()
    for _ in range(5):
        family.press("ArrowDown")
    for _ in range(5):
        family.press("ArrowUp")
    family.press("Enter")

    expect(family).to_have_value("did")
    expect(builder.get_by_label("Event", exact=True)).to_have_value("Charged")
    expect(builder.locator("#segment-reach")).to_contain_text("2 people")


def test_a_place_is_found_while_typing_and_half_a_name_stays_as_it_is(builder: Page) -> None:
    builder.get_by_label("Kind of condition").select_option("near")
    place = builder.locator("#tree-0-point")
    place.press_sequentially("sao paul")
    expect(builder.locator(".offers [role=option]").first).to_have_text("São PauloSão Paulo, Brazil")
    expect(place).to_have_attribute("aria-activedescendant", "tree-0-point-list-0")
    place.press("Enter")
    expect(builder.locator(".chip")).to_have_text(["São Paulo×"])
    place.press_sequentially("-22.9, -43.2")
    place.press("Enter")
    expect(builder.locator(".chip")).to_have_count(2)
    place.press("Backspace")
    expect(builder.locator(".chip")).to_have_text(["São Paulo×"])
    place.press_sequentially("rio de j")
    place.press("Escape")

    builder.get_by_role("button", name="condition", exact=True).click()
    expect(builder.locator("#tree-1-family")).to_be_focused()
    expect(builder.locator(".chip")).to_have_text(["São Paulo×"])
    expect(place).to_have_value("rio de j")


def test_the_builder_names_its_keys(builder: Page) -> None:
    builder.locator("h1").click()
    builder.keyboard.press("?")

    expect(builder.locator("#keys")).to_contain_text("another condition below this one")
    builder.keyboard.press("Escape")
    builder.keyboard.press("n")
    expect(builder.locator("#tree-1-family")).to_be_focused()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(builder: Page) -> None:
    builder.get_by_label("Kind of condition").select_option("language")
    value = builder.get_by_label("Value", exact=True)
    value.press_sequentially("es")
    with builder.expect_response("**/segments/builder?name=tree"):
        builder.get_by_label("Comparison").evaluate("select => htmx.trigger(select, 'choose')")
        value.press("Enter")
        value.press_sequentially("pt")

    expect(builder.locator(".chip")).to_have_text([re.compile(r"^(es|Spanish \(es\))×$")])
    expect(value).to_have_value("pt")
    expect(value).to_be_focused()
