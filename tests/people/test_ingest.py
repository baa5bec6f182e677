"""Promises of ingest: what is kept, what is refused and why, and that twice is the same as once."""

from datetime import timedelta

import pytest

from accounts.models import AccountSettings
from people.models import (
    Arrival,
    Device,
    Event,
    EventName,
    Identifier,
    Profile,
    ProfileEvent,
    PropertyName,
    Subscription,
)
from people.records import Device as DeviceFact
from people.records import Identify, Track
from people.registry import ARRIVAL_CONSUMERS, ArrivalConsumer
from tests.people.facts import (
    NOW,
    ago,
    counts,
    did,
    events_of,
    person,
    properties_of,
    reasons,
    summary_of,
    take_in,
)

pytestmark = pytest.mark.django_db


def test_unknown_identity_makes_a_person_with_the_event():
    outcome = take_in(did("ann", "Charged", at=ago(days=3), Amount=12.5))

    assert (outcome.accepted, outcome.rejected) == (1, [])
    assert events_of("ann") == [("Charged", ago(days=3))]
    assert Event.objects.get().properties == {"Amount": 12.5}
    assert 0 <= Profile.objects.get(identity="ann").bucket <= 999


def test_summary_counts_with_first_and_last_across_batches():
    take_in(did("ann", at=ago(days=3)), did("ann", at=ago(days=9)))

    take_in(did("ann", at=ago(days=1)))

    assert summary_of("ann") == {"Viewed": (3, ago(days=9), ago(days=1))}


def test_message_id_is_taken_once_within_and_across_batches():
    record = did("ann", id="m1")

    outcomes = [take_in(record, record), take_in(record)]

    assert [outcome.accepted for outcome in outcomes] == [2, 1]
    assert summary_of("ann") == {"Viewed": (1, NOW, NOW)}


def test_message_ids_of_broken_texts_are_told_apart():
    take_in(*(did("ann", id=id) for id in ("\ud800", "\ud801", "?", "\ud800")))

    assert counts() == (1, 3)


def test_only_the_repeated_ones_of_a_batch_are_left_out():
    take_in(did("ann", "Charged", id="m2"), did("ann", "Charged", id="m4"))

    take_in(*(did("ann", id=f"m{number}") for number in (5, 4, 1, 2, 3, 5)))

    assert sorted(event for event, _ in events_of("ann")) == ["Charged", "Charged", "Viewed", "Viewed", "Viewed"]


@pytest.mark.parametrize("identity", ['a"b', "a\\b", '\\"', "{a,b}", "NULLS", "a, b", "ä ‘é’ 🔔", "'; --"])
def test_identity_of_any_characters_is_found_again(identity):
    take_in(did(identity), did("ann"))

    take_in(did("ann"), did(identity))

    assert (counts(), summary_of(identity)) == ((2, 4), {"Viewed": (2, NOW, NOW)})


def test_same_message_id_of_another_source_is_another_message():
    take_in(did("ann", id="m1"), source="one")

    take_in(did("ann", id="m1"), source="two")

    assert len(events_of("ann")) == 2


def test_equal_events_without_message_id_are_all_kept():
    take_in(did("ann", Amount=1), did("ann", Amount=1))

    assert len(events_of("ann")) == 2


def test_refused_message_may_come_again_when_it_is_mended():
    take_in(did("ann", at=ago(days=20_000), id="m1"))

    take_in(did("ann", id="m1"))

    assert events_of("ann") == [("Viewed", NOW)]


def did_with(properties: dict[str, object]) -> Track:
    return Track(user_id="ann", event="Viewed", at=NOW, properties=properties)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (did(None), "no_identity"),
        (did("  "), "no_identity"),
        (did("undefined"), "no_identity"),
        (did("NULL"), "no_identity"),
        (did("a" * 1025), "identity_too_long"),
        (did("a\x00b"), "bad_text"),
        (did("a\ud800b"), "bad_text"),
        (did("ann", " "), "no_event_name"),
        (did("ann", "x" * 121), "bad_event_name"),
        (did("ann", at=ago(days=14_000)), "time_out_of_range"),
        (did("ann", at=NOW + timedelta(days=1, seconds=1)), "time_out_of_range"),
        (did("ann", note="a\x00b"), "bad_text"),
        (did("ann", note="a\ud800b"), "bad_text"),
        (did_with({"a\x00": 1}), "bad_text"),
        (did_with({"a" * 121: 1}), "bad_property_name"),
        (did("ann", big=2**64), "number_out_of_range"),
        (did("ann", big=float("inf")), "number_out_of_range"),
        (did("ann", deep=[[[[[[[[[1]]]]]]]]]), "nested_too_deeply"),
        (did("ann", long="x" * 70_000), "too_large"),
        (person("ann", email="nobody"), "bad_email"),
        (person("ann", phone="12345"), "bad_phone"),
        (person("ann", gender="X"), "bad_gender"),
        (person("ann", birth_date="2001-02-30"), "bad_date"),
        (person("ann", latitude=91), "bad_location"),
        (person("ann", name=["a"]), "bad_value"),
        (person("ann", points={"$incr": "much"}), "bad_value"),
    ],
)
def test_bad_record_is_refused_with_a_reason_and_the_others_are_kept(record, code):
    outcome = take_in(did("bob"), record, did("cid"))

    assert reasons(outcome) == [(1, code)]
    assert outcome.accepted == 2
    assert set(Profile.objects.values_list("identity", flat=True)) == {"bob", "cid"}


