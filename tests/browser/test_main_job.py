"""The whole job, by hand: a marketer with a browser, the real web server, the real workers, real purchases."""

import re
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.conf import settings
from django.db.models import Count, Max
from django.test import override_settings
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from pytest_django import DjangoDbBlocker

from accounts.models import AccountSettings, Role, User
from campaigns.delivery import ids
from campaigns.models import Delivery, Run
from operations.management.commands import load_cdnow
from people.models import Event, Profile
from tests.stack import Stack, installation

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(600)]

PASSWORD = "correct horse battery"
AT_LEAST = timedelta(seconds=10)  # ahead
PATIENCE = 120_000  # milliseconds for the workers to be through
QUIET = timedelta(days=60)
# What the page left behind answers late: requests cut short, shares of copies whose tabs are gone.
CUT_SHORT = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort", "htmx:oobErrorNoTarget, #share-")


@pytest.fixture
def stack(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """Web server and workers with the product's own settings, on real purchases."""
    product = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "BELFRY_VAR": str(tmp_path / "var"),
        "BELFRY_SECRET_KEY": settings.SECRET_KEY,
    }
    with django_db_blocker.unblock(), installation(tmp_path, **product) as made:
        collecting = made.start("collectstatic", "--noinput", "--skip-checks")
        made.start_workers()
        load_purchases(datetime.now(UTC))
        assert collecting.wait() == 0
        made.start_web()
        yield made


def load_purchases(now: datetime) -> None:
    """Every fourth customer of the demo with all purchases, the last of all yesterday."""
    purchases = [each for each in load_cdnow.read(load_cdnow.FILE) if int(each.customer) % 4 == 0]
    last = max(each.day for each in purchases)
    assert load_cdnow.load(purchases, now.date() - timedelta(days=1) - last, now)


@pytest.fixture
def marketer(stack: Stack, page: Page) -> Page:
    """At the login page, with a login."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"]):
        User.objects.create_user("maria", password=PASSWORD, role=Role.CREATOR)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{stack.address}/campaigns/")
    return page


def test_from_signing_in_to_reading_the_report(stack: Stack, marketer: Page) -> None:
    complaints = listen(marketer)

    sign_in(marketer)
    start(marketer, "We miss you")
    choose_who_bought_twice_and_went_quiet(marketer)
    began = datetime.now(UTC)
    write_three_copies(marketer)
    now = datetime.now(UTC)
    schedule(marketer, now + AT_LEAST + (now - began))  # reviewing and publishing takes less than writing has taken
    promised = publish(marketer)
    numbers = read_the_report(marketer)

    run = Run.objects.get()
    expected = qualified(run)
    assert numbers == numbers_of(run)
    assert numbers["Qualified"] == len(expected) > 1000
    assert numbers["Accepted"] == promised
    assert set(Delivery.objects.values_list("profile_id", flat=True)) == expected
    assert 0.05 < numbers["Control group"] / numbers["Qualified"] < 0.15
    check_file(stack, run)
    check_people_behind(marketer, numbers["Control group"])
    assert complaints == []


def listen(page: Page) -> list[str]:
    """What the browser complains of, but for requests that leaving their page cuts short."""
    complaints: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error" and not line.text.startswith(CUT_SHORT):
            complaints.append(line.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def sign_in(page: Page) -> None:
    page.get_by_label("Username").fill("maria")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("Campaigns")


def start(page: Page, name: str) -> None:
    page.get_by_role("button", name="New campaign").first.click()
    page.get_by_label("Name").fill(name)
    page.locator("input[name=connection]").first.check()
    saved(page)


def choose_who_bought_twice_and_went_quiet(page: Page) -> None:
    step(page, "Who").click()
    page.get_by_label("A rule made here").check()
    choose(page, "tree.0.0.event", "Charged")
    choose(page, "tree.0.measure", label="at least")
    page.locator("[name='tree.0.amount']").fill("2")
    choose(page, "tree.0.period", "ever")
    with reshaped(page):
        page.locator(".builder").get_by_role("button", name="condition", exact=True).click()
    choose(page, "tree.1.family", "did_not")
    choose(page, "tree.1.0.event", "Charged")
    page.locator("[name='tree.1.last']").fill("60")
    page.get_by_label("Percent of the people").fill("10")
    saved(page)
    expect(page.locator(".reach-how")).to_contain_text("exact")
    expect(step(page, "Who").get_by_label("Done")).to_be_visible()


def choose(page: Page, name: str, value: str | None = None, *, label: str | None = None) -> None:
    """In one of the builder's selects that change its shape."""
    with reshaped(page):
        page.locator(f".builder [name='{name}']").select_option(value, label=label)


@contextmanager
def reshaped(page: Page) -> Iterator[None]:
    """Wait until the builder that comes back stands and listens."""
    with page.expect_response(re.compile("/segments/builder")):
        yield
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)


def write_three_copies(page: Page) -> None:
    payload = page.locator(".payload")
    step(page, "What").click()
    expect(payload).to_contain_text('"message": ""')
    for place, letter in enumerate("Hello", start=1):
        write(page, letter)
        expect(payload).to_contain_text('"message": "' + "Hello"[:place] + '"')
    write(page, " ")
    token(page, "first", "music lover")
    expect(payload).to_contain_text(re.compile(r'"message": "Hello \w+'))
    page.get_by_label("By user property").check()
    add_copy(page, "es", "Hola ", "amigo")
    add_copy(page, "pt", "Olá ", "você")
    saved(page)


