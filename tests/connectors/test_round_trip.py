"""What we send through Segment's API this same installation takes in: a run comes back as events."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import api_keys
from connectors import sending
from connectors.base import Fault, Part
from connectors.models import Connection
from connectors.secrets import seal
from people.models import Event, Profile
from tests.connectors.factories import connection, outgoing

pytestmark = pytest.mark.django_db(transaction=True)

PART = Part("campaign-7/run-1", "1")


def to_ourselves(live_server: Any, key: str) -> Connection:
    return connection(config={"url": f"{live_server.url}/v1", "compress": True}, secrets=seal({"write_key": key}))


def test_a_batch_sent_to_our_own_api_shows_up_as_events(live_server: Any) -> None:
    _, key = api_keys.issue("Round trip", ["ingest"], None)
    at = timezone.now().replace(microsecond=0)
    batch = [
        outgoing(number, at=stamp(at), content={"message": f"Olá {number} 🧥", "number": number})
        for number in range(1, 21)
    ]
    batch.append(outgoing(21, user_id=None, anonymous_id="a-21", at=stamp(at), content={"number": 21}))

    receipts = sending.send(to_ourselves(live_server, key), batch, PART, now=timezone.now())

    assert {receipt.state for receipt in receipts} == {"accepted"}
    assert Profile.objects.count() == 21
    arrived = {event.properties["number"]: event for event in Event.objects.select_related("profile", "name")}
    assert {number: (event.profile.identity, event.name.name) for number, event in arrived.items()} == {
        number: (message.user_id, "Campaign Sent") for number, message in enumerate(batch, 1)
    }
    assert {number: event.properties for number, event in arrived.items()} == dict(
        enumerate((message.properties() for message in batch), 1)
    )
    # the receiver corrects the sender's clock by the time on the way
    assert all(abs(event.at - at) < timedelta(minutes=1) for event in arrived.values())


def test_sent_twice_it_is_one_event(live_server: Any) -> None:
    _, key = api_keys.issue("Round trip", ["ingest"], None)
    made = to_ourselves(live_server, key)
    message = outgoing(at=stamp(timezone.now()))

    for _ in range(2):
        sending.send(made, [message], PART, now=timezone.now())

    assert Event.objects.count() == 1


def test_a_wrong_key_pauses_the_connection(live_server: Any) -> None:
    made = to_ourselves(live_server, "no such key")

    (receipt,) = sending.send(made, [outgoing()], PART, now=timezone.now())

    made.refresh_from_db()
    assert (receipt.fault, made.state) == (Fault.MISCONFIGURED, "paused")
    assert Event.objects.count() == 0


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
