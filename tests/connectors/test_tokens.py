"""Who gives access tokens and does not answer is to blame for no message: none has left."""

from typing import Any

import pytest
from aiohttp import web

from connectors import http, oauth
from connectors.base import Fault, Outgoing, Part, Receipt
from connectors.http import Client
from connectors.webhook import Auth, Webhook
from tests.connectors.factories import outgoing, outgoings
from tests.connectors.servers import Play, Server, hangs, resets, says

PART = Part("campaign-1/run-1", "1")


def sent(server: Server, wire: Client, *batch: Outgoing) -> list[Receipt]:
    credentials = oauth.Credentials(f"{server.url}/token", "us", "s3cret", "given")
    oauth.forget(credentials)
    receiver = Webhook(url=f"{server.url}/hook", client=wire, auth=Auth("oauth", client=credentials))
    return http.run(receiver.send(batch, PART))


@pytest.mark.parametrize("silent", [hangs, resets])
def test_without_an_answer_the_messages_are_tried_again_and_none_is_unknown(
    server: Server, impatient: Client, silent: Play
) -> None:
    server.default = silent

    receipts = sent(server, impatient, *outgoings(2))

    assert {(each.state, each.fault) for each in receipts} == {("retry", Fault.UNAVAILABLE)}
    assert {request.path for request in server.requests} == {"/token"}


def test_an_address_of_tokens_that_may_not_be_called_is_for_a_person_to_mend(
    server: Server, wire: Client, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    (receipt,) = sent(server, wire, outgoing())

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_it_names_is_waited_for(server: Server, wire: Client, status: int) -> None:
    server.default = says(status, "busy", Retry_After="17")

    (receipt,) = sent(server, wire, outgoing())

    assert (receipt.fault, receipt.retry_after, receipt.uses_attempt) == (Fault.UNAVAILABLE, 17.0, False)


@pytest.mark.parametrize("lasts", ["3599", '"3599"', "0", "null"])
def test_how_long_a_token_lasts_may_be_written_as_a_text_or_not_at_all(
    server: Server, wire: Client, lasts: str
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        text = f'{{"access_token": "t0ken", "expires_in": {lasts}}}' if request.path == "/token" else "ok"
        return web.Response(text=text)

    server.default = answer

    assert [each.state for each in sent(server, wire, outgoing())] == ["accepted"]
