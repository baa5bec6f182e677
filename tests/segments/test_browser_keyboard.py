"""A whole rule with the keyboard alone: letters, Tab, Enter and the builder's own keys; no mouse."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from people import partitions
from people.models import Device, PropertyName
from segments.describe import sentence
from segments.models import Segment
from segments.parse import parse
from tests.conftest import MakeUser
from tests.segments.making import NOW, did, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TWO_MINUTES_OF_KEYS = 240  # at two a second


class Keys:
    """Presses keys as a person does, who looks where the focus is before going on; counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, key: str, then: str = "") -> None:
        """`then` is the id of the input that has the focus afterwards."""
        self.page.keyboard.press(key)
        self.pressed += 1
        if then:
            expect(self.page.locator(f"#{then}")).to_be_focused()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def tab_to(self, id: str) -> None:
        while not self.page.locator(f"#{id}:focus").count():
            self.press("Tab")
            assert self.pressed < TWO_MINUTES_OF_KEYS, f"{id} is not reached"


@pytest.fixture
def keys(page: Page, live_server: LiveServer, make_user: MakeUser) -> Keys:
    """At the new segment, nothing focused; people have bought coats and shoes."""
    partitions.ensure("people_event", now=NOW)
    ana = person("ana", language="es", latitude=-23.5, longitude=-46.6)
    did(ana, category="coat", amount=5)
    did(ana, "Changed", category="shoe")
    Device.objects.create(profile=ana, platform="ios", token="t")
    PropertyName.objects.create(name="language", types={"text": 3}, frequent=[["es", 2], ["pt", 1]])
    make_user("creator", "ana")
    page.goto(f"{live_server.url}/login?next=/segments/new")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/segments/new")
    return Keys(page)


def test_who_bought_coats_speaks_spanish_or_portuguese_and_lives_near_is_built_with_the_keyboard(keys: Keys) -> None:
    keys.tab_to("id_name")
    keys.type("Coats around São Paulo")
    keys.tab_to("tree-0-0-event")
    bought_coats_twice_this_season(keys)
    but_not_lately(keys)
    speaks_spanish_or_portuguese(keys)
    lives_near(keys)
    reachable_by_push(keys)
    expect(keys.page.locator("#segment-reach")).to_contain_text("reachable by push.")
    keys.press("Control+Enter")
    keys.page.wait_for_url(re.compile(r"/segments/\d+$"))
    expect(keys.page.locator("main")).to_contain_text("Nobody matches.")

    saved = Segment.objects.get()
    assert saved.tree == {"version": 1, "rule": {"all": expected()}}
    assert saved.name == "Coats around São Paulo"
    assert sentence(parse(saved.tree)) == (
        "People who did Charged at least 2 times this season where category is “coat”,"
        " who did not do Charged in the last 30 days where category is “coat”,"
        " whose language is “Spanish (es)” or “Portuguese (pt)”, within 50 km of São Paulo, and reachable by push."
    )
    assert keys.pressed < TWO_MINUTES_OF_KEYS


COVERED = """
() => {
  const at = document.activeElement, { x, y, width, height } = at.getBoundingClientRect();
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  return top?.closest(".rail, .topbar") && !at.closest(".rail, .topbar") ? at.id || at.textContent : "";
}
"""


def test_on_a_phone_what_has_the_focus_is_not_behind_the_bars(keys: Keys) -> None:
    keys.page.set_viewport_size({"width": 390, "height": 500})
    keys.tab_to("id_name")
    covered = []
    while not keys.page.locator("#segment-person:focus").count():
        keys.press("Tab")
        covered.append(keys.page.evaluate(COVERED))

    assert set(covered) == {""}


def bought_coats_twice_this_season(keys: Keys) -> None:
    keys.type("char")
    keys.press("Tab", then="tree-0-measure")
    keys.type("at")
    keys.press("Tab", then="tree-0-amount")
    keys.type("2")
    keys.press("Tab", then="tree-0-period")
    keys.type("this s")
    keys.press("Tab")
    coats(keys, "tree-0-0-0")


def coats(keys: Keys, filter: str) -> None:
    keys.press("Alt+w", then=f"{filter}-property")
    keys.type("cat")
    keys.press("Tab", then=f"{filter}-operator")
    keys.press("Tab", then=f"{filter}-value")
    keys.type("coat")
    keys.press("Enter")