def test_text_that_only_looks_like_an_escaped_nul_is_kept():
    outcome = take_in(did("ann", note="\\u0000"))

    assert outcome.rejected == []
    assert Event.objects.get().properties == {"note": "\\u0000"}


@pytest.mark.parametrize(
    "text", ["tab\there", "line\nbreak", "back\\slash", "\\N", 'quote"', "ünï 漢字 😀", "\\.", "{}"]
)
def test_every_text_comes_back_as_it_was_sent(text):
    take_in(did("ann", text, note=text) if text.isprintable() else did("ann", note=text), person("ann", note=text))

    assert Event.objects.get().properties == {"note": text}
    assert properties_of("ann") == {"note": text}


def test_events_of_1990_and_of_tomorrow_are_kept():
    first, last = ago(days=13_000), NOW + timedelta(hours=23)

    take_in(did("ann", at=first), did("ann", at=last))

    assert events_of("ann") == [("Viewed", first), ("Viewed", last)]


def test_later_facts_win_property_by_property():
    take_in(person("ann", first_name="Ann", city="Oslo", plan="free"), person("ann", first_name="Anna", points=3))

    take_in(person("ann", city="Rome"))

    ann = Profile.objects.get(identity="ann")
    assert (ann.first_name, ann.city) == ("Anna", "Rome")
    assert ann.properties == {"plan": "free", "points": 3}


def test_null_takes_a_property_away():
    take_in(person("ann", first_name="Ann", plan="free", points=3))

    take_in(person("ann", first_name=None, plan=None))

    assert Profile.objects.get(identity="ann").first_name is None
    assert properties_of("ann") == {"points": 3}


def test_operations_change_the_present_value():
    take_in(person("ann", tags="a", seen=["x", "y"], points=5, plan="free"))

    take_in(
        person("ann", tags={"$add": ["b", "a"]}, seen={"$remove": ["x", "y"]}, points={"$incr": 2}),
        person("ann", plan={"$delete": 1}, points={"$decr": 1}, level={"$set": "gold"}),
    )

    assert properties_of("ann") == {"tags": ["a", "b"], "points": 6, "level": "gold"}


def test_standard_values_are_brought_into_one_form():
    take_in(
        person("ann", email=" Ann@Example.COM ", phone="+44 (20) 7946-0958", language="pt_br", gender="female",
               birth_date="1980-05-06T10:00:00Z", zone="Asia/Kathmandu", latitude="51.5")
    )  # fmt: skip

    ann = Profile.objects.get(identity="ann")
    assert (ann.email, ann.phone, ann.language, ann.gender) == ("ann@example.com", "+442079460958", "pt-BR", "F")
    assert (str(ann.birth_date), ann.zone, ann.latitude) == ("1980-05-06", "Asia/Kathmandu", 51.5)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "localtime", "posixrules", "+05:30"])
def test_unknown_zone_is_kept_as_missing_and_reported(zone):
    outcome = take_in(person("ann", zone=zone, city="Oslo"))

    assert (outcome.accepted, [note.code for note in outcome.notes]) == (1, ["unknown_zone"])
    assert Profile.objects.values_list("zone", "city").get() == (None, "Oslo")


def test_bucket_and_dates_cannot_be_set_from_outside():
    take_in(person("ann"))
    bucket = Profile.objects.get().bucket

    outcome = take_in(person("ann", bucket=bucket + 1, created_at="1999-01-01"))

    assert [note.code for note in outcome.notes] == ["reserved_name", "reserved_name"]
    assert (Profile.objects.get().bucket, Profile.objects.get().properties) == (bucket, {})


def test_unchanged_person_is_not_written_again():
    take_in(person("ann", first_name="Ann", birth_date="1980-05-06", tags=["a"], latitude=1.5))
    before = Profile.objects.values("updated_at", "properties").get()

    take_in(person("ann", first_name="Ann", birth_date="1980-05-06", tags=["a"], latitude=1.5))

    assert Profile.objects.values("updated_at", "properties").get() == before


