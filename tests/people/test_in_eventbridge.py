"""Promises of `POST /in/eventbridge`."""

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import api_keys
from accounts.models import User
from people.models import Event, Profile
from tests.people.facts import counts, events_of

pytestmark = pytest.mark.django_db
URL = "/in/eventbridge"


def event(**fields: object) -> dict[str, object]:
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Order Placed",
        "source": "shop",
        "account": "111122223333",
        "time": "2026-11-20T18:43:48Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"userId": "ann", "total": 12.5, "lines": [{"sku": "a"}]},
        **fields,
    }


def post(key: str, body: object, address: str = URL, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(address, content, content_type="application/json", headers=headers or {"X-Api-Key": key})


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_an_event_is_taken_with_its_name_time_and_detail(ingest_key: str) -> None:
    answer = post(ingest_key, event())

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert events_of("ann") == [("Order Placed", datetime(2026, 11, 20, 18, 43, 48, tzinfo=UTC))]
    assert Event.objects.get().properties == {"total": 12.5, "lines": [{"sku": "a"}]}


def test_a_retry_changes_nothing(ingest_key: str) -> None:
    answers = [post(ingest_key, event()) for _ in range(3)]

    assert [each.status_code for each in answers] == [200] * 3
    assert counts() == (1, 1)


def test_a_retry_with_its_keys_in_another_order_changes_nothing(ingest_key: str) -> None:
    post(ingest_key, event())
    post(ingest_key, dict(reversed(event().items())))

    assert counts() == (1, 1)


@pytest.mark.parametrize(
    ("detail", "identity", "anonymous", "left"),
    [
        ({"user_id": 4711, "x": 1}, "4711", None, {"x": 1}),
        ({"identity": "ann", "x": 1}, "ann", None, {"x": 1}),
        ({"user": {"id": "ann"}, "x": 1}, "ann", None, {"x": 1}),
        ({"user": {"id": "ann", "tier": "gold"}}, "ann", None, {"user": {"tier": "gold"}}),
        ({"user": {"identity": "ann", "anonymous_id": "a1"}}, "ann", "a1", {}),
        ({"anonymousId": "a1", "x": 1}, None, "a1", {"x": 1}),
        ({"userId": {"deep": 1}, "user_id": "ann"}, "ann", None, {"userId": {"deep": 1}}),
        ({"userId": None, "user_id": "ann"}, "ann", None, {"userId": None}),
    ],
)
def test_the_person_is_found_where_people_write_it(
    ingest_key: str, detail: object, identity: str | None, anonymous: str | None, left: object
) -> None:
    assert post(ingest_key, event(detail=detail)).status_code == 200

    person = Profile.objects.get()
    assert person.identity == identity
    assert list(person.identifiers.values_list("value", flat=True)) == ([anonymous] if anonymous else [])
    assert Event.objects.get().properties == left


@pytest.mark.parametrize("path", ["order.customer", "detail.order.customer", "$.detail.order.customer"])
def test_the_address_says_where_else_the_person_stands(ingest_key: str, path: str) -> None:
    detail = {"userId": "not this", "order": {"customer": "ann", "visitor": "a1", "total": 3}}

    answer = post(ingest_key, event(detail=detail), f"{URL}?identity={path}&anonymous=order.visitor")

    assert answer.status_code == 200
    assert Profile.objects.get().identity == "ann"
    assert Event.objects.get().properties == {"userId": "not this", "order": {"total": 3}}


def test_an_event_of_nobody_is_refused_with_the_places_looked_at(ingest_key: str) -> None:
    answer = post(ingest_key, event(detail={"customer": "ann"}), f"{URL}?identity=who&anonymous=device")

    assert answer.status_code == 400
    assert answer.json()["error"] == "The event names no person. Looked at: detail.who, detail.device."
    assert counts() == (0, 0)


def test_what_belfry_put_on_a_bus_twice_is_taken_once(ingest_key: str) -> None:
    detail = {
        "version": "1", "channel": "eventbridge", "message_id": str(uuid.uuid4()), "event": "Campaign Sent",
        "campaign": {"id": 12}, "user": {"identity": "ann", "properties": {"email": "a@b.co"}}, "content": {"a": "b"},
    }  # fmt: skip

    for id in ("one", "two"):
        assert post(ingest_key, event(id=id, detail=detail)).status_code == 200

    assert (counts(), Profile.objects.get().email) == ((1, 1), None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([event()], "One event a request is taken, no list: EventBridge sends them one by one."),
        (
            {"userId": "ann", "id": "1"},
            "This is no whole event: it has no “detail-type”, “time”, “detail”. "
            "Take the input transformer off the target.",
        ),
        (event(detail="text"), "detail must be an object, not a text."),
        (b"{", "The request is no JSON"),
        (event(time="noon"), "“noon” is no"),
        (event(time="1970-01-01T00:00:00Z"), "The time must lie between 1990 and a day from now."),
        (event(**{"detail-type": "Notification Sent"}), "“Notification Sent” is written by the system alone."),
    ],
)
def test_what_cannot_be_taken_is_a_400_with_the_reason(ingest_key: str, body: object, words: str) -> None:
    answer = post(ingest_key, body)

    assert (answer.status_code, counts()) == (400, (0, 0))
    assert answer.json()["error"].startswith(words)


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"X-Api-Key": key},
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": key},
        lambda key: {"Authorization": basic(key, "")},
        lambda key: {"Authorization": basic("belfry", key)},
    ],
)
def test_the_key_may_stand_in_any_usual_header(ingest_key: str, headers: Any) -> None:
    assert post("", event(), **headers(ingest_key)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Other": "nothing"},
        {"X-Api-Key": "bf_wrong"},
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Digest x"},
    ],
)
def test_without_a_key_nothing_is_stored(headers: dict[str, str]) -> None:
    answer = post("", event(), **headers)

    assert (answer.status_code, counts()) == (401, (0, 0))


def test_a_revoked_key_opens_nothing(ingest_key: str) -> None:
    key = api_keys.authenticate(ingest_key, "ingest")
    assert key is not None
    api_keys.revoke(key, User.objects.create_user("op"))

    assert post(ingest_key, event()).status_code == 401


details = st.dictionaries(
    st.sampled_from(["userId", "user_id", "user", "anonymousId", "total", "x"]),
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "a"]), inner, max_size=2),
        max_leaves=4,
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=details, id=st.uuids())
def test_twice_is_the_same_as_once(ingest_key: str, detail: dict[str, object], id: uuid.UUID) -> None:
    first = post(ingest_key, event(id=str(id), detail=detail))
    before = counts()
    second = post(ingest_key, event(id=str(id), detail=detail))

    assert first.status_code in (200, 400)
    assert (second.status_code, second.content, counts()) == (first.status_code, first.content, before)
