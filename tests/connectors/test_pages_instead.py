"""A page for people with status 200, such as one to sign in, is no provider's answer: nobody was sent anything."""

from typing import Any

import pytest

from connectors import http, registry
from connectors.base import Fault, Part, Receipt
from connectors.http import Client
from tests.connectors.factories import outgoing
from tests.connectors.servers import Play, Server, says

PAGES = [
    says(200, "<title>Sign in</title>", Content_Type="text/html"),
    says(200, "\n<!DOCTYPE html><title>Sign in</title>", Content_Type="text/plain"),
    says(203, "<HTML>", Content_Type="application/xhtml+xml; charset=utf-8"),
]
MAIL = {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hello"}


def sent(kind: str, server: Server, wire: Client, **config: Any) -> Receipt:
    given = {"url": server.url, "api_url": server.url, "from_address": "news@shop.example.com", **config}
    destination = registry.kind_of(kind).make(given, {"api_key": "k", "access_key_id": "k"}, wire)
    (receipt,) = http.run(destination.send([outgoing(address="maria@example.com", fields=MAIL)], Part("x", "1")))
    return receipt


@pytest.mark.parametrize("shown", PAGES)
@pytest.mark.parametrize(
    ("kind", "config"),
    [("segment", {}), ("mparticle", {}), ("eventbridge", {}), ("email", {"service": "postmark"})],
)
def test_a_page_pauses_the_connection_and_loses_nobody(
    server: Server, wire: Client, kind: str, config: dict[str, Any], shown: Play
) -> None:
    server.default = shown

    receipt = sent(kind, server, wire, **config)

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
    assert "page" in receipt.answer


@pytest.mark.parametrize("shown", PAGES)
def test_a_receiver_of_ones_own_may_answer_as_it_likes(server: Server, wire: Client, shown: Play) -> None:
    server.default = shown

    assert sent("webhook", server, wire).state == "accepted"


@pytest.mark.parametrize("kind", ["segment", "mparticle"])
@pytest.mark.parametrize(
    ("text", "called"), [("ok", "text/plain"), ('{"success":true}', "text/html"), ("", "text/html")]
)
def test_an_answer_of_another_kind_is_one(server: Server, wire: Client, kind: str, text: str, called: str) -> None:
    server.default = says(200, text, Content_Type=called)

    assert sent(kind, server, wire).state == "accepted"