def add_copy(page: Page, language: str, words: str, fallback: str) -> None:
    page.get_by_label("Value of language to add a copy for").fill(language)
    page.get_by_role("button", name="Add a copy").click()
    expect(page.locator(".tab[aria-current]")).to_contain_text(language)
    value(page).fill("")
    write(page, words)
    token(page, "first", fallback)
    expect(page.locator(".preview-copy")).to_contain_text(language)
    expect(page.locator(".payload")).to_contain_text(re.compile(rf'"message": "{words}\w+'))


def schedule(page: Page, at: datetime) -> None:
    step(page, "When").click()
    page.get_by_label("At a date and time").check()
    page.get_by_label("Date and time").last.fill(f"{at:%Y-%m-%dT%H:%M:%S}")
    expect(page.locator("#upcoming")).to_contain_text(f"{at:%H:%M}")
    saved(page)


def publish(page: Page) -> int:
    """Returns the number of people that the button promised."""
    step(page, "Review").click()
    button = page.get_by_role("button", name=re.compile(r"Publish to [\d,]+ people"))
    promised = number(button.inner_text())
    button.click()
    page.locator("[data-confirm-yes]").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    expect(page.locator("#campaign-state")).to_have_text("Scheduled")
    return promised


def read_the_report(page: Page) -> dict[str, int]:
    """Wait, without touching anything, until the open page says that it is completed; the funnel's numbers."""
    expect(page.locator("#campaign-state")).to_have_text("Completed", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Archive")).to_be_visible()
    expect(page.locator(".chart-canvas svg")).to_be_visible()
    rows = page.locator("#report .funnel-row:not(.funnel-part)").all()
    return {row.locator("th").inner_text(): number(row.locator(".funnel-count").inner_text()) for row in rows}


def qualified(run: Run) -> set[int]:
    """Counted apart from the segments' own compiler: quiet since the day began that was so many days before the run."""
    bought = Event.objects.filter(name__name="Charged").values("profile_id").annotate(n=Count("id"), last=Max("at"))
    assert run.started_at
    zone = ZoneInfo(AccountSettings.current().zone)
    since = datetime.combine(run.started_at.astimezone(zone).date() - QUIET, time.min, zone)
    return {row["profile_id"] for row in bought if row["n"] >= 2 and row["last"] < since}


def numbers_of(run: Run) -> dict[str, int]:
    """The funnel's numbers, from the rows; nobody may be left queued."""
    states = Tally(Delivery.objects.filter(run=run).values_list("state", "reason"))
    by_state: Tally[str] = Tally()
    for (state, _), people in states.items():
        by_state[state] += people
    withheld = states["excluded", "campaign_control_group"]
    return {
        "Qualified": states.total(),
        "Control group": withheld,
        "Excluded": by_state["excluded"] - withheld,
        "Accepted": by_state["accepted"],
        "Failed": by_state["failed"],
        "Unknown": by_state["unknown"],
    }


def check_file(stack: Stack, run: Run) -> None:
    """Each accepted person is in it once, under the outgoing id, in the language's words."""
    file = stack.folder / "exports" / f"campaign-{run.campaign_id}" / f"run-{run.number}.ndjson"
    written = {line["messageId"]: line for line in map(orjson.loads, file.read_bytes().splitlines())}
    accepted = Delivery.objects.filter(run=run, state="accepted").values_list("profile_id", flat=True)
    people = Profile.objects.in_bulk(list(accepted))
    installed = str(AccountSettings.current().installation)
    by_id = {ids.outgoing_id(installed, run.message_id, pk, run.occurrence): person for pk, person in people.items()}
    assert len(file.read_bytes().splitlines()) == len(people)
    assert {key: words(person) for key, person in by_id.items()} == {
        key: (line["userId"], line["properties"]["message"]) for key, line in written.items()
    }


def words(person: Profile) -> tuple[str | None, str]:
    greetings = {"es": ("Hola", "amigo"), "pt": ("Olá", "você")}
    greeting, fallback = greetings.get((person.language or "").split("-")[0], ("Hello", "music lover"))
    return person.identity, f"{greeting} {person.first_name or fallback}"


def check_people_behind(page: Page, withheld: int) -> None:
    row = page.locator("#report .funnel-row", has_text="Control group")
    expect(row.locator(".funnel-count")).to_have_text(f"{withheld:,}")
    row.locator(".funnel-count a").click()
    expect(page.locator(".page-sub")).to_contain_text("this campaign's control group")
    expect(page.locator("tbody tr")).to_have_count(50)


def saved(page: Page) -> None:
    expect(page.locator("[data-autosave-label]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))


def step(page: Page, name: str) -> Locator:
    return page.locator(".step", has=page.locator(".step-name", has_text=re.compile(f"^{name}$")))


def value(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Value", exact=True)


def write(page: Page, words: str) -> None:
    value(page).focus()
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


def number(words: str) -> int:
    found = re.search(r"\d[\d,]*", words)
    assert found
    return int(found[0].replace(",", ""))
