"""The field with chips, in a real browser, under the strict content security policy."""

import functools
import http.server
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.field_site import PAGE, STATIC, Field, Site
from tests.stack import wait_until


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=str(STATIC)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def field(page: Page, site: str) -> Iterator[Field]:
    opened = Field(page, site)
    yield opened
    assert opened.refused == []


pytestmark = pytest.mark.browser


def test_field_shows_its_tokens_as_chips_and_keeps_the_text(field: Field) -> None:
    text = 'Hey {{ profile.first_name | default: "there" }}, {{ event.product_name }}{{ profile["First Buy"] }}!'

    field.open(text)

    expect(field.chips).to_have_text(["first_name · “there”", "event: product_name", "First Buy"])
    assert field.value == text


def test_what_is_selected_stays_so_when_the_tokens_come(field: Field) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    field.page.route("**/tokens.json", hold)
    with field.page.expect_request("**/tokens.json"):
        field.page.goto(field.page_of("Hi {{ profile.city }}, you"))
    field.editor.focus()
    field.press("Control+a")
    with field.page.expect_response("**/tokens.json"):
        held[0].continue_()
    wait_until(lambda: field.has_tokens, "the field has its tokens")
    field.type("Bye")

    assert field.value == "Bye"


def test_field_posts_its_text_under_its_name(field: Field) -> None:
    field.open("Hi {{ profile.city }}")
    field.editor.click()
    field.press("Control+End")
    field.type("!")

    posted = field.page.evaluate("Object.fromEntries(new FormData(document.getElementById('form')))")

    assert posted == {"body": "Hi {{ profile.city }}!"}


def test_each_keystroke_reaches_the_form_once_as_an_input_of_the_field(field: Field) -> None:
    field.open("")
    field.editor.click()

    field.type("ab")

    assert field.heard == ["input TEXTAREA a", "input TEXTAREA ab"]