def but_not_lately(keys: Keys) -> None:
    keys.press("Alt+n", then="tree-1-family")
    keys.type("did n")
    keys.press("Tab", then="tree-1-0-event")
    keys.type("char")
    keys.press("Tab", then="tree-1-period")
    coats(keys, "tree-1-0-0")


def speaks_spanish_or_portuguese(keys: Keys) -> None:
    keys.press("Alt+n", then="tree-2-family")
    keys.type("lang")
    keys.press("Tab", then="tree-2-operator")
    keys.press("Tab", then="tree-2-value")
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("portuguese")
    keys.press("Enter")


def lives_near(keys: Keys) -> None:
    keys.press("Alt+n", then="tree-3-family")
    keys.type("within")
    keys.press("Tab", then="tree-3-distance")
    keys.type("50")
    keys.press("Tab", then="tree-3-distance_unit")
    keys.press("Tab", then="tree-3-point")
    keys.type("Sao Paulo")
    keys.press("Enter")
    expect(keys.page.locator("#tree-3 .chip")).to_contain_text("São Paulo")


def reachable_by_push(keys: Keys) -> None:
    keys.press("Alt+n", then="tree-4-family")
    keys.type("reach")
    keys.press("Tab", then="tree-4-channel")
    keys.type("push")


def expected() -> list[Any]:
    coat = {"property": "category", "type": "text", "operator": "equals", "value": ["coat"]}
    return [
        {
            "did": "Charged",
            "period": {"named": "this_season"},
            "where": [coat],
            "count": {"operator": "greater_than_equals", "value": 2},
        },
        {"did_not": "Charged", "period": {"last": 30, "unit": "days"}, "where": [coat]},
        {"property": "language", "type": "text", "operator": "equals", "value": ["es", "pt"]},
        {"near": [{"latitude": -23.5475, "longitude": -46.6361, "name": "São Paulo"}], "metres": 50000},
        {"channel": "push", "is": "reachable"},
    ]


class Held:
    """Answers of the builder that wait until `let_go`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.routes: list[Route] = []
        self.is_open = False
        page.route("**/segments/builder?*", self.take)

    def take(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)

    def wait(self) -> None:
        """Until a question is on its way."""
        while not self.routes:
            self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def let_go(self) -> None:
        self.wait()
        self.is_open = True
        for route in self.routes:
            route.continue_()


def test_what_is_typed_after_tab_waits_for_the_answer_and_changes_the_next_choice(keys: Keys) -> None:
    keys.tab_to("tree-0-0-event")
    held = Held(keys.page)
    keys.type("Char")
    keys.press("Tab")
    keys.type("at l")
    keys.press("Tab")
    keys.type("12")
    held.let_go()

    expect(keys.page.locator("#tree-0-amount")).to_be_focused()
    expect(keys.page.locator("#tree-0-amount")).to_have_value("12")
    expect(keys.page.locator("#tree-0-0-event")).to_have_value("Charged")
    expect(keys.page.locator("#tree-0-measure")).to_have_value("count.greater_than_equals")


@pytest.mark.parametrize(("key", "then"), [("Tab", "tree-0-measure"), ("Alt+w", "tree-0-0-0-property")])
def test_a_key_pressed_while_the_answer_is_on_its_way_leads_on_after_it(keys: Keys, key: str, then: str) -> None:
    keys.tab_to("tree-0-0-event")
    held = Held(keys.page)
    keys.type("Char")
    held.wait()
    keys.press(key)
    held.let_go()

    expect(keys.page.locator(f"#{then}")).to_be_focused()
    expect(keys.page.locator("#tree-0-0-event")).to_have_value("Charged")


def test_keys_that_waited_count_also_where_the_answer_does_not_come(keys: Keys) -> None:
    keys.tab_to("tree-0-0-event")
    keys.page.route("**/segments/builder?*", lambda route: route.abort())
    keys.type("Char")
    keys.press("Tab")
    keys.press("Tab")

    expect(keys.page.locator("#tree-0-0-event")).not_to_be_focused()
    expect(keys.page.locator("#tree-0-0-event")).to_have_value("Charged")
