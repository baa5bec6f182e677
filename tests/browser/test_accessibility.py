"""Every page, empty and full, dark and light, wide and narrow: accessible, quiet, nothing sticks out."""

import re
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import AccountSettings
from tests.browser.filled import fill

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("every page"),  # long: a group begins before the single tests
]

WIDE, NARROW = 1440, 390
Scheme = Literal["light", "dark"]
OTHER: dict[Scheme, Scheme] = {"light": "dark", "dark": "light"}
EVERYWHERE = [
    "/", "/campaigns/", "/segments/", "/segments/new", "/segments/lists", "/segments/lists/new",
    "/people/", "/people/names", "/people/imports", "/people/imports/new", "/people/ways-in",
    "/people/ways-in/upload", "/people/ways-in/segment-webhook", "/people/ways-in/mparticle",
    "/people/ways-in/eventbridge", "/people/ways-in/mail", "/people/ways-in/csv",
    "/connections/", "/connections/new", "/connections/new/segment", "/connections/new/file",
    "/settings", "/settings/account", "/settings/users", "/settings/users/new", "/settings/password",
    "/settings/api-keys", "/settings/audit", "/there-is-no-such-page",
]  # fmt: skip
LOADING = ".htmx-request, .htmx-added, .htmx-settling, .skeleton"
EXPECTED = re.compile("status of 404|htmx:(afterRequest|sendError|sendAbort)")

AXE = "(options) => axe.run(options).then((found) => found.violations)"
EVERY_RULE = {"resultTypes": ["violations"]}
COLOURS = {**EVERY_RULE, "runOnly": ["color-contrast", "link-in-text-block"]}

# Tabs may be as many as there are languages, so they scroll; of fields the browser shows what fits.
CUT_OFF = """
() => {
  const cuts = (each) => ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(each).overflowX);
  const cut = [...document.querySelectorAll("main *, header *")].filter((each) =>
    each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1 && each.checkVisibility() && cuts(each)
    && !each.matches(".tabs, input, select, textarea"));
  const [header, main] = [".topbar", ".page-main"].map((name) => document.querySelector(name));
  const names = cut.map((each) => `${each.tagName} ${each.className} ${each.textContent.trim().slice(0, 40)}`);
  const isCovered = Boolean(main) && main.offsetTop < header.scrollHeight;
  return [document.documentElement.scrollWidth, names, isCovered];
}
"""


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object], admin: Client, live_server: LiveServer):
    """Signed in."""
    cookie = {"name": "sessionid", "value": admin.cookies["sessionid"].value, "url": live_server.url}
    return {**browser_context_args, "base_url": live_server.url, "storage_state": {"cookies": [cookie], "origins": []}}


@pytest.mark.parametrize("pages", ["there in any case", "about what was made"])
def test_full_project(page: Page, admin: Client, settings: Settings, tmp_path: Path, pages: str) -> None:
    AccountSettings.current()
    made = fill(settings, tmp_path, admin, admin.user, timezone.now())  # type: ignore[attr-defined]

    assert findings(page, made if pages == "about what was made" else EVERYWHERE, "light") == []


def test_empty_project(page: Page) -> None:
    assert findings(page, EVERYWHERE, "dark") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signed_out(page: Page, scheme: Scheme) -> None:
    page.context.clear_cookies()

    assert findings(page, ["/login"], scheme) == []


def findings(page: Page, addresses: list[str], loaded_in: Scheme) -> list[str]:
    """What is wrong on any of the pages, a line each. Each is loaded once; then the other scheme is switched to, which
    changes no more than colours."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if is_complaint(line) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    found = []
    for address in addresses:
        said.clear()
        see(page, loaded_in, WIDE)
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        for scheme, width in (
            (loaded_in, WIDE),
            (loaded_in, NARROW),
            (OTHER[loaded_in], NARROW),
            (OTHER[loaded_in], WIDE),
        ):
            see(page, scheme, width)
            problems = [*by_axe(page, EVERY_RULE if scheme == loaded_in else COLOURS), *overflow(page, width)]
            found += [f"{address} {width} {scheme}: {problem}" for problem in problems]
        found += [f"{address} loaded in {loaded_in}: {words}" for words in said]
    return found


def see(page: Page, scheme: Scheme, width: int) -> None:
    """As somebody does whose system and screen are so."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator(LOADING)).to_have_count(0)


def is_complaint(line: ConsoleMessage) -> bool:
    """Refused by the content policy, a script's error, a request that failed; not what leaving a page cuts short."""
    return line.type == "error" and not EXPECTED.search(line.text)


def by_axe(page: Page, options: dict[str, Any]) -> list[str]:
    worst = [each for each in page.evaluate(AXE, options) if each["impact"] in ("serious", "critical")]
    return [f"{each['id']} {node['html'][:160]}" for each in worst for node in each["nodes"]]


def overflow(page: Page, width: int) -> list[str]:
    """What sticks out of the page, what is cut off at the side within it, what the header covers."""
    wide, cut, is_covered = page.evaluate(CUT_OFF)
    found = [f"{each} is cut off" for each in cut]
    return found + [f"is {wide} pixels wide"] * (wide > width) + ["begins under the header"] * is_covered
