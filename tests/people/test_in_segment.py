"""Promises of `POST /in/segment`, what Segment's webhooks call."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import api_keys
from accounts.models import ApiKey, User
from people import signing
from people.models import Event, Profile
from tests.people.facts import counts, events_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(ingest_key: str) -> ApiKey:
    found = api_keys.authenticate(ingest_key, "ingest")
    assert found is not None
    return found


def track(**fields: object) -> dict[str, object]:
    """As Segment passes it on, with a time that it has corrected."""
    return {
        "type": "track",
        "event": "Viewed",
        "userId": "ann",
        "messageId": "m1",
        "properties": {"prix": 12.5, "naïve": "é/\u2028"},
        "timestamp": "2026-11-20T10:00:00.000Z",
        "originalTimestamp": "2031-01-01T00:00:00.000Z",
        "sentAt": "2031-01-01T00:00:05.000Z",
        "receivedAt": "2026-11-20T10:00:05.000Z",
        "projectId": "p",
        "version": 2,
        **fields,
    }


def written(body: object) -> bytes:
    """As JavaScript writes it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def signature(text: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha1).hexdigest()


def post(address: str, body: bytes, **headers: str) -> Any:
    return Client().post(address, body, content_type="application/json", headers=headers)


def signed(key: ApiKey, body: bytes, by: bytes | None = None, secret: str | None = None) -> Any:
    made = signature(body if by is None else by, secret or signing.secret(key))
    return post(f"/in/segment/{key.pk}", body, **{"X-Signature": made})


def keyed(secret: str, body: object, **headers: str) -> Any:
    return post("/in/segment", written(body), Authorization=f"Bearer {secret}", **headers)


def test_an_event_that_is_signed_is_taken(key: ApiKey) -> None:
    answer = signed(key, written(track()))

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert events_of("ann") == [("Viewed", datetime(2026, 11, 20, 10, tzinfo=UTC))]


def test_a_list_is_signed_by_its_first_event(key: ApiKey) -> None:
    events = [track(), track(messageId="m2"), {"type": "identify", "userId": "ann", "traits": {"plan": "x"}}]

    answer = signed(key, written(events), by=written(events[0]))

    assert (answer.status_code, counts()) == (200, (1, 2))
    assert Profile.objects.get().properties == {"plan": "x"}


@pytest.mark.parametrize("gap", [b" ", b"\n  "])
def test_spaces_that_somebody_put_in_on_the_way_do_not_break_the_signature(key: ApiKey, gap: bytes) -> None:
    spaced = json.dumps([track(), track(messageId="m2")], indent=2).encode()

    answer = signed(key, gap + spaced + gap, by=written(track()))

    assert (answer.status_code, counts()) == (200, (1, 2))


@pytest.mark.parametrize(
    "given",
    [
        lambda body, secret: {},
        lambda body, secret: {"X-Signature": ""},
        lambda body, secret: {"X-Signature": "0" * 40},
        lambda body, secret: {"X-Signature": "é"},
        lambda body, secret: {"X-Signature": signature(body, "another secret")},
        lambda body, secret: {"X-Signature": signature(body + b" ", secret)},
        lambda body, secret: {"X-Signature": signature(written(track(messageId="m2")), secret)},
    ],
)
def test_a_wrong_signature_stores_nothing(key: ApiKey, given: Any) -> None:
    body = written([track()])

    answer = post(f"/in/segment/{key.pk}", body, **given(body, signing.secret(key)))

    assert (answer.status_code, counts()) == (401, (0, 0))


def test_only_a_right_signature_stamps_the_use_of_the_key(key: ApiKey) -> None:
    ApiKey.objects.update(last_used_at=None)

    def used(secret: str) -> bool:
        signed(key, written(track()), secret=secret)
        return ApiKey.objects.get(pk=key.pk).last_used_at is not None

    assert [used("another secret"), used(signing.secret(key))] == [False, True]


def test_a_signature_ends_with_its_key(key: ApiKey) -> None:
    api_keys.revoke(key, User.objects.create_user("op"))

    assert signed(key, written(track())).status_code == 401


def test_the_secret_of_one_key_does_not_sign_for_another(key: ApiKey) -> None:
    other, _ = api_keys.issue("Other", ["ingest"], None)

    assert signed(other, written(track()), secret=signing.secret(key)).status_code == 401


def test_a_key_without_the_right_to_send_signs_nothing(key: ApiKey) -> None:
    other, _ = api_keys.issue("Other", [], None)

    assert signed(other, written(track())).status_code == 401


@pytest.mark.parametrize("number", [0, 2_000_000_000, 10**18, 10**30])
def test_the_number_of_no_key_opens_nothing(key: ApiKey, number: int) -> None:
    body = written(track())

    answer = post(f"/in/segment/{number}", body, **{"X-Signature": signature(body, signing.secret(key))})

    assert (answer.status_code, counts()) == (401, (0, 0))


