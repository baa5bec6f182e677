"""Promises of the Segment-compatible API."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from people.models import Device, Event, EventName, Profile
from tests.people.facts import counts, events_of

pytestmark = pytest.mark.django_db


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def post(address: str, body: object, content_type: str = "application/json", **headers: str):
    content = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(f"/v1/{address}", content, content_type=content_type, headers=headers)


def track(**fields: object) -> dict[str, object]:
    return {"type": "track", "userId": "ann", "event": "Viewed", "messageId": "m1", **fields}


@pytest.mark.parametrize("address", ["batch", "import", "b"])
def test_batch_is_taken_once(ingest_key: str, address: str):
    body = {"batch": [track(), {"type": "identify", "userId": "ann", "messageId": "m2", "traits": {"plan": "x"}}]}

    answers = [post(address, body, **basic(ingest_key)) for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"success": True})] * 2
    assert counts() == (1, 1)
    assert Profile.objects.get().properties == {"plan": "x"}


@pytest.mark.parametrize(
    ("address", "body", "event"),
    [
        ("track", {"event": "Bought"}, "Bought"),
        ("t", {"event": "Bought"}, "Bought"),
        ("page", {"name": "Home"}, "Page Viewed"),
        ("p", {"name": "Home"}, "Page Viewed"),
        ("screen", {"name": "Home"}, "Screen Viewed"),
        ("s", {}, "Screen Viewed"),
        ("identify", {"traits": {"firstName": "Ann"}}, None),
        ("i", {}, None),
        ("group", {"groupId": "g1"}, None),
        ("g", {"groupId": "g1"}, None),
        ("alias", {"previousId": "a1"}, None),
        ("a", {"previousId": "a1"}, None),
    ],
)
def test_each_address_takes_its_one_message(ingest_key: str, address: str, body: dict[str, object], event: str | None):
    answer = post(address, {"userId": "ann", "writeKey": ingest_key, **body})

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert Profile.objects.get().identity == "ann"
    assert list(EventName.objects.values_list("name", flat=True)) == ([event] if event else [])


def test_traits_become_properties_under_our_names(ingest_key: str):
    traits = {
        "firstName": "Ann", "lastName": "Lee", "email": "ANN@b.co", "birthday": "1980-01-02", "plan": "x",
        "address": {"city": "Oslo", "state": "Viken", "country": "Norway", "street": "Any 1"},
    }  # fmt: skip

    post("identify", {"userId": 4711, "traits": traits, "context": {"timezone": "Europe/Oslo"}}, **basic(ingest_key))

    ann = Profile.objects.get(identity="4711")
    assert (ann.first_name, ann.email, str(ann.birth_date)) == ("Ann", "ann@b.co", "1980-01-02")
    assert (ann.city, ann.region, ann.country, ann.zone) == ("Oslo", "Viken", "Norway", "Europe/Oslo")
    assert ann.properties == {"lastName": "Lee", "plan": "x"}


def test_context_gives_session_properties_and_device(ingest_key: str):
    context = {
        "page": {"url": "https://shop.example.com/x", "referrer": "https://example.org"},
        "campaign": {"source": "news", "medium": "email", "name": "autumn"},
        "device": {"type": "ios", "token": "t1", "model": "X", "manufacturer": "M"}, "app": {"version": "9.8"},
    }  # fmt: skip
    post("track", track(context=context, properties={"utm_source": "own"}), **basic(ingest_key))
    post("identify", {"userId": "ann", "context": context}, **basic(ingest_key))

    assert Event.objects.get().properties == {
        "page_url": "https://shop.example.com/x", "referrer": "https://example.org", "utm_source": "own",
        "utm_medium": "email", "utm_campaign": "autumn",
    }  # fmt: skip
    assert Device.objects.values_list("token", "make", "app_version").get() == ("t1", "M", "9.8")


def test_wrong_clock_of_the_sender_is_corrected(ingest_key: str):
    wrong = datetime(2020, 5, 5, 12, tzinfo=UTC)
    body = {"batch": [track(timestamp=(wrong - timedelta(hours=3)).isoformat())], "sentAt": wrong.isoformat()}

    post("batch", body, **basic(ingest_key))

    late = datetime.now(UTC) - Event.objects.get().at
    assert timedelta(hours=3) <= late < timedelta(hours=3, minutes=1)


def test_time_without_sent_at_is_taken_as_it_is(ingest_key: str):
    post("track", track(timestamp="2026-01-02T03:04:05.678Z"), **basic(ingest_key))

    assert events_of("ann") == [("Viewed", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC))]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json"])
@pytest.mark.parametrize("zipped", [False, True])
def test_json_is_read_whatever_the_content_type(ingest_key: str, content_type: str, zipped: bool):
    body = json.dumps({"batch": [track()], "writeKey": ingest_key}).encode()

    answer = post("batch", gzip.compress(body) if zipped else body, content_type)

    assert (answer.status_code, counts()) == (200, (1, 1))


def test_bad_message_is_named_and_the_others_are_kept(ingest_key: str):
    body = {"batch": [track(), track(messageId="m2", event=5), track(messageId="m3", userId=None), {"type": "other"}]}

    answer = post("batch", body, **basic(ingest_key))

    assert answer.status_code == 200
    assert [(each["index"], each["code"]) for each in answer.json()["rejected"]] == [
        (1, "bad_shape"), (2, "no_identity"), (3, "neither"),
    ]  # fmt: skip
    assert counts() == (1, 1)


def test_number_beyond_all_ranges_costs_its_own_message(ingest_key: str):
    body = json.dumps({"batch": [track(), track(messageId="m2", properties={"n": 5})]}).replace('"n": 5', '"n": 1e999')

    answer = post("batch", body.encode(), **basic(ingest_key))

    assert [(each["index"], each["code"]) for each in answer.json()["rejected"]] == [(1, "number_out_of_range")]


def test_too_many_messages_are_refused(ingest_key: str):
    assert post("batch", {"batch": [{}] * 5001}, **basic(ingest_key)).status_code == 413


def test_a_wrong_field_beside_the_messages_is_named_in_words(ingest_key: str):
    answer = post("batch", {"batch": [track()], "context": 5}, **basic(ingest_key))

    assert (answer.status_code, answer.json()["error"]) == (400, "context must be an object, not a number.")


def test_bad_message_of_its_own_is_a_400(ingest_key: str):
    answer = post("track", {"userId": "ann"}, **basic(ingest_key))

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (400, False, "no_event_name")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic ???"}, basic("bf_wrong")])
def test_unknown_write_key_is_a_401_that_browsers_may_read(ingest_key: str, headers: dict[str, str]):
    answer = post("batch", {"batch": [track()]}, **headers)

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"], counts()) == (401, "*", (0, 0))


def test_browser_may_ask_first():
    answer = Client().options("/v1/t", headers={"Origin": "https://shop.example.com"})

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_browser_library_gets_settings_for_a_known_key_only(ingest_key: str):
    known, unknown = (Client().get(f"/v1/projects/{key}/settings") for key in (ingest_key, "bf_wrong"))

    assert known.json()["integrations"]["Segment.io"]["apiHost"] == "testserver/v1"
    assert unknown.status_code == 401


def test_a_session_adds_nothing_and_no_csrf_token_is_asked(ingest_key: str):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/v1/track", json.dumps(track(writeKey=ingest_key)), content_type="text/plain")

    assert answer.status_code == 200


def test_browser_library_is_told_to_measure_nothing(ingest_key: str):
    answer = Client().get(f"/v1/projects/{ingest_key}/settings")

    assert answer.json()["metrics"] == {"sampleRate": 0}  # else it tells its maker how it fares


@pytest.mark.parametrize("first", ["alias", "event"])
def test_alias_makes_one_person_whichever_comes_first(ingest_key: str, first: str):
    messages = {
        "alias": {"type": "alias", "userId": "ann", "previousId": "cookie", "messageId": "m2"},
        "event": track(userId=None, anonymousId="cookie"),
    }
    order = sorted(messages, key=lambda name: name != first)

    for name in order:
        assert post("batch", {"batch": [messages[name]]}, **basic(ingest_key)).json() == {"success": True}

    assert (counts(), [name for name, _ in events_of("ann")]) == ((1, 1), ["Viewed"])


def test_alias_the_wrong_way_round_changes_nobody(ingest_key: str):
    post("track", track(), **basic(ingest_key))

    answer = post("batch", {"batch": [{"type": "alias", "userId": "cookie", "previousId": "ann"}]}, **basic(ingest_key))

    assert [each["code"] for each in answer.json()["rejected"]] == ["two_known"]
    assert Profile.objects.get().identity == "ann"


def test_an_identity_takes_over_what_the_visitor_did(ingest_key: str):
    post("track", track(userId=None, anonymousId="cookie"), **basic(ingest_key))
    post("identify", {"userId": "ann", "anonymousId": "cookie", "traits": {"plan": "x"}}, **basic(ingest_key))
    post("track", track(userId=None, anonymousId="cookie", messageId="m2"), **basic(ingest_key))

    assert (counts(), [name for name, _ in events_of("ann")]) == ((1, 2), ["Viewed", "Viewed"])


def test_a_visitor_without_identity_keeps_what_he_says(ingest_key: str):
    post("identify", {"userId": None, "anonymousId": "cookie", "traits": {"plan": "x"}}, **basic(ingest_key))

    assert Profile.objects.values_list("identity", "properties").get() == (None, {"plan": "x"})


@pytest.mark.parametrize("credentials", ["{}:", "{}", "{}:ignored"])
def test_the_key_is_the_user_name_whatever_the_password(ingest_key: str, credentials: str):
    encoded = base64.b64encode(credentials.format(ingest_key).encode()).decode()

    answer = post("batch", {"batch": [track()]}, Authorization=f"Basic {encoded}")

    assert (answer.status_code, counts()) == (200, (1, 1))


@pytest.mark.parametrize("length", [60, 100, 101, 5000])
def test_a_message_id_may_be_of_any_length(ingest_key: str, length: int):
    ids = ["a" * length, "a" * length, "a" * (length - 1) + "b"]

    for id in ids:
        assert post("track", track(messageId=id), **basic(ingest_key)).status_code == 200

    assert counts() == (1, 2)
