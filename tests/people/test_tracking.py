"""Opens and clicks: told once, machines apart, and no link leads where no message led."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from people import links, tracking
from people.links import Origin
from people.models import Event, Profile

pytestmark = pytest.mark.django_db

MESSAGE = "5b0a1c1e-6a33-2c55-9d0c-3e0f8f6a7b21"
SHOP = "https://shop.example.com/?a=1&b=ação#top"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ABOUT: dict[str, Any] = {"Campaign Id": 7, "Run": 2, "Copy": "Default", "Channel": "email"}


@pytest.fixture
def maria() -> Profile:
    return Profile.objects.create(identity="maria", email="maria@example.com")


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://belfry.example.com"


def origin(person: Profile) -> Origin:
    return Origin(person.pk, "", "email", MESSAGE, 7, 2, "Default")


def earlier(seconds: int = 3600) -> str:
    return str(int((timezone.now() - timedelta(seconds=seconds)).timestamp()))


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(Event.objects.order_by("id").values_list("name__name", "properties"))


def test_a_click_leads_to_the_link_and_is_told(maria: Profile) -> None:
    answer = Client().get(tracking.click_path(origin(maria), earlier(), SHOP), headers={"User-Agent": BROWSER})

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "https://shop.example.com/?a=1&b=a%C3%A7%C3%A3o#top",
    )
    assert told() == [("Notification Clicked", {**ABOUT, "Machine": False, "Link": SHOP})]


def test_an_open_is_a_picture_that_nobody_keeps_and_is_told(maria: Profile) -> None:
    answer = Client().get(tracking.open_path(origin(maria), earlier()), headers={"User-Agent": BROWSER})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/gif")
    assert "no-store" in answer.headers["Cache-Control"]
    assert told() == [("Notification Viewed", {**ABOUT, "Machine": False})]


@pytest.mark.parametrize(
    ("agent", "seconds", "machine"),
    [
        (BROWSER, 3600, False),
        (BROWSER, 1, True),
        ("Mozilla/5.0", 3600, True),
        ("", 3600, True),
        ("Barracuda Sentinel (EE)", 3600, True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", 3600, True),
        ("python-requests/2.32", 3600, True),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", 3600, False),
    ],
)
def test_machines_are_told_apart(maria: Profile, agent: str, seconds: int, machine: bool) -> None:
    Client().get(tracking.open_path(origin(maria), earlier(seconds)), headers={"User-Agent": agent})

    assert told() == [("Notification Viewed", {**ABOUT, "Machine": machine})]


def test_asking_only_for_the_head_counts_for_nothing(maria: Profile) -> None:
    answer = Client().head(tracking.click_path(origin(maria), earlier(), SHOP), headers={"User-Agent": BROWSER})

    assert answer.status_code == 302
    assert told() == []


def test_a_flood_of_opens_is_one_a_minute(maria: Profile) -> None:
    now = timezone.now()
    token = links.signed(tracking.OPEN, origin(maria), earlier())

    for seconds in (0, 0, 0, 60, 60):
        tracking.opened(token, BROWSER, now=now + timedelta(seconds=seconds))

    assert len(told()) == 2


@pytest.mark.parametrize("path", ["/c/", "/o/"])
def test_what_nobody_signed_leads_nowhere(maria: Profile, path: str) -> None:
    forged = [
        links.signed("unsubscribe", origin(maria)),
        links.signed(
            tracking.OPEN if path == "/c/" else tracking.CLICK, origin(maria), earlier(), "https://evil.example"
        ),
        "aHR0cHM6Ly9ldmlsLmV4YW1wbGU",
        links.signed(tracking.CLICK, origin(maria), earlier(), SHOP)[:-4] + "AAAA",
    ]

    assert {Client().get(f"{path}{each}{'.gif' if path == '/o/' else ''}").status_code for each in forged} == {404}
    assert told() == []


def test_a_link_outlives_the_person(maria: Profile) -> None:
    path = tracking.click_path(origin(maria), earlier(), SHOP)
    maria.delete()

    assert Client().get(path).status_code == 302
    assert told() == []


@pytest.mark.timeout(15, func_only=True)
@pytest.mark.parametrize("piece", ["<a ", "<a href ", "<a href='http://x", "</body "])
def test_no_repetition_takes_for_ever(maria: Profile, piece: str) -> None:
    written = (piece * 65_536)[:65_536]

    assert tracking.tracked(written, origin(maria), now=timezone.now()).startswith(written[:2])


def test_links_lead_through_us_and_nothing_else_is_changed(maria: Profile) -> None:
    html = (
        "<html><body><a class=x href='https://shop.example.com/?a=1&amp;b=2'>a</a><a href=\"mailto:x@y.co\">b</a>"
        "<a href='https://belfry.example.com/u/token'>out</a><img src='https://shop.example.com/x.png'>"
        "<link href='https://shop.example.com/x.css'></body></html>"
    )

    found = tracking.tracked(html, origin(maria), now=timezone.now())

    before, _, rest = found.partition('<a class=x href="https://belfry.example.com/c/')
    token, _, after = rest.partition('">')
    assert before == "<html><body>"
    read = links.read(tracking.CLICK, token)
    assert read is not None
    assert (read[0], read[1][1]) == (origin(maria), "https://shop.example.com/?a=1&b=2")
    unchanged, _, picture = after.partition('<img src="https://belfry.example.com/o/')
    assert unchanged == html.partition("b=2'>")[2].replace("</body></html>", "")
    assert picture.endswith('.gif" width="1" height="1" alt=""></body></html>')


def test_a_link_that_could_not_be_followed_through_us_is_left_as_it_is(maria: Profile) -> None:
    long = f"https://shop.example.com/?a={'b' * tracking.MOST_LETTERS}"
    written = (
        f"<a href='{long}'>a</a><a href='https://[shop/'>b</a><a href='https:///'>c</a><a name=href>d</a><a href='e"
    )

    assert tracking.tracked(written, origin(maria), now=timezone.now()).startswith(f"{written}<img ")
