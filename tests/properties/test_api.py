"""For any JSON anywhere in a request: an answer in words, never a fault of ours, and the good neighbours are kept."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import api_keys
from people.models import Profile

pytestmark = pytest.mark.django_db

STRANGE = ["\x00", "\ud800", "$D_1", "$add", "$incr", "__proto__", "null", "2026-01-01"]
WORDS = st.text(max_size=6) | st.sampled_from(STRANGE)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.integers() | st.integers(-(2**70), 2**70) | FLOATS | st.sampled_from([10**400, -1, 0])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "identity", "objectId", "FBID", "ts", "evtName", "evtData", "profileData", "userId", "anonymousId", "messageId",
    "event", "properties", "traits", "timestamp", "originalTimestamp", "sentAt", "context", "name", "groupId",
    "previousId",
]  # fmt: skip
KINDS = st.sampled_from(["event", "profile", "track", "identify", "page", "screen", "group", "alias"])
RECORDS = JSON | st.fixed_dictionaries({"type": KINDS}, optional=dict.fromkeys(FIELDS, JSON))
ENVELOPES = st.dictionaries(st.sampled_from(["sentAt", "context", "writeKey", "other"]), JSON, max_size=2)
DOORS = st.sampled_from(
    [
        ("/1/upload", "d", {"type": "event", "evtName": "Did"}, "identity"),
        ("/v1/batch", "batch", {"type": "track", "event": "Did"}, "userId"),
    ]
)


def sent(path: str, body: bytes) -> Any:
    key = api_keys.issue("Property", ["ingest"], None)[1]
    return Client().post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {key}"})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(door=DOORS, strange=st.lists(RECORDS, max_size=3), envelope=ENVELOPES)
def test_the_good_neighbours_of_anything_are_kept(
    door: tuple[str, str, dict[str, object], str], strange: list[object], envelope: dict[str, object]
):
    path, key, good, person = door
    records = [{**good, person: "good neighbour 1"}, *strange, {**good, person: "good neighbour 2"}]

    with transaction.atomic():
        answer = sent(path, json.dumps({**envelope, key: records}).encode())
        kept = Profile.objects.filter(identity__startswith="good neighbour").count()
        transaction.set_rollback(True)

    told = answer.json()
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or kept == 2
    assert answer.status_code == 200 or (envelope and told["status"] == "fail" and kept == 0)
    if answer.status_code == 200 and path == "/1/upload":
        assert told["processed"] + len(told["unprocessed"]) == len(records)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["/1/upload", "/v1/batch", "/v1/track", "/v1/i", "/v1/alias", "/in/segment",
                             "/in/mparticle", "/in/eventbridge"]),
       body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_bytes_are_answered_in_words(path: str, body: bytes):
    with transaction.atomic():
        answer = sent(path, body)
        transaction.set_rollback(True)

    assert answer.status_code in (200, 400, 401, 413)
    assert answer.status_code == 200 or answer.json()["success"] is False
