"""The mParticle destination: against a server made of mParticle's own OpenAPI document, and its own JSON Schema."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from connectors import http
from connectors.base import Fault, Outgoing, Part, Receipt
from connectors.http import Client
from connectors.mparticle import MAX_REQUEST_BYTES, MParticle, payload
from tests.connectors.factories import outgoing, outgoings
from tests.connectors.providers import MPARTICLE, prism
from tests.connectors.servers import Play, Server, hangs, refuses_if, resets, says

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PART = Part("campaign-1/run-1", "1")
BATCH = orjson.loads((MPARTICLE / "mparticle.inbound.eventsapi.schema.json").read_bytes())
BULK = orjson.loads((MPARTICLE / "mparticle.inbound.eventsapi.bulk.schema.json").read_bytes())
SCHEMAS: Any = Registry().with_resource(BATCH["$id"], Resource.from_contents(BATCH))
WRONG = "user_attributes:\n          type: object\n          additionalProperties:\n            type: object\n"
RIGHT = "user_attributes:\n          type: object\n"
RICH: dict[str, Any] = {
    "tokens": ({"platform": "ios", "token": "t-1"}, {"platform": "web", "token": "t-2"}),
    "trigger": {"sku": "C-1", "sizes": ["S", "M"]},
    "constant": ["C-1", "C-2"],
    "recommendations": ({"sku": "C-3", "price": 12.5},),
}


@pytest.fixture(scope="module")
def mparticle_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its document asks for objects as people's attributes; its JSON Schema and its own examples say texts or lists."""
    document = (MPARTICLE / "mparticle.events.oas.yaml").read_text()
    mended = tmp_path_factory.mktemp("mparticle") / "mparticle.events.oas.yaml"
    assert document.count(WRONG) == 1
    mended.write_text(document.replace(WRONG, RIGHT))
    with prism(mended) as url:
        yield url


def mparticle(url: str, wire: Client, environment: str = "production") -> MParticle:
    return MParticle(url, "key", "s3cret", environment, wire, clock=lambda: NOW)


def sent(url: str, wire: Client, *batch: Outgoing) -> list[Receipt]:
    return http.run(mparticle(url, wire).send(batch, PART))


def problems(bulk: object) -> list[str]:
    return [error.message for error in Draft7Validator(BULK, registry=SCHEMAS).iter_errors(bulk)]


def test_mparticles_own_document_takes_what_is_sent(mparticle_server: str, wire: Client) -> None:
    receipts = sent(mparticle_server, wire, outgoing(1), outgoing(2, **RICH))

    assert [receipt.state for receipt in receipts] == ["accepted", "accepted"]
    (exchange,) = wire.exchanges
    assert (exchange.status, exchange.messages) == ("202", 2)


def test_mparticles_own_document_refuses_an_environment_it_does_not_know(mparticle_server: str, wire: Client) -> None:
    (receipt,) = http.run(mparticle(mparticle_server, wire, "nowhere").send([outgoing()], PART))

    assert (receipt.state, receipt.reason) == ("failed", "rejected_by_provider")


def test_one_person_is_one_batch_with_our_id_on_batch_and_event(server: Server, wire: Client) -> None:
    server.default = says(202, "")

    sent(server.url, wire, outgoing(traits={"email": "m@example.com", "vip": True, "tags": ["a", "b"]}, **RICH))

    (request,) = server.requests
    id = "00000000-0000-0000-0000-000000000001"
    assert (request.path, request.headers["Authorization"]) == ("/bulkevents", "Basic a2V5OnMzY3JldA==")
    assert request.json == [
        {
            "environment": "production",
            "source_request_id": id,
            "user_identities": {"customer_id": "user-1", "email": "m@example.com"},
            "user_attributes": {"vip": True, "tags": ["a", "b"], "push_tokens": ["ios:t-1", "web:t-2"]},
            "events": [
                {
                    "event_type": "custom_event",
                    "data": {
                        "event_name": "Campaign Sent",
                        "custom_event_type": "other",
                        "timestamp_unixtime_ms": 1_795_341_600_000,
                        "source_message_id": id,
                        "custom_attributes": {
                            "message": "Hey there",
                            "Campaign Id": "7",
                            "Event properties.sku": "C-1",
                            "Event properties.sizes": "S, M",
                            "Constant property": "C-1, C-2",
                            "Recommendations": '[{"sku":"C-3","price":12.5}]',
                        },
                    },
                }
            ],
            "device_info": {"platform": "iOS", "push_token": "t-1"},
        }
    ]


values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.dictionaries(st.text(min_size=1, max_size=8) | st.just("email"), values, max_size=5)


@given(fields, fields, fields)
def test_whatever_is_sent_keeps_mparticles_own_schema(
    content: dict[str, object], traits: dict[str, object], trigger: dict[str, object]
) -> None:
    message = outgoing(content=content, traits={**traits, "email": "m@example.com"}, trigger=trigger)

    assert problems([orjson.loads(orjson.dumps(payload(message)))]) == []


def test_the_schema_would_refuse_an_id_that_is_no_uuid() -> None:
    assert problems([payload(outgoing(id="m1"))]) != []


