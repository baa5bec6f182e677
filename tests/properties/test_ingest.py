"""For any facts: the order of batches, their size and their repetition do not change what is known of people."""

from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.models import Event, Identifier, Profile, ProfileEvent
from people.records import Identify, Record, Track
from people.rows import chunks
from tests.people.facts import NOW, take_in

pytestmark = pytest.mark.django_db

TEXTS = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PROPERTIES = st.dictionaries(st.sampled_from(["a", "b", "name", "email", "zone", "\x00", ""]) | TEXTS, JSON, max_size=4)
USERS = st.none() | st.sampled_from(["u1", "u2", "u3", "null", "\ud800"])
ANONYMOUS = st.none() | st.sampled_from(["a1", "a2", "a3", "a4"])
TRACKS = st.builds(
    Track,
    user_id=USERS,
    anonymous_id=ANONYMOUS,
    event=st.sampled_from(["Viewed", "Charged", " ", "x" * 121]),
    at=st.integers(-400, 2).map(lambda days: NOW + timedelta(days=days)),
    properties=PROPERTIES,
)
KNOWN = st.builds(Identify, user_id=USERS.filter(bool), anonymous_id=ANONYMOUS, properties=PROPERTIES)
# What an anonymous person says fills gaps only, so when it is said matters: here they say the same each time.
ANONYMOUS_ONLY = st.builds(Identify, anonymous_id=ANONYMOUS, properties=st.just({"visits": 1, "city": "Oslo"}))
RECORDS = st.lists(TRACKS | KNOWN | ANONYMOUS_ONLY, max_size=12)


def numbered(records: list[Record]) -> list[Record]:
    return [msgspec.structs.replace(record, message_id=str(index)) for index, record in enumerate(records)]


def known() -> tuple[object, ...]:
    """Everything ingest wrote, without ids, buckets and times of writing."""
    people = Counter(
        (profile.identity, profile.name, profile.email, profile.zone, repr(sorted(profile.properties.items())))
        for profile in Profile.objects.all()
    )
    events = Counter(
        (event.profile.identity, event.name.name, event.at, repr(event.properties))
        for event in Event.objects.select_related("profile", "name")
    )
    belongings = sorted(Identifier.objects.values_list("value", "profile__identity"))
    return people, events, belongings


def summary_is_exact() -> bool:
    counted = Counter(Event.objects.values_list("profile_id", "name_id"))
    return counted == {(each.profile_id, each.name_id): each.count for each in ProfileEvent.objects.all()}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS, size=st.integers(1, 5))
def test_batches_of_any_size_and_repetition_leave_the_same(records: list[Record], size: int):
    messages = numbered(records)
    with transaction.atomic():
        take_in(*messages)
        whole = known()
        transaction.set_rollback(True)

    with transaction.atomic():
        for chunk in chunks(messages, size):
            take_in(*chunk)
            take_in(*chunk)
        in_parts = known()
        exact = summary_is_exact()
        transaction.set_rollback(True)

    assert in_parts == whole
    assert exact


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS)
def test_every_record_is_kept_or_refused_with_a_reason(records: list[Record]):
    with transaction.atomic():
        outcome = take_in(*records)
        transaction.set_rollback(True)

    assert outcome.accepted + len(outcome.rejected) == len(records)
    assert len({each.index for each in outcome.rejected}) == len(outcome.rejected)
    assert all(each.reason for each in outcome.rejected)
