"""Promises of `POST /1/upload`."""

import gzip
import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey
from people.models import Event, Profile, Subscription
from tests.people.facts import counts

pytestmark = pytest.mark.django_db
URL = "/1/upload"
NOW_SECONDS = 1_767_225_600  # 2026-01-01T00:00:00Z


def event(**fields: object) -> dict[str, object]:
    return {"identity": "ann", "type": "event", "evtName": "Viewed", "ts": NOW_SECONDS, **fields}


def profile(**data: object) -> dict[str, object]:
    return {"identity": "ann", "type": "profile", "ts": NOW_SECONDS, "profileData": data}


def post(key: str, body: object, **headers: str):
    given = headers or {"X-CleverTap-Account-Id": "any", "X-CleverTap-Passcode": key}
    content = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(URL, content, content_type="application/json", headers=given)


def test_profiles_and_events_mixed_are_taken(ingest_key: str):
    answer = post(
        ingest_key,
        {
            "d": [
                event(evtData={"price": 3, "day": f"$D_{NOW_SECONDS}"}),
                profile(Name="Ann", Email="a@b.co", plan="x", DOB="$D_0"),
            ]
        },
    )

    assert (answer.status_code, answer.json()) == (200, {"status": "success", "processed": 2, "unprocessed": []})
    assert Event.objects.get().properties == {"price": 3, "day": "2026-01-01"}
    ann = Profile.objects.get()
    assert (ann.identity, ann.name, ann.email, str(ann.birth_date)) == ("ann", "Ann", "a@b.co", "1970-01-01")
    assert ann.properties == {"plan": "x"}


def test_bearer_key_works_as_well(ingest_key: str):
    answer = post(ingest_key, {"d": [event()]}, Authorization=f"Bearer {ingest_key}")

    assert answer.json()["status"] == "success"


def test_partial_answer_names_code_and_record_and_keeps_the_rest(ingest_key: str):
    bad = event(evtName="")

    answer = post(ingest_key, {"d": [event(), bad, profile(Gender="robot")]})

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "partial",
        "processed": 1,
        "unprocessed": [
            {"status": "fail", "code": 509, "error": "The event has no name.", "record": bad},
            {
                "status": "fail",
                "code": 514,
                "error": "The gender must be M, F or O.",
                "record": profile(Gender="robot"),
            },
        ],
    }


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (event(evtName=None), 509),
        (event(evtData=[1]), 512),
        (event(evtName="Control Group"), 513),
        (profile(Email="nobody"), 515),
        (profile(Phone="12"), 516),
        (event(evtData={"x" * 121: 1}), 522),
        (event(identity=None), 523),
        (event(objectId="device"), 523),
        (event(identity="null"), 523),
        (event(type="page"), 524),
        (event(ts="yesterday"), 525),
        (event(ts=1e30), 525),
        (event(ts=1), 525),
        (event(evtData={"day": "$D_soon"}), 525),
        (event(evtData={"note": "\x00"}), 555),
        (event(evtData={"note": "\ud800"}), 555),
        (event(evtData={"big": 10**30}), 555),
        (event(identity=["ann"]), 523),
        ("text", 512),
    ],
)
def test_each_kind_of_bad_record_has_its_code(ingest_key: str, record: object, code: int):
    answer = post(ingest_key, {"d": [record, event(identity="bob")]})

    assert [each["code"] for each in answer.json()["unprocessed"]] == [code]
    assert (answer.json()["status"], counts()) == ("partial", (1, 1))


def test_a_field_of_the_wrong_type_is_named_in_words(ingest_key: str):
    answer = post(ingest_key, {"d": [event(ts="yesterday"), event(evtData=[1]), 5]})

    assert [each["error"] for each in answer.json()["unprocessed"]] == [
        "ts must be a number, not a text.",
        "evtData must be an object, not a list.",
        "The record must be an object, not a number.",
    ]


def test_bytes_that_are_no_utf8_cost_their_own_record(ingest_key: str):
    body = json.dumps({"d": [event(evtData={"note": "here"}), event()]}).encode().replace(b"here", b"\xff\xfe")

    answer = post(ingest_key, body)

    assert [each["code"] for each in answer.json()["unprocessed"]] == [555]
    assert counts() == (1, 1)


def test_only_bad_records_fail(ingest_key: str):
    answer = post(ingest_key, {"d": [event(evtName="")]})

    assert (answer.status_code, answer.json()["status"], answer.json()["processed"]) == (200, "fail", 0)


def test_object_id_names_an_anonymous_person(ingest_key: str):
    post(ingest_key, {"d": [event(identity=None, objectId="device-1")]})

    assert Profile.objects.get().identifiers.get().value == "device-1"


def test_consent_keys_become_subscriptions(ingest_key: str):
    post(ingest_key, {"d": [profile(**{"MSG-email": False, "MSG-sms": True})]})

    assert dict(Subscription.objects.values_list("channel", "state")) == {"email": "unsubscribed", "sms": "subscribed"}
    assert Profile.objects.get().properties == {}


def test_repeated_request_with_an_idempotency_key_changes_nothing(ingest_key: str):
    headers = {"X-CleverTap-Passcode": ingest_key, "Idempotency-Key": "upload-7"}

    answers = [post(ingest_key, {"d": [event(), event()]}, **headers).json() for _ in range(2)]

    assert answers == [{"status": "success", "processed": 2, "unprocessed": []}] * 2
    assert counts() == (1, 2)


def test_equal_events_in_two_requests_are_two_events(ingest_key: str):
    for _ in range(2):
        post(ingest_key, {"d": [event()]})

    assert counts() == (1, 2)


@pytest.mark.parametrize(
    "headers", [{"X-CleverTap-Passcode": "bf_wrong"}, {"Authorization": "Bearer "}, {"X-Other": "1"}]
)
def test_unknown_key_is_refused(ingest_key: str, headers: dict[str, str]):
    answer = post(ingest_key, {"d": [event()]}, **headers)

    assert (answer.status_code, answer.json()["status"], counts()) == (401, "fail", (0, 0))


def test_key_of_another_scope_or_revoked_is_refused(ingest_key: str):
    other = api_keys.issue("Other", [], None)[1]
    ApiKey.objects.exclude(name="Other").update(revoked_at=timezone.now())
    api_keys.known.clear()

    assert [post(key, {"d": [event()]}).status_code for key in (other, ingest_key)] == [401, 401]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"d": 5}', b'{"x": []}', b'{"d": [NaN]}', b"[" * 100_000, b"\x1f\x8bjunk"]
)
def test_malformed_request_is_a_400_in_json(ingest_key: str, body: bytes):
    answer = post(ingest_key, body)

    assert (answer.status_code, answer.json()["status"]) == (400, "fail")


def test_more_than_a_thousand_records_are_refused(ingest_key: str):
    answer = post(ingest_key, {"d": [event()] * 1001})

    assert (answer.status_code, counts()) == (413, (0, 0))


def test_large_body_is_a_413_in_json(ingest_key: str, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert post(ingest_key, {"d": [event()] * 100}).status_code == 413


def test_gzip_is_read_and_a_bomb_refused(ingest_key: str, settings):
    zipped = gzip.compress(json.dumps({"d": [event()]}).encode())
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    bomb = gzip.compress(b"0" * 50_000_000)

    assert len(bomb) < 100_000
    assert [post(ingest_key, body).status_code for body in (zipped, bomb, zipped[:-9])] == [200, 413, 400]
    assert counts() == (1, 1)


def test_only_post_is_answered():
    answer = Client().get(URL)

    assert (answer.status_code, answer.headers["Allow"], answer.json()["status"]) == (405, "POST", "fail")
