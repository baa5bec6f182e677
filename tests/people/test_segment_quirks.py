"""What senders write in the Segment format in more than one way, and what we make of each."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from people import segment_format
from people.cleaning import Refused
from people.records import Alias, Identify, Track

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def told(type: str, batch: Mapping[str, object] = MappingProxyType({}), /, **fields: object) -> Any:
    """The fact in one message of a batch, read from JSON as the API reads it."""
    message = {"userId": "ann", **({"event": "Viewed"} if type == "track" else {}), **fields, "type": type}
    envelope, messages, misshapen = segment_format.reader.read(msgspec.json.encode({**batch, "batch": [message]}))
    assert misshapen == []
    return segment_format.fact(messages[0][1], envelope, NOW)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-02T12:00:00.000Z", "2026-01-02T12:00:00+00:00", "2026-01-02T13:00:00.000000000+01:00",
        "2026-01-02 12:00:00", "2026-01-02T12:00:00+0000", 1767355200, 1767355200000, 1767355200.0,
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_way_it_is_written(written: object):
    assert told("track", timestamp=written).at == NOON
    assert told("track", originalTimestamp=written).at == NOON


@pytest.mark.parametrize(
    "written", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 10**18, -(10**18), "1767355200"]
)
def test_an_impossible_time_is_refused(written: object):
    with pytest.raises(Refused) as refused:
        told("track", timestamp=written)

    assert refused.value.code == "bad_time"


@pytest.mark.parametrize(
    "clock", [NOON, NOON + timedelta(days=400), datetime(1970, 1, 2, tzinfo=UTC)], ids=["slow", "fast", "reset"]
)
@pytest.mark.parametrize("name", ["timestamp", "originalTimestamp"])
def test_a_wrong_clock_is_corrected_by_the_time_of_sending(clock: datetime, name: str):
    happened = clock - timedelta(hours=3)

    assert told("track", {"sentAt": clock.isoformat()}, **{name: happened.isoformat()}).at == NOW - timedelta(hours=3)
    assert told("track", sentAt=clock.timestamp(), **{name: happened.isoformat()}).at == NOW - timedelta(hours=3)


def test_the_time_of_sending_of_the_message_goes_before_that_of_its_batch():
    own, batch = NOON.isoformat(), (NOON + timedelta(days=1)).isoformat()

    assert told("track", {"sentAt": batch}, timestamp=own, sentAt=own).at == NOW


def test_the_original_time_goes_before_a_time_that_others_made():
    fact = told("track", originalTimestamp=NOON.isoformat(), timestamp=NOW.isoformat())

    assert fact.at == NOON


@pytest.mark.parametrize("sent_at", ["soon", "9999-12-31T23:59:59-14:00", -(10**18)])
def test_a_time_of_sending_that_cannot_be_read_corrects_nothing(sent_at: object):
    assert told("track", {"sentAt": sent_at}, timestamp=NOON.isoformat()).at == NOON


def test_a_message_passed_on_keeps_the_time_that_was_corrected_already():
    fact = told(
        "track", timestamp=NOON.isoformat(), originalTimestamp="2025-01-01T00:00:00Z", sentAt="2025-01-01T00:00:05Z",
        receivedAt=(NOON + timedelta(seconds=5)).isoformat(),
    )  # fmt: skip

    assert fact.at == NOON


def test_no_time_at_all_is_now():
    assert told("track", {"sentAt": NOON.isoformat()}, timestamp=None).at == NOW


@pytest.mark.parametrize(
    ("written", "id"), [("u", "u"), (12, "12"), (12.0, "12"), (1.5, "1.5"), ("", None), (None, None)]
)
def test_ids_may_be_numbers_and_an_empty_one_is_none(written: object, id: str | None):
    fact = told("track", userId=written, anonymousId=written, messageId=written)

    assert (fact.user_id, fact.anonymous_id, fact.message_id) == (id, id, id)


@pytest.mark.parametrize("type", ["page", "screen"])
def test_pages_and_screens_keep_name_and_category(type: str):
    fact = told(type, name="Home", category="Docs", properties={"path": "/"})

    assert fact == Track(
        user_id="ann", event=f"{type.title()} Viewed", at=NOW,
        properties={"name": "Home", "category": "Docs", "path": "/"},
    )  # fmt: skip


@pytest.mark.parametrize("type", ["page", "screen"])
def test_a_page_without_name_and_properties_is_a_page(type: str):
    assert told(type, name=None, category="", properties=None).properties == {}


def test_a_track_has_no_name_of_a_page():
    assert told("track", name="Home", category="Docs").properties == {}


def test_a_group_and_its_traits_become_the_member_s():
    assert told("group", groupId=7, traits={"name": "Club", "id": "other", "plan": None}) == Identify(
        user_id="ann", properties={"group_id": "7", "group_name": "Club", "group_plan": None}
    )


def test_a_group_without_id_takes_none_away():
    assert told("group", traits={"name": "Club"}).properties == {"group_name": "Club"}


def test_traits_are_found_in_the_message_its_context_and_that_of_the_batch():
    gold, old = {"plan": "gold"}, {"plan": "old"}

    assert told("identify", traits=gold).properties == gold
    assert told("identify", traits=gold, context={"traits": old}).properties == gold
    assert told("identify", {"context": {"traits": old}}, context={"traits": gold}).properties == gold
    assert told("identify", {"context": {"traits": gold}}, traits=None).properties == gold


def test_zone_and_language_come_from_the_context_unless_a_trait_says_otherwise():
    context = {"timezone": "Europe/Oslo", "locale": "nb-NO"}

    assert told("identify", context=context).properties == {"zone": "Europe/Oslo", "language": "nb-NO"}
    assert told("identify", context=context, traits={"timezone": "Asia/Tokyo", "locale": "ja"}).properties == {
        "zone": "Asia/Tokyo", "language": "ja",
    }  # fmt: skip


def test_an_address_in_one_line_stays_a_property():
    assert told("identify", traits={"address": "Any 1, Oslo"}).properties == {"address": "Any 1, Oslo"}


def test_an_alias_has_the_ids_as_they_are_given():
    assert told("alias", userId="ann", previousId=12, anonymousId=None) == Alias(user_id="ann", previous_id="12")


def test_context_of_the_message_goes_before_that_of_the_batch():
    batch = {"context": {"campaign": {"source": "batch"}, "page": {"url": "https://b.example.com"}}}

    fact = told("track", batch, context={"campaign": {"source": "own"}})

    assert fact.properties == {"utm_source": "own", "page_url": "https://b.example.com"}


def test_what_only_other_destinations_read_is_left_alone():
    extra = {"integrations": {"All": False}, "channel": "server", "_metadata": {"nodeVersion": "1"}, "version": 2}

    assert told("track", **extra) == Track(user_id="ann", event="Viewed", at=NOW)
