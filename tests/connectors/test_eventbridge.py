"""The EventBridge destination: against moto, which delivers for real, and a server that answers as told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import orjson
import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from connectors import http
from connectors.base import ConnectorError, Fault, Outgoing, Part, Receipt
from connectors.eventbridge import MAX_CALL_BYTES, EventBridge, make
from connectors.http import Client
from connectors.packing import Item, pack
from connectors.secrets import seal
from tests.connectors.factories import connection, outgoing, outgoings
from tests.connectors.providers import moto
from tests.connectors.servers import Play, Server, hangs, resets, says

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PART = Part("campaign-1/run-1", "1")
REGION = "eu-west-1"
KEYS = {"access_key_id": "AKIA-of-tests", "secret_access_key": "s3cret-of-tests"}
numbers = count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def bus(aws: str) -> "Bus":
    return Bus(aws, f"bus-{next(numbers)}")


class Bus:
    """An event bus whose every event goes to a queue and to an archive."""

    def __init__(self, url: str, name: str) -> None:
        of = {"region_name": REGION, "endpoint_url": url, "aws_access_key_id": "k", "aws_secret_access_key": "s"}
        self.events, self.queues, self.name = boto3.client("events", **of), boto3.client("sqs", **of), name
        self.queue = self.queues.create_queue(QueueName=name)["QueueUrl"]
        arn = self.events.create_event_bus(Name=name)["EventBusArn"]
        pattern = orjson.dumps({"source": ["belfry.campaigns"]}).decode()
        self.events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
        queue = self.queues.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        target = {"Id": "queue", "Arn": queue["Attributes"]["QueueArn"]}
        self.events.put_targets(Rule=name, EventBusName=name, Targets=[target])
        self.events.create_archive(ArchiveName=name, EventSourceArn=arn)

    def received(self) -> list[Any]:
        found: list[Any] = []
        while messages := self.queues.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            found += [orjson.loads(message["Body"]) for message in messages]
            for message in messages:
                self.queues.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def archived(self) -> int:
        archived: int = self.events.describe_archive(ArchiveName=self.name)["EventCount"]
        return archived


def eventbridge(url: str, wire: Client, bus: str = "default", **changes: Any) -> EventBridge:
    of = EventBridge(
        url=f"{url}/",
        region=REGION,
        credentials=Credentials("key", "s3cret"),
        bus=bus,
        source="belfry.campaigns",
        detail_type="Campaign Message",
        max_call_bytes=MAX_CALL_BYTES,
        client=wire,
        clock=lambda: NOW,
    )
    return replace(of, **changes)


def sent(url: str, wire: Client, *batch: Outgoing, **changes: Any) -> list[Receipt]:
    return http.run(eventbridge(url, wire, **changes).send(batch, PART))


def test_every_message_arrives_in_queue_and_archive(bus: Bus, aws: str, wire: Client) -> None:
    batch = outgoings(25)

    receipts = sent(aws, wire, *batch, bus=bus.name)

    assert receipts == [Receipt(message.id, "accepted") for message in batch]
    assert sorted(event["detail"]["message_id"] for event in bus.received()) == [message.id for message in batch]
    assert bus.archived() == 25
    assert sorted(exchange.messages for exchange in wire.exchanges) == [5, 10, 10]


def test_what_arrives_is_the_documented_detail(bus: Bus, aws: str, wire: Client) -> None:
    message = outgoing(
        campaign={"Campaign Id": 7, "Campaign name": "Autumn", "Run": 2, "Copy": "pt"},
        anonymous_id="a-1",
        tokens=({"platform": "ios", "token": "t-1"}, {"platform": "web", "token": "t-2"}),
        trigger={"sku": "C-1"},
        constant=["C-1"],
        recommendations=({"sku": "C-3"},),
    )

    sent(aws, wire, message, bus=bus.name)

    (event,) = bus.received()
    assert (event["source"], event["detail-type"], event["time"]) == (
        "belfry.campaigns", "Campaign Message", "2026-11-22T10:00:00Z",
    )  # fmt: skip
    assert event["detail"] == {
        "version": "1",
        "message_id": message.id,
        "channel": "eventbridge",
        "event": "Campaign Sent",
        "time": "2026-11-22T10:00:00.000Z",
        "campaign": {"id": 7, "name": "Autumn", "run": 2, "copy": "pt"},
        "user": {
            "identity": "user-1",
            "anonymous_id": "a-1",
            "properties": {"language": "pt"},
            "push_tokens": [{"platform": "ios", "token": "t-1"}, {"platform": "web", "token": "t-2"}],
        },
        "content": {"message": "Hey there"},
        "event_properties": {"sku": "C-1"},
        "constant_property": ["C-1"],
        "recommendations": [{"sku": "C-3"}],
    }


def test_an_entry_that_amazon_refuses_fails_alone(bus: Bus, aws: str, wire: Client) -> None:
    receipts = sent(aws, wire, *outgoings(2), bus=bus.name, detail_type="")

    assert [(receipt.state, receipt.reason) for receipt in receipts] == [("failed", "rejected_by_provider")] * 2
    assert all("InvalidArgument" in receipt.answer for receipt in receipts)
    assert bus.received() == []


def test_a_bus_that_is_not_there_pauses_the_connection(aws: str, wire: Client) -> None:
    (receipt,) = sent(aws, wire, outgoing(), bus="nowhere")

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)


def test_a_check_finds_the_bus_or_says_that_it_is_not_there(bus: Bus, aws: str, wire: Client) -> None:
    http.run(eventbridge(aws, wire, bus.name).check())

    with pytest.raises(ConnectorError, match="There is no event bus “nowhere” in eu-west-1") as raised:
        http.run(eventbridge(aws, wire, "nowhere").check())
    assert raised.value.fault == Fault.MISCONFIGURED


def test_entries_that_failed_for_a_while_are_sent_again_alone(server: Server, wire: Client) -> None:
    server.default = answered(
        "", "ThrottlingException", "", "InternalFailure", "MalformedDetail", "AccessDeniedException"
    )

    receipts = sent(server.url, wire, *outgoings(6))

    assert [(receipt.state, receipt.reason, receipt.fault) for receipt in receipts] == [
        ("accepted", "", None),
        ("retry", "", Fault.BUSY),
        ("accepted", "", None),
        ("retry", "", Fault.UNAVAILABLE),
        ("failed", "rejected_by_provider", None),
        ("retry", "", Fault.MISCONFIGURED),
    ]


def test_whoever_is_throttled_sends_fewer_a_second(server: Server, wire: Client) -> None:
    server.answers.extend([answered("", "ThrottlingException"), says(400, '{"__type":"ThrottlingException"}')])
    server.default = says(500, '{"__type":"InternalFailure"}')

    paces = [[receipt.pace for receipt in sent(server.url, wire, *outgoings(2))] for _ in range(3)]

    assert paces == [["", "halve"], ["halve", "halve"], ["", ""]]


def test_an_answer_without_the_entries_leaves_them_unknown(server: Server, wire: Client) -> None:
    server.default = answered("")

    receipts = sent(server.url, wire, *outgoings(2))

    assert [receipt.state for receipt in receipts] == ["unknown", "unknown"]


def test_an_entry_is_accepted_by_its_id_alone(server: Server, wire: Client) -> None:
    entries = [{"EventId": "1", "ErrorCode": None}, {}, {"EventId": "", "ErrorCode": ""}, {"EventId": None}]
    server.default = says(200, orjson.dumps({"FailedEntryCount": 0, "Entries": entries}).decode())

    receipts = sent(server.url, wire, *outgoings(4))

    assert [receipt.state for receipt in receipts] == ["accepted", "unknown", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("answer", "state", "reason", "fault"),
    [
        (says(400, '{"__type":"com.amazon.coral.service#ExpiredTokenException"}'), "retry", "", Fault.MISCONFIGURED),
        (says(400, '{"__type":"UnrecognizedClientException"}'), "retry", "", Fault.MISCONFIGURED),
        (says(400, '{"__type":"ThrottlingException"}'), "retry", "", Fault.BUSY),
        (says(400, '{"__type":"RequestExpired"}'), "retry", "", Fault.MISCONFIGURED),
        (says(400, '{"__type":"SignatureDoesNotMatch"}'), "retry", "", Fault.MISCONFIGURED),
        (says(400, '{"__type":"RequestAbortedException"}'), "retry", "", Fault.UNAVAILABLE),
        (says(404), "retry", "", Fault.MISCONFIGURED),
        (says(400, '{"__type":"ValidationException"}'), "failed", "rejected_by_provider", None),
        (says(400, "no JSON"), "failed", "rejected_by_provider", None),
        (says(403, '{"__type":"AccessDeniedException"}'), "retry", "", Fault.MISCONFIGURED),
        (says(301, Location="/login"), "retry", "", Fault.MISCONFIGURED),
        (says(413), "failed", "too_large", None),
        (says(500, '{"__type":"InternalFailure"}'), "retry", "", Fault.UNAVAILABLE),
    ],
)
def test_every_answer_to_the_call_has_its_meaning(
    server: Server, wire: Client, answer: Play, state: str, reason: str, fault: Fault | None
) -> None:
    server.default = answer

    (receipt,) = sent(server.url, wire, outgoing())

    assert (receipt.state, receipt.reason, receipt.fault) == (state, reason, fault)


@pytest.mark.parametrize("answer", [hangs, resets])
def test_what_amazon_may_have_taken_is_unknown(server: Server, impatient: Client, answer: Play) -> None:
    server.default = answer

    (receipt,) = sent(server.url, impatient, outgoing())

    assert (receipt.state, receipt.fault) == ("unknown", Fault.UNAVAILABLE)


def test_a_message_over_the_limit_is_never_sent(server: Server, wire: Client) -> None:
    (receipt,) = sent(server.url, wire, outgoing(content={"text": "x" * 262_144}), max_call_bytes=262_144)

    assert (receipt.state, receipt.reason) == ("failed", "too_large")
    assert server.requests == []


@given(st.lists(st.integers(100, 400_000), max_size=40))
def test_calls_keep_amazons_formula_of_size_and_number(lengths: list[int]) -> None:
    items = [Item(str(number), b"", size) for number, size in enumerate(lengths)]

    calls = list(pack(items, most_bytes=MAX_CALL_BYTES, most_items=10))

    assert [item for call in calls for item in call] == items
    assert all(len(call) <= 10 and sum(item.size for item in call) <= MAX_CALL_BYTES for call in calls)


def test_the_size_of_an_entry_is_amazons(server: Server, wire: Client) -> None:
    """14 bytes for the time, and the bytes of source, detail type and detail."""
    size = 14 + len("belfry.campaigns") + len("Campaign Message") + len(detail_of(server, wire, outgoing()))

    assert [receipt.state for receipt in sent(server.url, wire, outgoing(), max_call_bytes=size)] == ["accepted"]
    assert [receipt.reason for receipt in sent(server.url, wire, outgoing(), max_call_bytes=size - 1)] == ["too_large"]


def test_requests_are_signed_for_the_region(server: Server, wire: Client) -> None:
    server.default = answered("")

    sent(server.url, wire, outgoing())

    (request,) = server.requests
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert f"/{REGION}/events/aws4_request" in request.headers["Authorization"]
    assert request.headers["X-Amz-Target"] == "AWSEvents.PutEvents"
    assert "s3cret" not in str(request)


def test_a_region_is_enough_to_find_amazon(wire: Client) -> None:
    made = make({"region": "sa-east-1"}, {"access_key_id": "k", "secret_access_key": "s"}, wire)

    assert (made.url, made.bus, made.max_call_bytes) == (
        "https://events.sa-east-1.amazonaws.com/",
        "default",
        1_000_000,
    )


def answered(*codes: str) -> Play:
    entries = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": "1"} for code in codes]
    answer = {"FailedEntryCount": sum(map(bool, codes)), "Entries": entries}
    return says(200, orjson.dumps(answer).decode())


def detail_of(server: Server, wire: Client, message: Outgoing) -> bytes:
    server.default = answered("")
    sent(server.url, wire, message)
    detail: str = server.requests[-1].json["Entries"][0]["Detail"]
    return detail.encode()


@pytest.mark.django_db
def test_a_test_of_the_connection_says_that_the_bus_is_not_there(admin: Any, aws: str) -> None:
    made = connection("eventbridge", config={"url": aws, "region": REGION, "bus": "nowhere"}, secrets=seal(KEYS))

    assert "There is no event bus “nowhere” in eu-west-1." in admin.post(f"/connections/{made.pk}/test").text


@pytest.mark.django_db
def test_a_test_of_the_connection_arrives_on_the_bus(admin: Any, bus: Bus, aws: str) -> None:
    made = connection("eventbridge", config={"url": aws, "region": REGION, "bus": bus.name}, secrets=seal(KEYS))

    admin.post(f"/connections/{made.pk}/test")

    (event,) = bus.received()
    assert event["detail"]["event"] == "Belfry Test"