def test_catalogue_learns_names_and_types():
    take_in(
        did("ann", "Charged", Amount=1, when="2026-01-02", ok=True, items=["a"], note=None), person("ann", plan="x")
    )
    take_in(did("ann", "Charged", Amount="many"))

    assert EventName.objects.get().name == "Charged"
    assert {each.name: sorted(each.types) for each in PropertyName.objects.exclude(event=None)} == {
        "Amount": ["number", "text"],
        "when": ["date"],
        "ok": ["boolean"],
        "items": ["list"],
    }
    assert {each.name: sorted(each.types) for each in PropertyName.objects.filter(event=None)} == {"plan": ["text"]}


def test_event_name_over_the_limit_is_refused_and_known_names_go_on():
    AccountSettings.current()
    AccountSettings.objects.update(event_name_limit=2)
    take_in(did("ann", "One"), did("ann", "Two"))

    outcome = take_in(did("ann", "Three"), did("ann", "Two"))

    assert reasons(outcome) == [(0, "too_many_event_names")]
    assert EventName.objects.count() == 2


def test_property_over_the_limit_is_refused_and_known_properties_go_on():
    AccountSettings.current()
    AccountSettings.objects.update(event_property_limit=2)
    take_in(did("ann", a=1, b=1), person("ann", x=1, y=1))

    outcome = take_in(did("ann", a=1, c=1), did("ann", a=1, b="text"), person("ann", z=1))

    assert reasons(outcome) == [(0, "too_many_properties"), (2, "too_many_properties")]
    assert properties_of("ann") == {"x": 1, "y": 1}


def test_discarded_event_is_refused_and_discarded_property_left_out():
    take_in(did("ann", "Noise"), did("ann", "Viewed", secret=1, page="a"), person("ann", secret=1))
    EventName.objects.filter(name="Noise").update(is_discarded=True)
    PropertyName.objects.filter(name="secret").update(is_discarded=True)

    outcome = take_in(did("bob", "Noise"), did("bob", "Viewed", secret=2, page="b"), person("bob", secret=2, plan="x"))

    assert reasons(outcome) == [(0, "discarded_event")]
    assert Event.objects.get(profile__identity="bob").properties == {"page": "b"}
    assert properties_of("bob") == {"plan": "x"}


def test_nobody_registered_means_no_arrivals():
    take_in(did("ann"))

    assert Arrival.objects.count() == 0


def test_consumer_gets_the_keys_of_fresh_events_it_wants():
    ARRIVAL_CONSUMERS.append(ArrivalConsumer("live", lambda name: name == "Viewed"))
    try:
        take_in(did("ann", at=ago(minutes=5)), did("ann", "Other"), did("bob", at=ago(hours=3)), did("cid"))
        take_in(did("ann"), live=False)
    finally:
        ARRIVAL_CONSUMERS.pop()

    arrival = Arrival.objects.get()
    fresh = Event.objects.filter(name__name="Viewed", at__gte=ago(hours=2)).order_by("id")
    history = fresh.last()
    assert (arrival.consumer, arrival.from_at, arrival.to_at) == ("live", ago(minutes=5), NOW)
    assert arrival.keys == [event.pk for event in fresh if event != history]
    assert arrival.names == [EventName.objects.get(name="Viewed").pk]


def test_device_moves_to_the_person_who_used_it_last():
    phone = DeviceFact(platform="ios", token="t1", model="X", app_version="9.8")
    take_in(Identify(user_id="ann", device=phone))

    take_in(Identify(user_id="bob", device=phone))

    assert Device.objects.values_list("profile__identity", "platform", "model", "app_version").get() == (
        "bob", "ios", "X", "9.8",
    )  # fmt: skip


def consent(state: bool) -> Identify:
    return Identify(user_id="ann", subscriptions={"email": state})


def email_state() -> str:
    return Subscription.objects.get(profile__identity="ann", channel="email").state


def test_history_unsubscribes_but_never_subscribes_again():
    take_in(consent(True), live=False)
    take_in(consent(False), live=False)

    take_in(consent(True), live=False)

    assert email_state() == "unsubscribed"


def test_live_consent_subscribes_again_but_never_over_a_suppression():
    take_in(consent(False))
    take_in(consent(True))
    assert email_state() == "subscribed"
    Subscription.objects.update(state="suppressed")

    take_in(consent(True))
    take_in(consent(False))

    assert email_state() == "suppressed"


def test_nothing_is_kept_of_an_empty_batch():
    assert (take_in().accepted, counts(), Identifier.objects.count(), ProfileEvent.objects.count()) == (0, (0, 0), 0, 0)
