"""Promises of `POST /in/mparticle`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.models import Device, Event, Identifier, Profile, Subscription
from people.mparticle_events import ACTIONS, KINDS, PROMOTIONS, PUSHES, TRANSITIONS
from tests.people.facts import counts, events_of

pytestmark = pytest.mark.django_db
URL = "/in/mparticle"
MS = "1763650000123"
AT = datetime(2025, 11, 20, 14, 46, 40, 123000, tzinfo=UTC)


def batch(*events: object, **fields: object) -> dict[str, object]:
    """As it leaves mParticle: a list of identities, large numbers as texts."""
    return {
        "events": list(events),
        "user_identities": [
            {"identity_type": "customer_id", "identity": "ann", "timestamp_unixtime_ms": "1540483995196"},
            {"identity_type": "email", "identity": "Ann@b.co", "timestamp_unixtime_ms": "1540483995196"},
        ],
        "user_attributes": {"$firstname": "Ann", "$city": "Oslo", "plan": "gold", "tags": ["a", "b"]},
        "environment": "production",
        "mpid": "-7346244611012968789",
        "batch_id": "-109840007014118971",
        "timestamp_unixtime_ms": MS,
        "schema_version": 2,
        "source_info": {"channel": "native"},
        **fields,
    }


def event(kind: str = "custom_event", id: object = "1", **data: object) -> dict[str, object]:
    name = {"event_name": "Watched", "custom_event_type": "media"} if kind == "custom_event" else {}
    return {"event_type": kind, "data": {"event_id": id, "timestamp_unixtime_ms": MS, **name, **data}}


def post(key: str, body: object, address: str = URL) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(address, content, content_type="application/json", headers={"Authorization": f"Bearer {key}"})


def test_a_batch_says_who_its_person_is_and_what_he_did(ingest_key: str) -> None:
    answer = post(ingest_key, batch(event(custom_attributes={"title": "Cats", "length": "120"})))

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    ann = Profile.objects.get()
    assert (ann.identity, ann.email, ann.first_name, ann.city) == ("ann", "ann@b.co", "Ann", "Oslo")
    assert ann.properties == {"plan": "gold", "tags": ["a", "b"]}
    assert list(ann.identifiers.values_list("value", flat=True)) == ["mpid:-7346244611012968789"]
    assert events_of("ann") == [("Watched", AT)]
    assert Event.objects.get().properties == {"title": "Cats", "length": "120", "custom_event_type": "media"}


def test_a_batch_that_comes_again_changes_nothing(ingest_key: str) -> None:
    said = {"$firstname": "Ann", "$city": "Oslo", "plan": "gold"}
    body = batch(event(), event(id="2"), user_attributes=said)
    post(ingest_key, body)
    post(ingest_key, batch(user_attributes={"plan": "silver"}, batch_id="7"))

    turned = {**body, "user_attributes": dict(reversed(said.items()))}
    post(ingest_key, dict(reversed(turned.items())))

    assert counts() == (1, 2)
    assert Profile.objects.get().properties["plan"] == "silver"


def test_events_of_one_batch_may_come_one_by_one(ingest_key: str) -> None:
    for id in ("1", "2", "2"):
        post(ingest_key, batch(event(id=id)))

    assert counts() == (1, 2)


def test_same_event_id_in_another_batch_is_another_event(ingest_key: str) -> None:
    post(ingest_key, batch(event()))
    post(ingest_key, batch(event(), batch_id="8"))

    assert counts() == (1, 2)


@pytest.mark.parametrize(
    ("fields", "id"),
    [
        ({}, "mpid:-7346244611012968789"),
        ({"mpid": 12}, "mpid:12"),
        ({"mpid": "0", "mp_deviceid": "d1"}, "mp_deviceid:d1"),
        ({"mpid": None, "device_info": {"ios_idfv": "v1", "ios_advertising_id": "x"}}, "ios_idfv:v1"),
        (
            {"mpid": None, "device_info": {"ios_idfv": "00000000-0000-0000-0000-000000000000",
                                           "android_uuid": "u1"}},
            "android_uuid:u1",
        ),
    ],
)  # fmt: skip
def test_who_is_not_known_goes_by_the_id_that_lasts_longest(
    ingest_key: str, fields: dict[str, object], id: str
) -> None:
    post(ingest_key, batch(event(), user_identities=[], **fields))

    person = Profile.objects.get()
    assert (person.identity, person.identifiers.get().value) == (None, id)


def test_who_signs_in_later_keeps_what_he_did_before(ingest_key: str) -> None:
    post(ingest_key, batch(event(), user_identities=[], batch_id="1"))
    post(ingest_key, batch(event(), batch_id="2"))

    assert counts() == (1, 2)
    assert len(events_of("ann")) == 2


def test_a_batch_of_nobody_is_refused_part_by_part(ingest_key: str) -> None:
    answer = post(ingest_key, batch(event(), user_identities=[], mpid=None))

    assert [(each["index"], each["code"]) for each in answer.json()["rejected"]] == [
        (0, "no_identity"), (1, "no_identity"),
    ]  # fmt: skip
    assert counts() == (0, 0)


def test_the_address_says_which_identity_is_ours(ingest_key: str) -> None:
    identities = [
        {"identity_type": "customer_id", "identity": "c1", "timestamp_unixtime_ms": 1},
        {"identity_type": "other_id_2", "identity": "old", "timestamp_unixtime_ms": 1},
        {"identity_type": "other_id_2", "identity": "ann", "timestamp_unixtime_ms": "2"},
        {"identity_type": "other", "identity": "a1", "timestamp_unixtime_ms": 1},
    ]

    post(ingest_key, batch(user_identities=identities), f"{URL}?identity=other_id_2&anonymous=other")

    person = Profile.objects.get()
    assert (person.identity, person.identifiers.get().value) == ("ann", "a1")
    assert person.properties["customer_id"] == "c1"


def test_digits_stay_texts_unless_the_address_asks_for_numbers(ingest_key: str) -> None:
    told = event(custom_attributes={"length": "120", "share": "0.5", "zip": "007", "code": "1e3", "yes": True})

    post(ingest_key, batch(told), f"{URL}?numbers=1")

    assert Event.objects.get().properties == {
        "length": 120, "share": 0.5, "zip": "007", "code": "1e3", "yes": True, "custom_event_type": "media",
    }  # fmt: skip


def test_deleted_attributes_are_gone(ingest_key: str) -> None:
    post(ingest_key, batch())

    post(ingest_key, batch(user_attributes={}, deleted_user_attributes=["plan", "$city"], batch_id="2"))

    ann = Profile.objects.get()
    assert (ann.city, ann.properties) == (None, {"tags": ["a", "b"]})


def test_a_value_that_cannot_be_kept_is_refused_alone(ingest_key: str) -> None:
    answer = post(ingest_key, batch(event(), user_attributes={"$mobile": "123-456-7890", "plan": "x"}))

    assert answer.json()["rejected"] == [
        {"index": 0, "code": "bad_phone",
         "reason": "The phone number must begin with + and the country code. The rest was taken in."},
    ]  # fmt: skip
    assert (Profile.objects.get().properties, counts()) == ({"plan": "x"}, (1, 1))


def test_a_purchase_is_charged_with_its_items(ingest_key: str) -> None:
    action = {
        "action": "purchase", "total_amount": "59.90", "tax_amount": 3, "transaction_id": "t-1",
        "products": [
            {"id": "p1", "name": "Coat", "category": "coat", "price": "29.95", "quantity": "2",
             "custom_attributes": {"color": "red"}},
            {"id": "p2", "name": "Hat", "category": None},
        ],
    }  # fmt: skip

    post(ingest_key, batch(event("commerce_event", product_action=action, currency_code="EUR")))

    assert [name for name, _ in events_of("ann")] == ["Charged"]
    assert Event.objects.get().properties == {
        "Amount": 59.9, "Tax": 3, "Charged ID": "t-1", "Currency": "EUR",
        "product_ids": ["p1", "p2"], "product_names": ["Coat", "Hat"], "categories": ["coat"],
        "Items": [
            {"id": "p1", "name": "Coat", "category": "coat", "price": 29.95, "quantity": 2, "color": "red"},
            {"id": "p2", "name": "Hat"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "name", "properties"),
    [
        (event("screen_view", screen_name="Home"), "Screen Viewed", {"name": "Home"}),
        (event("session_start"), "Session Started", {}),
        (event("session_end", session_duration_ms="6500"), "Session Ended", {"seconds": 6.5}),
        (event("application_state_transition", is_first_run=True), "App Installed", {}),
        (event("application_state_transition", is_upgrade=True), "App Version Changed", {}),
        (
            event("application_state_transition", application_transition_type="application_foreground",
                  launch_referral="https://s.example/?utm_source=news&x=1"),
            "App Opened",
            {"page_url": "https://s.example/?utm_source=news&x=1", "utm_source": "news"},
        ),
        (event("first_run"), "App Installed", {}),
        (event("uninstall"), "App Uninstalled", {}),
        (event("push_message", push_message_type="action", message="Hi"), "Push Opened", {"message": "Hi"}),
        (event("opt_out", is_opted_out=True), "Tracking Stopped", {}),
        (event("push_registration", register=False, registration_token="t"), "Push Token Withdrawn", {}),
        (event("crash_report", class_name="E", stack_trace="…"), "App Crashed", {"class_name": "E"}),
        (
            event("commerce_event", product_action={"action": "view_detail", "products": [{"name": "Hat"}]}),
            "Product Viewed",
            {"product_names": ["Hat"], "Items": [{"name": "Hat"}]},
        ),
        (
            event("commerce_event", promotion_action={"action": "click", "promotions": [{"id": "x"}]}),
            "Promotion Clicked",
            {"Promotions": [{"id": "x"}]},
        ),
        (
            event("commerce_event",
                  product_impressions=[{"product_impression_list": "Home", "products": [{"id": "p1"}]}]),
            "Products Shown",
            {"Lists": ["Home"], "product_ids": ["p1"], "Items": [{"id": "p1"}]},
        ),
    ],
)  # fmt: skip
def test_each_kind_of_event_has_a_name_that_marketers_know(
    ingest_key: str, told: object, name: str, properties: object
) -> None:
    answer = post(ingest_key, batch(told))

    assert answer.json() == {"success": True}
    assert events_of("ann") == [(name, AT)]
    assert Event.objects.get().properties == properties


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (event("breadcrumb", label="x"), "not_kept"),
        (event("network_performance"), "not_kept"),
        (event("commerce_event", product_action={"action": "steal"}), "not_kept"),
        (event(event_name=""), "no_event_name"),
        (event(event_name=5), "bad_shape"),
        (event(timestamp_unixtime_ms="noon"), "bad_time"),
        (event(timestamp_unixtime_ms="9" * 30), "bad_time"),
        (event(timestamp_unixtime_ms="1"), "time_out_of_range"),
        (event(custom_attributes={"note": "\ud800"}), "bad_text"),
        ("text", "bad_shape"),
    ],
)
def test_a_bad_event_is_named_and_the_rest_is_kept(ingest_key: str, told: object, code: str) -> None:
    answer = post(ingest_key, batch(event(id="good"), told))

    assert answer.status_code == 200
    assert [(each["index"], each["code"]) for each in answer.json()["rejected"]] == [(2, code)]
    assert counts() == (1, 1)


def test_consent_subscribes_and_unsubscribes_channels(ingest_key: str) -> None:
    answered = {"consented": True, "timestamp_unixtime_ms": 1}
    state = {
        "gdpr": {"Email": {**answered, "consented": False}, "sms": answered, "parental": answered},
        "ccpa": {"data_sale_opt_out": answered},
    }

    post(ingest_key, batch(user_attributes={}, consent_state=state))

    assert dict(Subscription.objects.values_list("channel", "state")) == {"email": "unsubscribed", "sms": "subscribed"}
    assert Profile.objects.get().properties == {"gdpr parental": True, "ccpa data_sale_opt_out": True}


def test_push_tokens_become_devices(ingest_key: str) -> None:
    info = {"platform": "iOS", "push_token": "<e481f135 9629f0c3>", "device_model": "iPhone6,1", "os_version": "7.1.1",
            "device_manufacturer": "Apple", "locale_language": "pt", "locale_country": "BR"}  # fmt: skip
    told = event("push_registration", register=True, registration_token="newer")

    answer = post(ingest_key, batch(told, device_info=info, application_info={"application_version": "1.0.1"}))

    assert answer.json() == {"success": True}
    assert sorted(Device.objects.values_list("token", "platform", "model", "app_version")) == [
        ("e481f1359629f0c3", "ios", "iPhone6,1", "1.0.1"), ("newer", "ios", "iPhone6,1", ""),
    ]  # fmt: skip
    assert Profile.objects.get().language == "pt-BR"


def test_an_attribute_that_changes_on_the_way_is_followed(ingest_key: str) -> None:
    change = event("user_attribute_change", user_attribute_name="plan", old="gold", new="black", deleted=False)
    loss = event("user_attribute_change", "2", user_attribute_name="tags", old="a", new="b", deleted=True)

    post(ingest_key, batch(change, loss))

    assert Profile.objects.get().properties == {"plan": "black"}


def test_tests_of_developers_are_told_apart(ingest_key: str) -> None:
    post(ingest_key, batch(event(), environment="development"))

    assert Event.objects.get().properties["environment"] == "development"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"[]", 400, "The request must be a JSON object."),
        (batch(user_identities={"customer_id": "ann"}), 400, "This is what goes into mParticle;"),
        ({"request_type": "alias", "data": {}}, 400, "Requests to alias people are not taken:"),
        (batch(user_attributes=[]), 400, "user_attributes must be an object, not a list."),
        (batch(events={}), 400, "“events” must be a list."),
        (batch(*[{}] * 5001), 413, "A batch holds at most 5,000 events."),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(ingest_key: str, body: object, status: int, words: str) -> None:
    answer = post(ingest_key, body)

    assert (answer.status_code, counts()) == (status, (0, 0))
    assert answer.json()["error"].startswith(words)


def test_without_a_key_nothing_is_stored() -> None:
    assert (post("bf_wrong", batch(event())).status_code, counts()) == (401, (0, 0))


values = st.none() | st.text(max_size=5) | st.integers() | st.lists(st.text(max_size=3), max_size=2)
kinds = st.sampled_from(["custom_event", "commerce_event", "screen_view", "session_end", "push_registration", "other"])
told = st.builds(
    lambda kind, id, attributes: event(kind, id, custom_attributes=attributes),
    kinds,
    st.integers(1, 3),
    st.dictionaries(st.text(max_size=3), values, max_size=2),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(told, max_size=4),
    attributes=st.dictionaries(st.text(max_size=4), values, max_size=3),
    id=st.uuids(),
)
def test_twice_is_the_same_as_once(
    ingest_key: str, events: list[object], attributes: dict[str, object], id: object
) -> None:
    body = batch(*events, user_attributes=attributes, batch_id=str(id))
    first = post(ingest_key, body)
    before = state()
    second = post(ingest_key, body)

    assert (first.status_code, second.status_code) == (200, 200)
    assert (second.content, state()) == (first.content, before)


def state() -> list[object]:
    people = Profile.objects.order_by("pk").values_list("identity", "properties", "updated_at")
    return [*people, Event.objects.count(), Identifier.objects.count(), Device.objects.count()]


def test_every_name_that_events_get_stands_in_the_documentation() -> None:
    said = (Path(configured.BASE_DIR) / "docs" / "ways-in.md").read_text()
    tables = (ACTIONS, PROMOTIONS, TRANSITIONS, PUSHES)
    names = {name for table in tables for name in table.values()}

    assert sorted(name for name in names if f"`{name}`" not in said) == []
    assert sorted(kind for kind in (*KINDS, *ACTIONS) if kind not in said) == []


def test_parts_of_one_batch_may_say_different_things_of_the_person(ingest_key: str) -> None:
    post(ingest_key, batch(user_attributes={"plan": "gold"}))
    post(ingest_key, batch(user_attributes={"plan": "black"}))

    assert Profile.objects.get().properties == {"plan": "black"}