def test_leaving_the_field_tells_of_the_change_once(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("a")
    field.press("Tab", "Tab")

    assert field.heard == ["input TEXTAREA a", "change TEXTAREA a"]


def test_at_sign_offers_tokens_and_inserts_the_chosen_one_with_its_fallback(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("Hey @fir")
    expect(field.options).to_have_count(2)
    field.press("Enter")
    expect(field.page.get_by_label("If first_name is missing, write")).to_be_focused()
    field.type("there")
    field.press("Enter")
    field.type(", hi")

    assert field.value == 'Hey {{ profile.first_name | default: "there" }}, hi'
    expect(field.chips).to_have_text(["first_name · “there”"])


def test_token_without_a_fallback_and_with_an_unusual_name_is_inserted_by_mouse(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("@first b")
    field.options.first.click()
    field.press("Enter")

    assert field.value == '{{ profile["First Buy"] }}'


def test_list_follows_the_keys(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("@")
    expect(field.options).to_have_count(4)
    expect(field.editor).to_have_attribute("role", "combobox")
    field.press("ArrowDown", "ArrowDown", "ArrowUp")

    marked = field.page.locator(".token-option[aria-selected=true] .token-name")
    expect(marked).to_have_text("First Buy")
    marked_id = field.page.locator(".token-option[aria-selected=true]").get_attribute("id")
    expect(field.editor).to_have_attribute("aria-activedescendant", str(marked_id))
    field.press("Escape")
    expect(field.page.locator(".token-list")).to_be_hidden()
    expect(field.editor).to_have_attribute("role", "textbox")
    assert field.value == "@"


def test_at_sign_within_a_word_is_an_at_sign(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("mail ana@fir")

    expect(field.page.locator(".token-list")).to_be_hidden()
    assert field.value == "mail ana@fir"


def test_escape_in_the_fallback_leaves_the_text_as_it_was(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("@city")
    field.press("Enter", "Escape")
    field.type("x")

    assert field.value == "@cityx"


def test_fallback_with_quotes_stays_a_fallback(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("@city")
    field.press("Enter")
    field.type('"your" city')
    field.press("Enter")

    assert field.value == "{{ profile.city | default: '\"your\" city' }}"
    expect(field.chips).to_have_text(['city · “"your" city”'])


def test_chip_edits_its_fallback_by_click_and_by_key(field: Field) -> None:
    field.open("a {{ profile.city }} b")
    field.chips.click()
    field.type("home")
    field.press("Enter")
    assert field.value == 'a {{ profile.city | default: "home" }} b'

    field.chips.focus()
    field.press("Enter")
    expect(field.page.get_by_label("If city is missing, write")).to_have_value("home")
    field.page.get_by_label("If city is missing, write").fill("")
    field.press("Enter")
    assert field.value == "a {{ profile.city }} b"


def test_chip_is_removed_by_button_and_by_backspace(field: Field) -> None:
    field.open("a {{ profile.city }}{{ profile.first_name }}")
    field.chips.first.click()
    field.page.get_by_role("button", name="Remove").click()
    assert field.value == "a {{ profile.first_name }}"

    field.press("Control+End", "Backspace")
    assert field.value == "a "
    field.press("Backspace")
    assert field.value == "a"


def test_typed_liquid_becomes_a_chip_when_it_is_closed(field: Field) -> None:
    field.open("")
    field.editor.click()
    field.type("Hi {{ profile.city }")
    expect(field.chips).to_have_count(0)
    field.type("}!")

    expect(field.chips).to_have_text(["city"])
    assert field.value == "Hi {{ profile.city }}!"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ profile.frist_name }}", "There is no “frist_name” in profile here."),
        ("{{ first_name }}", "Nothing is called “first_name” here. A person's property is written profile.first_name."),
        ("Hi {{ profile.city", "This is never closed. Write }} where it ends."),
        ("{% if profile.city", "This is never closed. Write %} where it ends."),
    ],
)
def test_broken_token_is_red_and_says_why(field: Field, text: str, reason: str) -> None:
    field.open(text)

    chip = field.page.locator(".chip-broken")
    expect(chip).to_have_attribute("title", reason)
    assert reason in str(chip.get_attribute("aria-label"))
    assert field.value == text


def test_broken_token_can_be_edited_as_text(field: Field) -> None:
    field.open("{{ profile.citi }}")
    field.chips.click()
    field.page.get_by_role("button", name="Edit as text").click()
    field.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "Backspace")
    field.type("y")
    field.press("Tab", "Tab")

    assert field.value == "{{ profile.city }}"
    expect(field.chips).to_have_text(["city"])
    expect(field.page.locator(".chip-broken")).to_have_count(0)


def test_names_the_text_makes_itself_and_other_liquid_stay_text(field: Field) -> None:
    text = "{% assign x = profile.city %}{{ x }}{{ profile.city | upcase }}{% raw %}{{ profile.a }}{% endraw %}"

    field.open(text)

    expect(field.chips).to_have_count(0)
    assert field.value == text


def test_chips_survive_copy_and_paste(field: Field) -> None:
    field.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    field.open('Hey {{ profile.city | default: "x" }}!')
    field.editor.click()
    field.press("Control+a", "Control+c")
    assert field.page.evaluate("navigator.clipboard.readText()") == 'Hey {{ profile.city | default: "x" }}!'

    field.press("Control+x")
    assert field.value == ""
    field.press("Control+v", "Control+v")

    assert field.value == 'Hey {{ profile.city | default: "x" }}!' * 2
    expect(field.chips).to_have_count(2)


def test_textarea_keeps_lines_and_input_has_one(field: Field) -> None:
    field.open("a\nb")
    field.editor.click()
    field.press("Control+End", "Enter", "Enter")
    field.type("c")
    assert field.value == "a\nb\n\nc"

    field.open("a", tag="input")
    field.editor.click()
    field.press("Control+End", "Enter")
    field.type("b")
    assert field.value == "ab"


def test_undo_and_redo_bring_chips_back(field: Field) -> None:
    field.open("{{ profile.city }}")
    field.editor.click()
    field.press("Control+End", "Backspace")
    assert field.value == ""
    field.press("Control+z")
    assert field.value == "{{ profile.city }}"
    expect(field.chips).to_have_count(1)
    field.press("Control+Shift+z")
    assert field.value == ""


def test_button_opens_the_list(field: Field) -> None:
    field.open("Hi")
    field.page.get_by_role("button", name="Insert a token").click()

    expect(field.options).to_have_count(4)
    field.options.nth(2).click()
    field.press("Enter")
    assert field.value == "Hi {{ profile.city }}"


def test_label_leads_to_the_editor_and_names_it(field: Field) -> None:
    field.open("")
    field.page.locator("label").first.click()

    expect(field.editor).to_be_focused()
    expect(field.page.get_by_role("textbox", name="Message")).to_have_count(1)


def test_field_survives_being_swapped_out_and_in(field: Field) -> None:
    field.open("Hi {{ profile.city }}")
    field.page.evaluate(
        """() => { const form = document.getElementById('form'); const saved = form.innerHTML;
        form.innerHTML = ''; form.innerHTML = saved; form.append(form.querySelector('.mb-3')) }"""
    )

    expect(field.editor).to_have_count(1)
    expect(field.chips).to_have_text(["city"])
    field.editor.click()
    field.press("Control+End")
    field.type("!")
    assert field.value == "Hi {{ profile.city }}!"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_field_has_no_barriers(field: Field, theme: str) -> None:
    field.open("{{ profile.city }} {{ profile.citi }}", theme=theme)
    field.editor.focus()
    field.press("Control+End")
    assert barriers(field.page) == []

    field.type(" @")
    expect(field.options).to_have_count(4)
    assert barriers(field.page) == []

    field.press("Enter")
    expect(field.page.get_by_label("If first_name is missing, write")).to_be_focused()
    assert barriers(field.page) == []


def barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def test_field_works_without_the_script(field: Field) -> None:
    field.page.route("**/template-field.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    Site.pages["/page"] = PAGE.format(tag="textarea", theme="light", attributes=">Hi</textarea>")
    field.page.goto(f"{field.site}/page")

    field.page.get_by_label("Message").fill("Hi {{ profile.city }}")

    assert field.value == "Hi {{ profile.city }}"
