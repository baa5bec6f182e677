"""The campaign editor in a browser: a campaign from nothing to published, with the preview following each keystroke."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Locator, Page, Request, Response, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AccountSettings
from campaigns.models import Campaign, Run
from people.models import PropertyName
from segments.models import Computation
from tests import factories
from tests.segments.test_reach_browser import work
from tests.stack import wait_until

SERIOUS = ("serious", "critical")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def marketer(live_server: LiveServer, page: Page, client_as: Any) -> Page:
    """A page of somebody signed in as a creator, on an installation with a few people and one connection."""
    AccountSettings.objects.create(pk=1, zone="Europe/Madrid")
    factories.file_connection()
    factories.people(30, language="en", prefix="en")
    factories.people(12, language="es", prefix="es")
    factories.people(6, language="pt-BR", prefix="pt")
    frequent = [["en", 30], ["es", 12], ["pt-BR", 6]]
    PropertyName.objects.create(name="language", types={"text": 48}, frequent=frequent)
    PropertyName.objects.create(name="plan", types={"text": 48}, frequent=[["gold", 48]])
    client: Client = client_as("creator")
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/campaigns/")
    return page


def saved(page: Page) -> None:
    expect(page.locator("[data-autosave-label]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))


def step(page: Page, name: str) -> Locator:
    return page.locator(".step", has=page.locator(".step-name", has_text=re.compile(f"^{name}$")))


def value(page: Page, place: int = 0) -> Locator:
    return page.get_by_role("textbox", name="Value", exact=True).nth(place)


def write(page: Page, words: str, place: int = 0) -> None:
    editor = value(page, place)
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def token(page: Page, name: str, fallback: str) -> None:
    """Type @, choose by keyboard, give a fallback."""
    page.keyboard.type(f"@{name}")
    expect(page.locator(".token-option[aria-selected=true] .token-name")).to_have_text(re.compile(f"^{name}"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name=re.compile(f"^If {name}"))).to_be_focused()
    page.keyboard.type(fallback)
    page.keyboard.press("Enter")


def test_a_campaign_is_made_and_published(marketer: Page) -> None:
    page = marketer
    payload = page.locator(".payload")

    page.get_by_role("button", name="New campaign").first.click()
    page.get_by_label("Name").fill("Autumn offer")
    page.get_by_label("Labels").fill("winback, autumn")
    saved(page)
    expect(page.locator("h1")).to_contain_text("Autumn offer")

    step(page, "Who").click()
    page.get_by_label("A rule made here").check()
    page.get_by_label("Percent of the people").fill("10")
    choose_everybody(page)
    expect(page.locator(".reach-count")).to_have_text("48")

    step(page, "What").click()
    expect(payload).to_contain_text('"message": ""')
    write(page, "Hey ")
    token(page, "first", "there")
    expect(payload).to_contain_text(re.compile(r'"message": "Hey Person\d+"'))
    write(page, ", come back")
    expect(payload).to_contain_text(re.compile(r'"message": "Hey Person\d+, come back"'))

    page.get_by_label("By user property").check()
    page.get_by_label("Value of language to add a copy for").fill("es")
    page.get_by_role("button", name="Add a copy").click()
    expect(page.locator(".tab[aria-current]")).to_contain_text("es")
    value(page).focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Backspace")
    write(page, "Hola ")
    token(page, "first", "amigo")
    expect(page.locator(".preview-copy")).to_contain_text("es")
    expect(payload).to_contain_text(re.compile(r'"message": "Hola Person\d+"'))
    page.get_by_label("Value of language to add a copy for").fill("pt")
    page.get_by_role("button", name="Add a copy").click()
    expect(page.locator(".tab", has_text="pt")).to_contain_text(re.compile(r"[\d.]+\s%"))
    write(page, " Oi")
    saved(page)

    step(page, "When").click()
    page.get_by_label("At a date and time").check()
    page.get_by_label("Date and time").last.fill("2030-12-24T09:00")
    expect(page.locator("#upcoming")).to_contain_text("Tuesday, 24 December 2030, 09:00 Europe/Madrid")

    step(page, "Review").click()
    publish = page.get_by_role("button", name=re.compile(r"Publish to \d+ people"))
    number = publish.inner_text().split()[2]
    publish.click()
    expect(page.locator("#confirm")).to_contain_text(f"Publish to {number} people?")
    page.locator("[data-confirm-yes]").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))

    campaign = Campaign.objects.get()
    copies = {copy.value: copy.pairs[0][1] for copy in campaign.message.copies.all()}
    assert copies == {
        "": 'Hey {{ profile.first_name | default: "there" }}, come back',
        "es": 'Hola {{ profile.first_name | default: "amigo" }}',
        "pt": 'Hey {{ profile.first_name | default: "there" }}, come back Oi',
    }
    assert (campaign.state, campaign.labels) == ("scheduled", ["winback", "autumn"])
    assert str(Run.objects.get().occurrence) == "2030-12-24 08:00:00+00:00"


def choose_everybody(page: Page) -> None:
    builder = page.locator(".builder")
    builder.locator("select[name='tree.0.family']").select_option("bucket")
    expect(builder.locator("[name='tree.0.low']")).to_be_visible()
    builder.locator("[name='tree.0.low']").fill("0")
    builder.locator("[name='tree.0.high']").fill("999")


@pytest.fixture
def draft(marketer: Page) -> Page:
    """The step What of a whole draft in two languages."""
    pairs = (("title", "Hey {{ profile.first_name }}"), ("link", "https://example.com/{{ profile.plan }}"))
    campaign = factories.campaign(state="draft", copies={"": pairs, "es": (("title", "Hola"),)})
    marketer.goto(marketer.url.removesuffix("/campaigns/") + f"/campaigns/{campaign.pk}/edit/what")
    expect(marketer.locator(".payload")).to_be_visible()
    return marketer


def pairs() -> list[list[str]]:
    copy = Campaign.objects.get().message.copies.get(value="")
    found: list[list[str]] = copy.pairs
    return found


def test_pairs_are_added_moved_and_removed(draft: Page) -> None:
    draft.get_by_role("button", name="Key-value pair").click()
    draft.get_by_label("Key", exact=True).last.fill("code")
    write(draft, "AB", place=2)
    draft.get_by_role("button", name="Move up").last.click()
    draft.get_by_role("button", name="Remove this pair").first.click()
    expect(draft.locator(".payload")).to_contain_text(re.compile(r'"code": "AB",\s+"link"'))
    saved(draft)

    assert pairs() == [["code", "AB"], ["link", "https://example.com/{{ profile.plan }}"]]


def test_a_broken_template_is_said_at_its_field_and_in_the_preview(draft: Page) -> None:
    write(draft, " {{ profile.plan | upcas }}")

    words = "There is no filter “upcas”. Did you mean “upcase”?"
    expect(draft.locator(".pair").first.locator(".field-error")).to_have_text(["", words])
    expect(draft.locator("#preview")).to_contain_text(words)
    expect(step(draft, "What").locator(".step-mark svg")).to_have_attribute("aria-label", "Problem")


def test_a_token_without_a_fallback_says_what_becomes_of_people_without_it(draft: Page) -> None:
    for missing, words in (
        ("exclude", "Left empty, nobody without it gets the message."),
        ("blank", "Left empty, nothing is written there."),
    ):
        draft.get_by_label("When a value is missing").select_option(missing)
        write(draft, " @last")
        draft.keyboard.press("Escape")
        value(draft).locator(".chip").first.click()
        expect(draft.get_by_role("textbox", name="If first_name is missing, write")).to_have_accessible_description(
            words
        )
        draft.keyboard.press("Escape")


def test_the_menu_stays_beside_a_long_page(draft: Page) -> None:
    draft.set_viewport_size({"width": 1440, "height": 500})
    draft.evaluate("window.scrollTo(0, document.body.scrollHeight)")

    assert draft.evaluate("window.scrollY") > 0
    expect(draft.locator(".rail").get_by_role("link", name="Home")).to_be_in_viewport()
    expect(draft.locator(".rail").get_by_role("button", name="Fold")).to_be_in_viewport()


def test_what_was_typed_is_saved_by_leaving_at_once(draft: Page) -> None:
    write(draft, "!")
    step(draft, "When").click()
    draft.wait_for_url(re.compile("/edit/when$"))

    assert pairs()[0] == ["title", "Hey {{ profile.first_name }}!"]


def test_leaving_with_several_saves_under_way_opens_the_page_once(draft: Page) -> None:
    opened: list[Request] = []
    saves: list[Request] = []

    def is_third_save(request: Request) -> bool:
        saves.extend([request] if request.method == "POST" and request.url.endswith("/edit/what") else [])
        return len(saves) == 3

    draft.on("request", lambda request: opened.extend([request] if request.url.endswith("/edit/when") else []))
    draft.route(re.compile("/edit/when$"), lambda _route: None)  # without an answer: the page stays while the saves end
    write(draft, "!")
    with draft.expect_event("requestfinished", is_third_save), draft.expect_request(re.compile("/edit/when$")):
        step(draft, "When").evaluate(
            "link => { for (const _ of [1, 2]) htmx.trigger('#step-form', 'autosave'); link.click(); }"
        )

    assert len(opened) == 1


def test_opening_another_copy_saves_the_one_that_was_typed_in(draft: Page) -> None:
    write(draft, "!")
    draft.locator(".tab", has_text="es").click()
    expect(draft.locator(".preview-copy")).to_contain_text("copy Spanish (es)")

    assert pairs()[0] == ["title", "Hey {{ profile.first_name }}!"]
    assert "copy=" in draft.url


def counted(shown: Locator) -> None:
    """Where the estimate took too long, a worker counts."""

    def is_there() -> bool:
        work()
        return shown.is_visible()

    wait_until(is_there, "the page shows what was counted")


def test_adding_a_copy_waits_for_what_was_typed_to_be_saved(marketer: Page) -> None:
    campaign = factories.campaign(state="draft", copies={"": (("title", "Hey"),), "es": (("title", "Hola"),)})
    marketer.goto(marketer.url.removesuffix("/campaigns/") + f"/campaigns/{campaign.pk}/edit/what")
    add = marketer.locator(".uncovered li", has_text="Portuguese").get_by_role("button", name="Add")
    counted(add)
    held: list[Route] = []
    answers: list[Response] = []

    def hold(route: Route) -> None:
        held.append(route)

    def note(answer: Response) -> None:
        answers.append(answer)

    marketer.on("response", note)
    marketer.route("**/edit/what", hold, times=1)
    write(marketer, "!")
    with marketer.expect_request("**/edit/what"):
        add.click()
    with marketer.expect_response("**/copies"):
        held[0].continue_()

    expect(marketer.locator(".tab[aria-current]")).to_contain_text("pt-BR")
    saved(marketer)
    assert [(each.url, each.status) for each in answers if not each.ok] == []
    assert pairs() == [["title", "Hey!"]]


def test_two_people_at_once_see_both_versions_and_choose(draft: Page) -> None:
    other = draft.context.new_page()
    other.goto(draft.url)
    write(other, " theirs")
    saved(other)

    write(draft, " mine")
    panel = draft.locator(".conflict")
    expect(panel).to_contain_text("Hey {{ profile.first_name }} theirs")
    expect(panel).to_contain_text("Hey {{ profile.first_name }} mine")
    assert pairs()[0][1].endswith("theirs")
    panel.get_by_role("button", name="Keep mine").click()
    expect(panel).to_have_count(0)
    saved(draft)

    assert pairs()[0][1] == "Hey {{ profile.first_name }} mine"


def test_people_who_lack_a_value_are_one_click_away(draft: Page) -> None:
    factories.person(identity="nameless", name="Nobody", language="en")
    Computation.objects.all().delete()  # what was counted a moment ago holds for some seconds
    draft.reload()

    link = draft.get_by_role("link", name="1 person").first
    counted(link)
    link.click()

    expect(draft.locator("#panel")).to_contain_text("Nobody")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_step(draft: Page, theme: str) -> None:
    draft.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    found = {}
    for name in ("start", "who", "what", "when", "review"):
        draft.goto(re.sub(r"/edit/.*", f"/edit/{name}", draft.url))
        draft.wait_for_load_state("networkidle")
        violations = Axe().run(draft).response["violations"]
        found[name] = [(each["id"], each["nodes"][0]["html"]) for each in violations if each["impact"] in SERIOUS]
    draft.goto(re.sub(r"/campaigns/.*", "/campaigns/", draft.url))
    violations = Axe().run(draft).response["violations"]
    found["list"] = [(each["id"], each["nodes"][0]["html"]) for each in violations if each["impact"] in SERIOUS]

    assert found == {name: [] for name in ("start", "who", "what", "when", "review", "list")}
