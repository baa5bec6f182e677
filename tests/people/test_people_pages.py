"""Promises of people's pages: who is found, what one person's page tells, and to whom."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountSettings
from campaigns.models import Campaign
from people import search, timeline
from people.models import Profile, Subscription
from people.records import Device, Identify
from people.registry import PERSON_PANELS, TIMELINE, PersonPanel, TimelineRow
from tests import factories
from tests.people.facts import NOW, ago, did, person, take_in

pytestmark = pytest.mark.django_db
LIST_QUERIES = 9
PERSON_QUERIES = 11
WITH_CAMPAIGNS = 1


def names(client: Client, query: str) -> list[str | None]:
    return [each.identity for each in client.get(f"/people/?{query}").context["page"].people]


@pytest.mark.parametrize("size", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    member: Client, size: int, django_assert_num_queries: DjangoAssertNumQueries
):
    AccountSettings.current()
    take_in(*(person(f"u{number}") for number in range(size)))

    with django_assert_num_queries(LIST_QUERIES):
        assert len(member.get("/people/").context["page"].people) == size


@pytest.fixture
def own_timeline_only() -> Iterator[None]:
    """Without what higher apps add."""
    added, TIMELINE[:] = TIMELINE[:], []
    yield
    TIMELINE[:] = added


@pytest.mark.usefixtures("own_timeline_only")
@pytest.mark.parametrize("size", [1, 3])
def test_person_asks_as_much_for_one_event_as_for_three(
    member: Client, size: int, django_assert_num_queries: DjangoAssertNumQueries
):
    AccountSettings.current()
    take_in(*(did("ann", f"Event {number}") for number in range(size)))

    with django_assert_num_queries(PERSON_QUERIES):
        assert len(member.get(f"/people/{pk_of('ann')}").context["page"].rows) == size


@pytest.mark.usefixtures("own_timeline_only")
@pytest.mark.parametrize("size", [1, 3])
def test_person_asks_once_whose_campaigns_their_subscriptions_speak_of(
    member: Client, size: int, django_assert_num_queries: DjangoAssertNumQueries
):
    AccountSettings.current()
    take_in(did("ann", "Visited"))
    channels = ("email", "export", "push")[:size]
    for channel in channels:
        made = factories.campaign()
        Campaign.objects.filter(pk=made.pk).update(name=f"By {channel}")
        Subscription.objects.create(
            profile_id=pk_of("ann"), channel=channel, state="unsubscribed", cause="link", campaign=made.pk
        )

    with django_assert_num_queries(PERSON_QUERIES + WITH_CAMPAIGNS):
        page = member.get(f"/people/{pk_of('ann')}").content.decode()

    assert [channel for channel in channels if f"By {channel}" in page] == list(channels)


def pk_of(identity: str) -> int:
    return Profile.objects.get(identity=identity).pk


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("4711", ["4711"]),
        ("müller", ["4711"]),
        ("MÜLL", ["4711"]),
        ("example.com", ["4711", "0815"]),
        ("a_b", ["0815"]),
        ("%", []),
        ("\\", []),
        ("an", ["4711"]),
        ("nn", []),
        ("' OR 1=1 --", []),
        ("zzz", []),
        ("%00", []),
    ],
)
def test_search_finds_by_identity_email_and_name(member: Client, words: str, found: list[str]):
    take_in(
        person("4711", name="Anna Müller", email="axb@example.com"),
        person("0815", name="Bob", email="a_b@example.com"),
    )

    assert [each.identity for each in member.get("/people/", {"q": words}).context["page"].people] == found


def test_pages_hold_everyone_once_forwards_and_backwards(member: Client):
    take_in(*(person(f"u{number:03}") for number in range(120)))
    newest_first = [f"u{number:03}" for number in reversed(range(120))]
    seen, query, last = [], "", ""
    while True:
        page = member.get(f"/people/?{query}").context["page"]
        seen += [each.identity for each in page.people]
        if page.before is None:
            break
        last, query = query, f"before={page.before}"

    assert seen == newest_first
    assert names(member, f"after={page.after}") == newest_first[50:100]
    assert names(member, last) == newest_first[50:100]


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "after=99999999999999999999", "before=0", "q=%00", "q=%F0%9F"]
)
def test_odd_addresses_are_answered(member: Client, query: str):
    take_in(person("ann"))

    assert member.get(f"/people/?{query}").status_code == 200


def test_total_is_exact_for_few_and_said_so():
    take_in(*(person(f"u{number}") for number in range(3)))

    assert search.page("").words == "3 people"
    assert search.page("u1").words == "1 person"


def test_fragment_is_answered_to_htmx(member: Client):
    take_in(person("ann"))

    answer = member.get("/people/?q=ann", headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]


def test_person_page_tells_who_they_are(member: Client):
    take_in(
        person(
            "ann",
            name="Ann <b>Lee</b>",
            email="ann@example.com",
            plan="gold",
            tags=["a", "b"],
            since="2026-01-02T03:04:05Z",
        ),
        Identify(user_id="ann", anonymous_id="anon-1", subscriptions={"email": False}),
        Identify(user_id="ann", device=Device(platform="ios", token="t1", make="Fruit", model="Phone 9")),
        did("ann", "Charged", Amount=12.5),
    )

    page = member.get(f"/people/{pk_of('ann')}").content.decode().replace("<wbr>", "")

    for words in ("Ann &lt;b&gt;Lee&lt;/b&gt;", "ann@example.com", "gold", "a, b", "2 Jan 2026, 03:04", "anon-1",
                  "Unsubscribed", "iOS Fruit Phone 9", "Charged", "Amount 12.5"):  # fmt: skip
        assert words in page
    assert "<b>Lee" not in page


def test_timeline_pages_lose_nothing_even_at_one_instant():
    take_in(*(did("ann", at=ago(minutes=number // 30), n=number) for number in range(150)))
    profile, seen = pk_of("ann"), []
    page = timeline.page(profile)
    seen += page.rows
    while page.before:
        page = timeline.page(profile, page.before)
        seen += page.rows

    assert sorted(str(row.details["n"]) for row in seen) == sorted(map(str, range(150)))
    assert [row.at for row in seen] == sorted((row.at for row in seen), reverse=True)


@pytest.fixture
def foreign_rows() -> Iterator[None]:
    """What a higher app adds to timelines: something each hour."""

    def rows(profile: int, before: datetime | None, limit: int) -> list[TimelineRow]:
        moments = (NOW - timedelta(hours=hour) for hour in range(100))
        wanted = [at for at in moments if before is None or at < before][:limit]
        return [TimelineRow(at=at, key=f"message-{at.timestamp()}", icon="send", title="Message") for at in wanted]

    TIMELINE.append(rows)
    PERSON_PANELS.append(PersonPanel("Segments", "person-timeline"))
    yield
    TIMELINE.remove(rows)
    PERSON_PANELS.pop()


def test_timeline_and_panels_take_what_other_apps_add(member: Client, foreign_rows: None):
    take_in(*(did("ann", at=ago(minutes=30 + 60 * number)) for number in range(100)))
    profile, titles = pk_of("ann"), []
    before = ""
    while True:
        answer = member.get(f"/people/{profile}/timeline", {"before": before} if before else {})
        titles += [row.title for row in answer.context["page"].rows]
        if answer.context["page"].before is None:
            break
        before = answer.context["page"].before.isoformat()

    assert titles == ["Message", "Viewed"] * 100
    assert f'hx-get="/people/{profile}/timeline"' in member.get(f"/people/{profile}").content.decode()


def test_unknown_person_is_not_found(member: Client):
    assert [member.get(url).status_code for url in ("/people/1", "/people/1/timeline")] == [404, 404]


@pytest.mark.parametrize(
    "url", ["/people/", "/people/names", "/people/names/people", "/people/imports", "/people/imports/new"]
)
def test_every_page_teaches_on_an_empty_project(creator: Client, url: str):
    assert creator.get(url).status_code == 200


@pytest.mark.parametrize(
    "url", ["/people/", "/people/1", "/people/1/timeline", "/people/names", "/people/imports/1/problems.csv"]
)
def test_nothing_is_shown_without_login(client: Client, url: str):
    take_in(person("ann"))

    assert client.get(url).headers["Location"].startswith("/login")
