"""The libraries of Segment and RudderStack for servers, unchanged, work against the ingest API."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from people.models import Event, Profile, SeenMessage
from tests.people.facts import counts, summary_of
from tests.people.libraries import LIBRARIES, OTHERWISE_ZIPPED, Library, Story, charged

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STORY: Story = [
    (
        "identify",
        {
            "userId": "ann",
            "traits": {
                "firstName": "Ann", "email": "ann@example.com", "plan": "gold", "birthday": "1980-01-02",
                "address": {"city": "Oslo", "country": "Norway"}, "tags": ["a", "b"],
            },
            "context": {"timezone": "Europe/Oslo", "locale": "nb-NO"},
        },
    ),
    ("track", {"anonymousId": "cookie-1", "event": "Viewed", "properties": {"sku": "a", "note": None}}),
    ("alias", {"userId": "ann", "previousId": "cookie-1"}),
    ("track", {"userId": "ann", "anonymousId": "cookie-2", "event": "Viewed", "integrations": {"All": False}}),
    ("track", {"anonymousId": "cookie-2", "event": "Viewed", "messageId": "m" * 150}),
    ("track", {"userId": "ann", "event": "Ordered", "timestamp": LONG_AGO.isoformat()}),
    ("page", {"userId": "ann", "category": "Docs", "name": "Home", "properties": {"path": "/docs"}}),
    ("screen", {"userId": "ann", "name": "Cart", "properties": {"items": 2}}),
    ("group", {"userId": "ann", "groupId": "g1", "traits": {"name": "Club", "employees": 12}}),
    *charged(110),
]  # fmt: skip


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    return LIBRARIES[request.param]


@pytest.mark.parametrize("name", [*LIBRARIES, *OTHERWISE_ZIPPED])
def test_a_story_arrives_whole(live_server: LiveServer, ingest_key: str, name: str):
    complaints = {**LIBRARIES, **OTHERWISE_ZIPPED}[name].tell(STORY, host=live_server.url, key=ingest_key)

    assert (complaints, Profile.objects.count(), SeenMessage.objects.count()) == ([], 1, len(STORY))
    ann = Profile.objects.get(identity="ann")
    assert (ann.first_name, ann.email, str(ann.birth_date)) == ("Ann", "ann@example.com", "1980-01-02")
    assert (ann.city, ann.country, ann.zone, ann.language) == ("Oslo", "Norway", "Europe/Oslo", "nb-NO")
    assert ann.properties == {
        "plan": "gold", "tags": ["a", "b"], "group_id": "g1", "group_name": "Club", "group_employees": 12,
    }  # fmt: skip
    assert set(ann.identifiers.values_list("value", flat=True)) == {"cookie-1", "cookie-2"}
    assert list(Event.objects.order_by("name__name", "properties").values_list("name__name", "properties")) == [
        *[("Charged", {"Amount": number + 0.5}) for number in range(110)],
        ("Ordered", {}),
        ("Page Viewed", {"name": "Home", "category": "Docs", "path": "/docs"}),
        ("Screen Viewed", {"name": "Cart", "items": 2}),
        *[("Viewed", {}), ("Viewed", {}), ("Viewed", {"sku": "a", "note": None})],
    ]
    under_way = summary_of("ann")["Ordered"][1] - LONG_AGO
    assert timedelta() <= under_way < timedelta(seconds=10)


def test_a_wrong_key_is_told_at_once(live_server: LiveServer, ingest_key: str, library: Library):
    complaints = library.tell(charged(1), host=live_server.url, key="bf_wrong", retries=9)

    assert ["401" in complaint or "Unauthorized" in complaint for complaint in complaints] == [True]
    assert counts() == (0, 0)


def test_a_request_that_is_too_large_is_told_at_once(
    live_server: LiveServer, ingest_key: str, library: Library, settings: Settings
):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    complaints = library.tell(charged(1), host=live_server.url, key=ingest_key, retries=9)

    assert ["413" in complaint for complaint in complaints] == [True]
    assert counts() == (0, 0)
