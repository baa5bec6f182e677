"""EventBridge as ministack plays it: a rule on a bus calls our address through an API destination."""

import os
from collections.abc import Iterator
from itertools import count
from typing import Any

import boto3
import orjson
import pytest
from django.conf import settings
from django.db.models import Sum
from pytest_django.live_server_helper import LiveServer

from connectors import http
from connectors.base import Part
from connectors.eventbridge import make
from people.models import Event, Profile, WayHour
from tests.connectors.factories import outgoing
from tests.connectors.providers import free_port, running
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
REGION = "eu-west-1"
numbers = count(1)
KEYS = {"access_key_id": "k", "secret_access_key": "s"}
PROGRAM = settings.BASE_DIR / ".venv" / "ministack" / "bin" / "ministack"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    port = free_port()
    given = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    os.environ |= given
    try:
        with running([PROGRAM], port) as url:
            yield url
    finally:
        for name in given:
            del os.environ[name]


@pytest.fixture
def bus(aws: str, live_server: LiveServer, ingest_key: str) -> "Bus":
    return Bus(aws, f"{live_server.url}/in/eventbridge", ingest_key)


class Bus:
    """A bus of its own, whose events of the shop and of Belfry go to our address."""

    def __init__(self, url: str, address: str, key: str) -> None:
        self.url, self.name = url, f"bus-{next(numbers)}"
        self.events = boto3.client(
            "events", region_name=REGION, endpoint_url=url, aws_access_key_id="k", aws_secret_access_key="s"
        )
        shown = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Api-Key", "ApiKeyValue": key}}
        arn = self.events.create_connection(Name=self.name, AuthorizationType="API_KEY", AuthParameters=shown)
        destination = self.events.create_api_destination(
            Name=self.name, ConnectionArn=arn["ConnectionArn"], InvocationEndpoint=address, HttpMethod="POST"
        )
        self.events.create_event_bus(Name=self.name)
        pattern = orjson.dumps({"source": ["shop", "belfry.campaigns"]}).decode()
        self.events.put_rule(Name=self.name, EventBusName=self.name, EventPattern=pattern)
        role = "arn:aws:iam::000000000000:role/any"
        target = {"Id": "belfry", "Arn": destination["ApiDestinationArn"], "RoleArn": role}
        self.events.put_targets(Rule=self.name, EventBusName=self.name, Targets=[target])

    def put(self, *details: dict[str, Any]) -> None:
        entries = [
            {
                "EventBusName": self.name,
                "Source": "shop",
                "DetailType": "Order Placed",
                "Detail": orjson.dumps(detail).decode(),
            }
            for detail in details
        ]
        assert self.events.put_events(Entries=entries)["FailedEntryCount"] == 0


def counted() -> int:
    return sum(accepted + refused for accepted, refused in WayHour.objects.values_list("accepted", "refused"))


def test_events_of_a_bus_arrive_and_those_of_nobody_are_refused(bus: Bus) -> None:
    bus.put({"userId": "ann", "total": 12.5}, {"customer": "of no use"}, {"user": {"id": "bob"}, "total": 3})

    wait_until(lambda: counted() == 3, "the bus called three times")

    found = Event.objects.order_by("profile__identity").values_list("profile__identity", "name__name", "properties")
    assert list(found) == [
        ("ann", "Order Placed", {"total": 12.5}),
        ("bob", "Order Placed", {"total": 3}),
    ]
    by_way = WayHour.objects.values_list("way").annotate(Sum("accepted"), Sum("refused"))
    assert list(by_way) == [("eventbridge", 2, 1)]


def test_what_belfry_sends_to_a_bus_belfry_can_read(bus: Bus) -> None:
    message = outgoing(user_id="ann", anonymous_id="a1")

    destination = make({"url": bus.url, "region": REGION, "bus": bus.name}, KEYS, http.client())
    try:
        states = [http.run(destination.send([message], Part("campaign-1/run-1", "1")))[0].state for _ in range(2)]
    finally:
        http.close()
    wait_until(lambda: counted() == 2, "the bus called twice")

    assert states == ["accepted", "accepted"]
    ann = Profile.objects.get()
    assert (ann.identity, ann.identifiers.get().value) == ("ann", "a1")
    event = Event.objects.select_related("name").get()
    assert (event.name.name, event.properties["content"]) == ("Campaign Message", {"message": "Hey there"})
