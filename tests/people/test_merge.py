"""Promises of merging: an anonymous person becomes one with the known person, and nothing of either is lost."""

import pytest

from people.models import Device, Event, Identifier, Profile, ProfileEvent, Subscription
from people.records import Device as DeviceFact
from people.records import Identify
from people.registry import MERGE_FOLLOWERS
from tests.people.facts import (
    NOW,
    ago,
    counts,
    did,
    events_of,
    person,
    properties_of,
    reasons,
    same,
    summary_of,
    take_in,
)

pytestmark = pytest.mark.django_db


def test_anonymous_person_takes_on_a_new_identity_and_stays_the_same_person():
    take_in(did(None, anonymous="a1", at=ago(days=1)))
    before = Profile.objects.get()

    take_in(person("ann", anonymous="a1", first_name="Ann"))

    after = Profile.objects.get()
    assert (after.pk, after.bucket, after.identity, after.first_name) == (before.pk, before.bucket, "ann", "Ann")
    assert events_of("ann") == [("Viewed", ago(days=1))]


def test_anonymous_history_joins_the_known_person():
    take_in(
        did("ann", at=ago(days=2)), did(None, anonymous="a1", at=ago(days=9)), did(None, "Searched", anonymous="a1")
    )
    bucket = Profile.objects.get(identity="ann").bucket

    take_in(did("ann", anonymous="a1", at=ago(days=1)))

    assert Profile.objects.values_list("identity", "bucket").get() == ("ann", bucket)
    assert [name for name, _ in events_of("ann")] == ["Viewed", "Viewed", "Viewed", "Searched"]
    assert summary_of("ann") == {"Viewed": (3, ago(days=9), ago(days=1)), "Searched": (1, NOW, NOW)}
    assert ProfileEvent.objects.count() == 2


def test_later_anonymous_events_belong_to_the_known_person():
    take_in(person("ann", anonymous="a1"))

    take_in(did(None, anonymous="a1"))

    assert events_of("ann") == [("Viewed", NOW)]
    assert counts() == (1, 1)


def test_several_anonymous_people_join_in_one_batch():
    take_in(did("ann"), *(did(None, anonymous=f"a{index}", at=ago(days=index)) for index in range(1, 5)))

    take_in(*(person("ann", anonymous=f"a{index}") for index in range(1, 5)))

    assert counts() == (1, 5)
    assert summary_of("ann") == {"Viewed": (5, ago(days=4), NOW)}
    assert Identifier.objects.filter(profile__identity="ann").count() == 4


def test_two_new_anonymous_people_with_one_new_identity_become_one_person():
    take_in(did(None, anonymous="a1"), did(None, anonymous="a2"))

    take_in(person("ann", anonymous="a1"), person("ann", anonymous="a2"))

    assert counts() == (1, 2)


def test_two_known_people_are_never_merged():
    take_in(person("ann", anonymous="a1"), person("bob"))

    outcome = take_in(person("bob", anonymous="a1"), did(None, anonymous="a1"), same("bob", "ann"))

    assert reasons(outcome) == [(2, "two_known")]
    assert (len(events_of("ann")), len(events_of("bob")), Profile.objects.count()) == (1, 0, 2)


def test_alias_joins_an_anonymous_id():
    take_in(did(None, anonymous="a1"))

    take_in(same("ann", "a1"))

    assert events_of("ann") == [("Viewed", NOW)]


def test_known_values_stay_and_anonymous_values_fill_the_gaps():
    take_in(
        person("ann", city="Oslo", plan="paid"),
        person(None, anonymous="a1", city="Rome", country="Italy", plan="free", seen=1),
    )

    take_in(person("ann", anonymous="a1"))

    ann = Profile.objects.get()
    assert (ann.city, ann.country) == ("Oslo", "Italy")
    assert properties_of("ann") == {"plan": "paid", "seen": 1}


def test_an_unsubscribe_of_either_wins():
    take_in(
        Identify(user_id="ann", subscriptions={"email": True, "sms": False}),
        Identify(anonymous_id="a1", subscriptions={"email": False, "sms": True, "push": True}),
    )

    take_in(person("ann", anonymous="a1"))

    assert dict(Subscription.objects.values_list("channel", "state")) == {
        "email": "unsubscribed", "sms": "unsubscribed", "push": "subscribed",
    }  # fmt: skip


def test_devices_and_rows_of_higher_apps_follow():
    followed: list[tuple[int, int]] = []
    take_in(person("ann"), Identify(anonymous_id="a1", device=DeviceFact(platform="web", token="t1")))
    gone, stays = (Profile.objects.get(identity=identity).pk for identity in (None, "ann"))
    MERGE_FOLLOWERS.append(followed.extend)
    try:
        take_in(person("ann", anonymous="a1"))
    finally:
        MERGE_FOLLOWERS.pop()

    assert followed == [(gone, stays)]
    assert Device.objects.get().profile_id == stays
    assert not Event.objects.filter(profile_id=gone).exists()


def test_merge_within_the_batch_that_first_saw_the_anonymous_id():
    take_in(did(None, anonymous="a1", at=ago(days=1)), person("ann", anonymous="a1"), did("ann"))

    assert counts() == (1, 2)
    assert summary_of("ann") == {"Viewed": (2, ago(days=1), NOW)}