def test_a_request_has_at_most_100_people_and_240_000_bytes(server: Server, wire: Client) -> None:
    server.default = says(202, "")
    large = [outgoing(number, content={"text": "x" * 4_000}) for number in range(1, 61)]

    receipts = sent(server.url, wire, *outgoings(250), *large)

    assert {receipt.state for receipt in receipts} == {"accepted"}
    assert max(len(request.json) for request in server.requests) == 100
    assert max(len(request.body) for request in server.requests) <= MAX_REQUEST_BYTES
    assert sum(len(request.json) for request in server.requests) == 310


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"user_id": None}, "invalid_recipient"),
        ({"event": "x" * 257}, "rejected_by_provider"),
        ({"content": {"x" * 257: 1}}, "too_large"),
        ({"content": {"text": "x" * 4_097}}, "too_large"),
        ({"content": {f"p{number}": 1 for number in range(101)}}, "too_large"),
        ({"traits": {f"p{number}": 1 for number in range(101)}}, "too_large"),
        ({"traits": {"tags": ["x"] * 1_001}}, "too_large"),
        ({"traits": {"tags": ["x" * 513]}}, "too_large"),
        ({"traits": {f"p{number}": "x" * 4_000 for number in range(40)}}, "too_large"),
    ],
)
def test_what_mparticle_would_drop_in_silence_is_never_sent(
    server: Server, wire: Client, changes: dict[str, object], reason: str
) -> None:
    server.default = says(202, "")

    failed, accepted = sent(server.url, wire, outgoing(1, **changes), outgoing(2))

    assert (failed.state, failed.reason, bool(failed.answer)) == ("failed", reason, True)
    assert accepted.state == "accepted"
    assert [len(request.json) for request in server.requests] == [1]


@pytest.mark.parametrize(
    ("answer", "state", "reason", "fault", "wait"),
    [
        (says(202, ""), "accepted", "", None, 0),
        (says(400, '{"errors":[{"code":"BAD_REQUEST","message":"no"}]}'), "failed", "rejected_by_provider", None, 0),
        (says(401), "retry", "", Fault.MISCONFIGURED, 0),
        (says(403), "retry", "", Fault.MISCONFIGURED, 0),
        (says(302, Location="/login"), "retry", "", Fault.MISCONFIGURED, 0),
        (says(413), "failed", "too_large", None, 0),
        (says(429, Retry_After="7"), "retry", "", Fault.RATE_LIMITED, 7),
        (says(503), "retry", "", Fault.UNAVAILABLE, 0),
        (says(503, Retry_After="9"), "retry", "", Fault.UNAVAILABLE, 9),
    ],
)
def test_every_answer_has_its_meaning(
    server: Server, wire: Client, answer: Play, state: str, reason: str, fault: Fault | None, wait: float
) -> None:
    server.default = answer

    (receipt,) = sent(server.url, wire, outgoing())

    assert (receipt.state, receipt.reason, receipt.fault, receipt.retry_after) == (state, reason, fault, wait)


@pytest.mark.parametrize(
    ("answer", "pace"),
    [
        (says(429), "halve"),
        (says(429, Retry_After="7"), "halve"),
        (says(429, X_mp_rate_limit_exceeded="workspace"), "halve"),
        (says(429, X_mp_rate_limit_exceeded="acceleration", Retry_After="7"), "hold"),
        (says(429, '{"errors":[{"code":"TOO_MANY_REQUESTS","message":"Acceleration limit"}]}'), "hold"),
        (says(503, X_mp_rate_limit_exceeded="workspace"), ""),
        (says(202, "", X_mp_rate_limit_percentage_used="79"), ""),
        (says(202, "", X_mp_rate_limit_percentage_used="80"), "hold"),
        (says(202, "", X_mp_rate_limit_percentage_used="100%"), "hold"),
        (says(202, "", X_mp_rate_limit_percentage_used="85.3"), "hold"),
        (says(202, "", X_mp_rate_limit_percentage_used="nan"), ""),
        (says(202, "", X_mp_rate_limit_percentage_used="many"), ""),
    ],
)
def test_what_an_answer_asks_of_our_pace(server: Server, wire: Client, answer: Play, pace: str) -> None:
    server.default = answer

    receipts = sent(server.url, wire, outgoing(1), outgoing(2))

    assert {receipt.pace for receipt in receipts} == {pace}


def test_without_a_time_to_come_back_workers_wait_each_another_while(server: Server, wire: Client) -> None:
    server.default = says(429)

    waits = [sent(server.url, wire, outgoing())[0] for _ in range(8)]

    assert {(receipt.state, receipt.fault) for receipt in waits} == {("retry", Fault.BUSY)}
    assert len({receipt.retry_after for receipt in waits}) == 8
    assert all(0 <= receipt.retry_after <= 1 for receipt in waits)


@pytest.mark.parametrize("answer", [hangs, resets])
def test_what_mparticle_may_have_taken_is_unknown(server: Server, impatient: Client, answer: Play) -> None:
    server.default = answer

    (receipt,) = sent(server.url, impatient, outgoing())

    assert (receipt.state, receipt.fault) == ("unknown", Fault.UNAVAILABLE)


def test_the_bad_batch_is_found_and_the_others_are_sent(server: Server, wire: Client) -> None:
    bad = outgoing(37).id
    server.default = refuses_if(
        lambda ids: bad in ids, 400, ids_of=lambda sent: [each["source_request_id"] for each in sent]
    )

    receipts = sent(server.url, wire, *outgoings(100))

    assert [receipt.id for receipt in receipts if receipt.state == "failed"] == [bad]
    assert sum(receipt.state == "accepted" for receipt in receipts) == 99
