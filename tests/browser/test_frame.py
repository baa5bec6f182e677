"""The frame of every page in a real browser: keys, themes, questions, autosave, refusals, charts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from tests.browser import frame_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@dataclass(frozen=True)
class Site:
    url: str
    session: str


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """One server and one signed-in user for all tests here: none of them writes to the database."""
    with django_db_blocker.unblock(), override_settings(ROOT_URLCONF="tests.browser.frame_site"):
        user = User.objects.create_user("maria", role=Role.ADMIN)
        client = Client()
        client.force_login(user)
        server = LiveServer("localhost")
        yield Site(server.url, client.cookies["sessionid"].value)
        server.stop()
        client.logout()
        user.delete()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """Signed in, with a light system."""
    frame_site.SAVED.clear()
    frame_site.DONE.clear()
    context = browser.new_context(base_url=site.url, color_scheme="light")
    context.add_cookies([{"name": "sessionid", "value": site.session, "url": site.url}])
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    """The frame's page; what the browser complains of is kept in `complaints`."""
    page = context.new_page()
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/frame/")
    return page


def test_slash_goes_to_the_search_and_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()  # typed into the search

    page.get_by_role("heading", name="Frame").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_g_and_a_letter_go_to_a_place(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("e")

    expect(page).to_have_url("/settings")


def test_n_makes_something_new_unless_single_keys_are_off(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("n")
    expect(page).to_have_url("/frame/")

    page.evaluate("localStorage.removeItem('keys')")
    page.keyboard.press("n")
    expect(page).to_have_url("/frame/#new")


def test_theme_is_kept_and_follows_the_system_again_when_switched_back(page: Page) -> None:
    switch = page.get_by_role("button", name="Switch between dark and light")

    switch.click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")

    switch.click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_question_is_asked_before_a_form_is_sent(page: Page) -> None:
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Cancel").click()
    assert frame_site.DONE == []

    page.get_by_role("button", name="Stop").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Stop the frame").click()
    assert frame_site.DONE == ["POST"]


def test_a_refused_request_says_why(page: Page) -> None:
    page.get_by_role("button", name="Refuse").click()
    page.locator("#confirm").get_by_role("button", name="Refuse").click()

    expect(page.locator(".note-error .note-words")).to_have_text("You need the role admin.")


def test_a_session_that_ended_never_puts_the_login_form_into_the_page(page: Page, context: BrowserContext) -> None:
    context.clear_cookies()

    page.get_by_role("button", name="Out").click()

    expect(page.locator(".note-error")).to_contain_text("You are signed out.")
    expect(page.locator("#kept")).to_have_text("kept")


def test_autosave_saves_what_was_typed_last(page: Page) -> None:
    with page.expect_response(lambda answer: "Autumn%20offer" in (answer.request.post_data or "")):
        page.get_by_label("Name", exact=True).press_sequentially("Autumn offer", delay=20)

    expect(page.locator("[data-autosave-label][data-state=saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert frame_site.SAVED[-1] == "Autumn offer"


def test_what_is_typed_is_never_called_saved_before_it_is(page: Page) -> None:
    held: list[Route] = []
    label, name = page.locator("[data-autosave-label]"), page.get_by_label("Name", exact=True)
    name.fill("Autumn")
    expect(label).to_have_attribute("data-state", "saved")

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/frame/save", hold)
    label.evaluate("""label => {
        window.said = [];
        const note = (change) => window.said.push(change.addedNodes[0].textContent);
        new MutationObserver((changes) => changes.forEach(note)).observe(label, { childList: true });
    }""")

    with page.expect_request("**/frame/save"):
        name.press_sequentially(" o")
    name.press_sequentially("f")
    with page.expect_request("**/frame/save"), page.expect_response("**/frame/save"):
        held[0].continue_()

    assert set(page.evaluate("window.said")) == {"Saving…"}
    held[1].continue_()
    expect(label).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert frame_site.SAVED[-1] == "Autumn of"


def test_the_first_key_ends_saved(page: Page) -> None:
    label, name = page.locator("[data-autosave-label]"), page.get_by_label("Name", exact=True)
    name.fill("Autumn")
    expect(label).to_have_attribute("data-state", "saved")

    said = name.evaluate("""field => {
        field.value += "!";
        field.dispatchEvent(new Event("input", { bubbles: true }));
        return document.querySelector("[data-autosave-label]").textContent;
    }""")

    assert said == "Saving…"


def test_autosave_that_is_refused_says_so_and_leaving_asks(page: Page) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.get_by_label("Name", exact=True).fill("wrong")
    expect(page.locator("[data-autosave-label]")).to_have_text("Not saved: see the marked fields")
    page.reload()

    assert asked == ["beforeunload"]


def test_saving_goes_on_after_signing_in_again_in_another_tab(page: Page, context: BrowserContext, site: Site) -> None:
    context.add_cookies([{"name": "csrftoken", "value": "k" * 32, "url": site.url}])

    page.get_by_label("Name", exact=True).fill("Still here")

    expect(page.locator("[data-autosave-label][data-state=saved]")).to_be_visible()
    assert frame_site.SAVED == ["Still here"]


def test_a_question_stays_open_where_its_button_was_clicked_twice(page: Page) -> None:
    page.get_by_role("button", name="Stop").dblclick()

    expect(page.locator("#confirm")).to_be_visible()
    page.mouse.click(5, 5)
    expect(page.locator("#confirm")).to_be_hidden()


def test_a_dialog_loads_its_content_and_closes(page: Page) -> None:
    page.get_by_role("button", name="Part").click()
    expect(page.locator("#modal")).to_contain_text("The part")

    page.locator("#modal").get_by_role("button", name="Close").click()

    expect(page.locator("#modal")).to_be_hidden()


def test_a_row_follows_its_link(page: Page) -> None:
    page.locator("#cell").click()

    expect(page).to_have_url("/frame/#row")


def test_chart_follows_the_theme(page: Page) -> None:
    bars = page.locator(".chart-canvas path[fill='rgb(29,111,66)']")
    expect(bars).to_have_count(2)

    page.get_by_role("button", name="Switch between dark and light").click()

    expect(page.locator(".chart-canvas path[fill='rgb(111,207,151)']")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_frame_is_quiet_fits_and_is_accessible(page: Page, complaints: list[str], width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
    page.set_viewport_size({"width": width, "height": 844})
    page.reload()
    expect(page.locator(".chart-canvas svg")).to_be_visible()
    expect(page.locator("#workers-light .light")).to_be_visible()

    found = [each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]

    assert (found, complaints) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") == width