def test_no_list_at_all_and_an_empty_one_are_signed_by_nothing(key: ApiKey) -> None:
    for body in (b"", b"[]", b"[", b"[{}"):
        assert signed(key, body, by=b"").status_code in (200, 400)
        assert signed(key, body, by=b"{}").status_code == 401


def test_a_secret_given_away_before_a_rotation_still_signs(key: ApiKey, settings: Settings) -> None:
    settings.SECRETS_KEYS = ["old"]
    before = signing.secret(key)
    settings.SECRETS_KEYS = ["new", "old"]

    assert signing.secret(key) != before
    assert signed(key, written(track()), secret=before).status_code == 200


def test_the_key_itself_opens_without_a_signature(ingest_key: str) -> None:
    assert keyed(ingest_key, [track()]).status_code == 200
    assert keyed("bf_wrong", [track(messageId="m2")]).status_code == 401
    assert counts() == (1, 1)


def test_a_wrong_signature_closes_what_the_key_would_open(ingest_key: str, key: ApiKey) -> None:
    right = signature(written(track()), signing.secret(key))

    assert keyed(ingest_key, [track()], **{"X-Signature": "0" * 40}).status_code == 401
    assert keyed(ingest_key, [track()], **{"X-Signature": right}).status_code == 200


def test_a_retry_changes_nothing_whatever_the_order_of_its_keys(ingest_key: str) -> None:
    keyed(ingest_key, [track()])
    keyed(ingest_key, [dict(reversed(track().items()))])
    keyed(ingest_key, track())

    assert counts() == (1, 1)


def test_who_moves_from_the_webhook_to_the_libraries_counts_nothing_twice(ingest_key: str) -> None:
    keyed(ingest_key, [track()])
    answer = post("/v1/batch", written({"batch": [track()]}), Authorization=f"Bearer {ingest_key}")

    assert (answer.status_code, counts()) == (200, (1, 1))


def test_late_delivery_does_not_move_the_time(ingest_key: str) -> None:
    """Segment tries again for hours: the time that it has corrected counts, whatever the sender's clock said."""
    keyed(ingest_key, track())

    assert [at for _, at in events_of("ann")] == [datetime(2026, 11, 20, 10, tzinfo=UTC)]


def test_without_a_corrected_time_the_senders_clock_is_corrected_by_the_arrival(ingest_key: str) -> None:
    keyed(ingest_key, track(timestamp=None, receivedAt=None))

    late = datetime.now(UTC) - Event.objects.get().at
    assert timedelta(seconds=5) <= late < timedelta(minutes=1)


def test_an_erasure_is_refused_with_the_reason_and_the_rest_is_kept(ingest_key: str) -> None:
    answer = keyed(ingest_key, [{"type": "delete", "userId": "ann"}, track()])

    assert answer.json() == {
        "success": True,
        "rejected": [
            {
                "index": 0,
                "code": "erase_not_built",
                "reason": "Belfry does not erase people yet: this deletion was not carried out.",
            }
        ],
    }
    assert counts() == (1, 1)


def test_an_event_of_its_own_that_is_refused_is_a_400(ingest_key: str) -> None:
    answer = keyed(ingest_key, {"type": "delete", "userId": "ann"})

    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (
        400,
        "erase_not_built",
        "Belfry does not erase people yet: this deletion was not carried out.",
    )


def test_bad_events_are_named_and_the_others_are_kept(ingest_key: str) -> None:
    events = [track(), track(messageId="m2", event=5), "text", track(messageId="m3", userId=None), {"type": "other"}]

    answer = keyed(ingest_key, events)

    assert [(each["index"], each["code"]) for each in answer.json()["rejected"]] == [
        (1, "bad_shape"), (2, "bad_shape"), (3, "no_identity"), (4, "neither"),
    ]  # fmt: skip
    assert counts() == (1, 1)


def test_more_than_segment_sends_at_once_is_refused(ingest_key: str) -> None:
    assert keyed(ingest_key, [{}] * 4001).status_code == 413


@pytest.mark.parametrize("body", [b"{", b"", b"[1,]", b'"text"', b"[" * 100_000])
def test_what_is_no_json_is_a_400(ingest_key: str, body: bytes) -> None:
    assert post("/in/segment", body, Authorization=f"Bearer {ingest_key}").status_code == 400


events = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "delete", "other"]), "messageId": st.sampled_from("abc")},
    optional={
        "event": st.text(max_size=3) | st.none(),
        "userId": st.sampled_from(["ann", "bob", 7, None]),
        "anonymousId": st.sampled_from(["x", "y"]),
        "traits": st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2),
    },
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(events, min_size=1, max_size=4))
def test_twice_is_the_same_as_once(key: ApiKey, told: list[dict[str, object]]) -> None:
    body, by = written(told), written(told[0])
    first = signed(key, body, by=by)
    before = state()
    second = signed(key, body, by=by)

    assert (first.status_code, second.status_code) == (200, 200)
    assert (second.content, state()) == (first.content, before)


def state() -> list[object]:
    return [*Profile.objects.order_by("pk").values_list("identity", "properties", "updated_at"), counts()]
