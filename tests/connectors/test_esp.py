"""Mails by way of a provider's API, as django-anymail speaks it, to a real server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import orjson
import pytest
from aiohttp import web

from connectors import email, http
from connectors.base import TEST, Destination, Fault, Outgoing, Part, Receipt
from connectors.email import person_of
from connectors.http import Client
from tests.connectors.factories import outgoing
from tests.connectors.providers import free_port, moto
from tests.connectors.servers import Server, hangs, resets, says

PART = Part("campaign-1/run-1", "1")
TAKEN = orjson.dumps({"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": "person1@example.com"}).decode()
INACTIVE = orjson.dumps({"ErrorCode": 406, "Message": "inactive"}).decode()
INVALID = orjson.dumps({"ErrorCode": 300, "Message": "Invalid 'To' address: 'person1@example.com'."}).decode()


def mail(number: int = 1, **changes: Any) -> Outgoing:
    fields = {"subject": "Olá\r\nBcc: x@y.co", "html": "<p>Ação</p>", "text": "Ação"}
    values = {
        "address": f"person{number}@example.com",
        "fields": fields,
        "unsubscribe": "https://belfry.example.com/u/x",
    }
    return outgoing(number, **{**values, **changes})


def sent(server: Server, wire: Client, *batch: Outgoing, service: str = "postmark") -> list[Receipt]:
    config = {
        "service": service, "api_url": server.url, "from_address": "news@shop.example.com", "from_name": "The shop",
        "connections": 1,
    }  # fmt: skip
    return http.run(email.make(config, {"api_key": "the-t0ken"}, wire).send(batch, PART))


def test_a_mail_goes_as_the_provider_wants_it(server: Server, wire: Client) -> None:
    server.default = says(200, TAKEN, Content_Type="application/json")

    assert sent(server, wire, mail()) == [Receipt(outgoing().id, "accepted")]

    (request,) = server.requests
    assert (request.path, request.headers["X-Postmark-Server-Token"]) == ("/email", "the-t0ken")
    said = request.json
    headers = {each["Name"]: each["Value"] for each in said["Headers"]}
    assert (said["To"], said["From"]) == ("person1@example.com", "The shop <news@shop.example.com>")
    assert (said["Subject"], said["TextBody"], said["HtmlBody"]) == ("Olá Bcc: x@y.co", "Ação", "<p>Ação</p>")
    assert headers["Message-ID"] == f"<{outgoing().id}@shop.example.com>"
    assert headers["List-Unsubscribe"] == "<https://belfry.example.com/u/x>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert said["Metadata"]["message_id"] == outgoing().id
    assert person_of(f"b+{said['Metadata']['person']}@x.co") == 1


def test_the_provider_is_told_what_to_tell_again_and_the_campaign_for_its_own_figures(
    server: Server, wire: Client
) -> None:
    server.default = says(200, TAKEN, Content_Type="application/json")
    campaign = {"Campaign Id": 7, "Run": 2, "Copy": "ação" * 40}

    sent(server, wire, mail(campaign=campaign), mail(2, campaign={**campaign, TEST: True}), mail(3, campaign={}))

    ours, test, nothing = (request.json for request in server.requests)
    noted = ours["Metadata"]
    assert (noted["campaign"], noted["run"], noted["copy"]) == ("7", "2", "ação" * 20)
    assert (noted["sent"].isdecimal(), "tracked" in noted) == (True, False)
    assert (ours["Tag"], "Tag" in test, "Tag" in nothing) == ("campaign-7", False, False)


def test_the_provider_is_told_whether_we_see_opens_and_clicks_ourselves(server: Server, wire: Client) -> None:
    server.default = says(200, TAKEN, Content_Type="application/json")
    config = {"service": "postmark", "api_url": server.url, "from_address": "news@shop.example.com", "tracks": True}

    http.run(email.make(config, {"api_key": "the-t0ken"}, wire).send([mail()], PART))

    assert server.requests[0].json["Metadata"]["tracked"] == "1"


def test_another_provider_is_a_choice_and_nothing_more(server: Server, wire: Client) -> None:
    server.default = says(200, '{"id": "49a3999c"}', Content_Type="application/json")

    assert [each.state for each in sent(server, wire, mail(1), mail(2), service="resend")] == ["accepted", "accepted"]
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer the-t0ken"}


@pytest.mark.parametrize(
    ("status", "text", "state", "reason", "suppress", "fault"),
    [
        (422, INVALID, "failed", "invalid_recipient", "bounce", None),
        (422, INACTIVE, "failed", "rejected_by_provider", "", None),
        (422, '{"ErrorCode": 400, "Message": "no"}', "failed", "rejected_by_provider", "", None),
        (401, "{}", "retry", "", "", Fault.MISCONFIGURED),
        (500, "{}", "retry", "", "", Fault.UNAVAILABLE),
        (429, "{}", "retry", "", "", Fault.BUSY),
        (200, "<html>login", "retry", "", "", Fault.MISCONFIGURED),
        (200, "hello", "unknown", "", "", None),
    ],
)
def test_every_answer_has_its_meaning(
    server: Server, wire: Client, status: int, text: str, state: str, reason: str, suppress: str, fault: Fault | None
) -> None:
    server.default = says(status, text, Content_Type="application/json")

    (receipt,) = sent(server, wire, mail())

    assert (receipt.state, receipt.reason, receipt.suppress, receipt.fault) == (state, reason, suppress, fault)


def test_the_provider_says_how_long_to_wait(server: Server, wire: Client) -> None:
    server.default = says(429, "{}", Retry_After="7")

    assert [(each.fault, each.retry_after) for each in sent(server, wire, mail(1), mail(2))] == [
        (Fault.RATE_LIMITED, 7.0), (Fault.RATE_LIMITED, 7.0),
    ]  # fmt: skip
    assert len(server.requests) == 1


def test_an_outage_with_a_time_of_its_end_costs_nobody_a_try(server: Server, wire: Client) -> None:
    server.default = says(503, "{}", Retry_After="7")

    assert {(each.fault, each.retry_after, each.uses_attempt) for each in sent(server, wire, mail(1), mail(2))} == {
        (Fault.UNAVAILABLE, 7.0, False)
    }


def test_an_answer_that_never_came_leaves_that_mail_unknown_and_the_others_waiting(
    server: Server, wire: Client
) -> None:
    server.default = resets

    assert [each.state for each in sent(server, wire, mail(1), mail(2))] == ["unknown", "retry"]


def test_a_redirect_is_not_followed(server: Server, wire: Client) -> None:
    server.default = says(302, "", Location="/login")

    assert [(each.state, each.fault) for each in sent(server, wire, mail())] == [("retry", Fault.MISCONFIGURED)]
    assert len(server.requests) == 1


def test_what_is_no_address_is_not_offered(server: Server, wire: Client) -> None:
    assert [each.reason for each in sent(server, wire, mail(address="nobody"))] == ["invalid_recipient"]
    assert server.requests == []


def test_a_mail_that_is_too_large_is_not_offered_either(server: Server, wire: Client) -> None:
    (receipt,) = sent(server, wire, mail(fields={"subject": "Hi", "html": "é" * 5_000_000, "text": ""}))

    assert (receipt.state, receipt.reason) == ("failed", "too_large")
    assert receipt.answer == "The mail has 10,000,002 bytes; 10,000,000 is the most."
    assert server.requests == []


def test_an_address_inside_is_refused_where_addresses_must_be_public(
    server: Server, wire: Client, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    (receipt,) = sent(server, wire, mail(), service="postal")

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
    assert receipt.answer == "The address of Postal is refused: it is not public."
    assert server.requests == []


def test_postal_is_spoken_to_at_its_own_address(server: Server, wire: Client) -> None:
    said = {"status": "success", "data": {"messages": {"person1@example.com": {"id": 1, "token": "t"}}}}
    server.default = says(200, orjson.dumps(said).decode(), Content_Type="application/json")

    assert [each.state for each in sent(server, wire, mail(), service="postal")] == ["accepted"]
    (request,) = server.requests
    assert (request.path, request.headers["X-Server-API-Key"]) == ("/api/v1/send/message", "the-t0ken")
    assert (request.json["to"], request.json["subject"]) == (["person1@example.com"], "Olá Bcc: x@y.co")
    assert request.json["headers"]["List-Unsubscribe"] == "<https://belfry.example.com/u/x>"


def by_amazon(url: str, wire: Client, *batch: Outgoing, **secrets: str) -> list[Receipt]:
    config = {
        "service": "amazon_ses", "api_url": url, "region": "eu-west-1", "from_address": "news@shop.example.com",
        "connections": 1,
    }  # fmt: skip
    keys = {"api_key": "AKIA1", "secret_key": "s3cret", **secrets}
    return http.run(email.make(config, keys, wire).send(batch, PART))


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    """A sender whose address Amazon knows."""
    with moto() as url:
        client = boto3.client(
            "sesv2", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        client.create_email_identity(EmailIdentity="news@shop.example.com")
        yield url


def test_amazon_takes_the_whole_mail(amazon: str, wire: Client) -> None:
    assert by_amazon(amazon, wire, mail(1), mail(2)) == [
        Receipt(outgoing(1).id, "accepted"), Receipt(outgoing(2).id, "accepted"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "state", "reason", "fault"),
    [
        (400, "MessageRejected", "failed", "rejected_by_provider", None),
        (400, "BadRequestException", "failed", "rejected_by_provider", None),
        (400, "MailFromDomainNotVerifiedException", "retry", "", Fault.MISCONFIGURED),
        (400, "AccountSuspendedException", "retry", "", Fault.MISCONFIGURED),
        (400, "SendingPausedException", "retry", "", Fault.MISCONFIGURED),
        (403, "SignatureDoesNotMatch", "retry", "", Fault.MISCONFIGURED),
        (429, "TooManyRequestsException", "retry", "", Fault.BUSY),
        (400, "LimitExceededException", "retry", "", Fault.BUSY),
        (500, "InternalFailure", "retry", "", Fault.UNAVAILABLE),
    ],
)
def test_every_error_of_amazon_has_its_meaning(
    server: Server, wire: Client, status: int, code: str, state: str, reason: str, fault: Fault | None
) -> None:
    server.default = says(status, '{"message": "no"}', X_Amzn_ErrorType=code, Content_Type="application/json")

    (receipt,) = by_amazon(server.url, wire, mail())

    assert (receipt.state, receipt.reason, receipt.fault) == (state, reason, fault)
    assert len(server.requests) == 1


def test_a_mail_that_amazon_may_have_taken_is_not_sent_again_behind_our_back(server: Server, wire: Client) -> None:
    server.default = resets

    assert [each.state for each in by_amazon(server.url, wire, mail(1), mail(2))] == ["unknown", "retry"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}", "http://nowhere.invalid:{}"])
def test_a_provider_that_is_not_there_got_nothing_and_is_tried_again(wire: Client, url: str) -> None:
    config = {"service": "postmark", "api_url": url.format(free_port()), "from_address": "news@shop.example.com"}

    (receipt,) = http.run(email.make(config, {"api_key": "k"}, wire).send([mail()], PART))

    assert (receipt.state, receipt.fault) == ("retry", Fault.UNAVAILABLE)


def test_an_amazon_that_is_not_there_is_tried_again(wire: Client) -> None:
    (receipt,) = by_amazon(f"http://127.0.0.1:{free_port()}", wire, mail())

    assert (receipt.state, receipt.fault) == ("retry", Fault.UNAVAILABLE)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_provider_that_repeats_its_key_is_not_repeated(server: Server, wire: Client, status: int) -> None:
    server.default = says(status, '{"ErrorCode": 10, "Message": "the-t0ken is wrong"}', Content_Type="application/json")
    config = {"service": "postmark", "api_url": server.url, "from_address": "news@shop.example.com"}
    wire.hidden.append("the-t0ken")

    (receipt,) = http.run(email.make(config, {"api_key": "the-t0ken"}, wire).send([mail()], PART))

    assert "the-t0ken" not in receipt.answer
    assert [exchange.answer for exchange in wire.exchanges] == [receipt.answer]


def api(server: Server, wire: Client, connections: int) -> Destination:
    config = {"service": "resend", "api_url": server.url, "from_address": "news@shop.example.com"}
    return email.make({**config, "connections": connections}, {"api_key": "the-t0ken"}, wire)


def test_batches_sent_at_once_share_the_connections_there_may_be(server: Server, wire: Client) -> None:
    under_way: list[int] = [0, 0]  # now, at most

    async def counts(request: web.Request) -> web.StreamResponse:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0.01)
        under_way[0] -= 1
        return web.Response(text='{"id": "49a3999c"}', content_type="application/json")

    server.default, sender = counts, api(server, wire, 2)

    async def all_at_once() -> list[list[Receipt]]:
        batches = ([mail(number + tens) for number in range(1, 6)] for tens in (10, 20, 30, 40))
        return await asyncio.gather(*(sender.send(batch, PART) for batch in batches))

    receipts = [receipt for batch in http.run(all_at_once()) for receipt in batch]

    assert [receipt.state for receipt in receipts] == ["accepted"] * 20
    assert under_way == [0, 2]


def test_only_mails_that_were_begun_are_unknown_when_time_is_up(server: Server, wire: Client, settings: Any) -> None:
    settings.LEASE_SECONDS = 2
    server.default = hangs

    receipts = http.run(api(server, wire, 40).send([mail(number) for number in range(1, 61)], PART))

    assert len(server.requests) == 40
    assert [receipt.state for receipt in receipts].count("unknown") == len(server.requests)
    assert {receipt.state for receipt in receipts} == {"unknown", "retry"}
