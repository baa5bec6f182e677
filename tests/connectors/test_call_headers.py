"""The calls of a connection have the headers of request and answer, and none of its secrets in any spelling."""

import base64
import html
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
import pytest
from aiohttp import web
from django.test import Client as Browser
from django.utils import timezone

from connectors import headers, http, oauth, sending
from connectors.base import Outgoing, Part
from connectors.http import Client
from connectors.models import Call, Connection
from connectors.secrets import MASK, seal
from connectors.webhook import Webhook
from tests.connectors.factories import connection, outgoing, outgoings
from tests.connectors.servers import Server, says

pytestmark = pytest.mark.django_db

PART = Part("campaign-1/run-1", "1")
SECRETS = ["plain0secret", 'quo"te\\d+&<s/ec> re=t%', "wört-s€cret-ünd", "x7"]
SIGNING = "whsec_" + base64.b64encode(bytes(range(24))).decode()
PEM_ID = "key-id"


async def echoes(request: web.Request) -> web.StreamResponse:
    """What came, in the answer's headers and in its body as text, as JSON, as a page and as an address."""
    if request.path == "/token":
        return web.Response(text='{"access_token": "t0ken-of-the-d4y", "expires_in": 3600}')
    came = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = (await request.read()).decode(errors="replace")
    parts = "\n".join(re.split("[,= ]+", came))
    text = "\n".join([came, parts, json.dumps(came), html.escape(came), quote(came), quote_plus(came), body])
    named = {f"X-Echo-{name}": value for name, value in request.headers.items()}
    return web.Response(status=422, text=text, headers={**named, "Set-Cookie": "session=s0me-s3ssion"})


def connections(url: str, secret: str) -> dict[str, tuple[str, dict[str, Any], dict[str, str]]]:
    """Of every kind that speaks HTTP, in every way it is known by: its kind, config and credentials."""
    hook = {"url": f"{url}/hook"}
    mail = {"from_address": "news@shop.example.com", "api_url": url}
    aws = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": secret, "session_token": f"session{secret}"}
    return {
        "segment": ("segment", {"url": url}, {"write_key": secret}),
        "mparticle": ("mparticle", {"url": url}, {"key": f"k{secret}", "secret": secret}),
        "eventbridge": ("eventbridge", {"url": url, "region": "eu-west-1"}, aws),
        "webhook, unknown": ("webhook", hook, {"signing_secret": SIGNING, "previous_signing_secret": f"{SIGNING}AAAA"}),
        "webhook, basic": ("webhook", {**hook, "auth": "basic", "user": "us"}, {"password": secret}),
        "webhook, bearer": ("webhook", {**hook, "auth": "bearer"}, {"bearer_token": secret}),
        "webhook, oauth": (
            "webhook",
            {**hook, "auth": "oauth", "token_url": f"{url}/token", "client_id": "us"},
            {"client_secret": secret},
        ),
        "postmark": ("email", {**mail, "service": "postmark"}, {"api_key": secret}),
        "mailjet": ("email", {**mail, "service": "mailjet"}, {"api_key": f"k{secret}", "secret_key": secret}),
    }


KINDS = list(connections("", ""))
GIVE_PLAIN_KEYS = ("postmark", "mailjet")  # no other letters than those of ASCII


def spelled(secret: str) -> set[str]:
    basic = base64.b64encode(secret.encode()).decode().rstrip("=")
    forms = {secret, json.dumps(secret)[1:-1], orjson.dumps(secret).decode()[1:-1], html.escape(secret), basic}
    return forms | {quote(secret), quote(secret, safe=""), quote_plus(secret)}


def may_not_be_there(server: Server, credentials: dict[str, str]) -> set[str]:
    """The spellings of the credentials and of what the requests were known by."""
    found = {form for secret in credentials.values() for form in spelled(secret)}
    for request in server.requests:
        for name, value in request.headers.items():
            if name.lower() in ("authorization", "webhook-signature", "x-amz-security-token"):
                found |= {
                    value,
                    value.partition(" ")[2] or value,
                    value.partition("Signature=")[2] or value,
                    value.partition(",")[2] or value,
                }
    return found | {SIGNING.removeprefix("whsec_"), "t0ken-of-the-d4y", "s0me-s3ssion"}


def mail(secret: str) -> Outgoing:
    fields = {"subject": "Hey", "html": "<p>Hey</p>", "text": "Hey"}
    return outgoing(address="ana@example.com", fields=fields)


def stored() -> str:
    kept = Call.objects.values_list("status", "request", "request_headers", "answer", "answer_headers")
    return "\n".join("\n".join(call) for call in kept)


@pytest.mark.parametrize(
    ("name", "secret"),
    [(name, secret) for name in KINDS for secret in SECRETS if secret.isascii() or name not in GIVE_PLAIN_KEYS],
)
def test_no_spelling_of_a_secret_is_in_a_call(server: Server, name: str, secret: str) -> None:
    server.default = echoes
    kind, config, credentials = connections(server.url, secret)[name]
    made = connection(kind, config=config, secrets=seal(credentials))

    sending.send(made, [mail(secret)], PART, now=timezone.now())

    call = Call.objects.get()
    assert MASK in call.request_headers
    assert "Content-Type: " in call.request_headers
    assert "X-Echo-" in call.answer_headers
    assert [form for form in may_not_be_there(server, credentials) if form in stored()] == []


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("X-Api-Key: 1234567890", MASK),
        ("X-Tenant: 9f8a7c6e5d", MASK),
        ("X-Shop: eyJhbGciOiJIUzI1NiJ9.e30.abc", MASK),
        ("Cookie2: session", MASK),
        ("X-Tenant: shop-eu-12", "shop-eu-12"),
        ("Content-Type: text/plain; charset=iso-8859-1", "text/plain; charset=iso-8859-1"),
    ],
)
def test_a_header_of_a_copy_is_shown_unless_it_may_hold_a_key(server: Server, header: str, shown: str) -> None:
    server.default = echoes
    made, (name, _, value) = connection("webhook", config={"url": server.url}), header.partition(": ")

    sending.send(made, [outgoing(fields={"headers": header, "body": "{}"})], PART, now=timezone.now())

    assert f"{name}: {shown}" in Call.objects.get().request_headers.splitlines()
    assert (value in stored()) is (shown == value)


def test_the_headers_that_help_are_shown(server: Server, admin: Browser) -> None:
    told = {
        "Retry_After": "7", "X_RateLimit_Remaining_Tokens": "0", "X_Request_Id": "7d1f0c2ab9e84",
        "Server": "nginx/1.25", "WWW_Authenticate": "Bearer", "X_Auth_Token": "a1b2c3d4e5",
    }  # fmt: skip
    server.default = says(429, "slow down", **told)
    made = connection("webhook", config={"url": f"{server.url}/hook"}, secrets=seal({"signing_secret": SIGNING}))
    sending.send(made, [outgoing()], PART, now=timezone.now())

    call = Call.objects.get()
    page = html.unescape(admin.get(f"/connections/{made.pk}/calls/{call.pk}").content.decode())

    asked, answered = call.request_headers.splitlines(), call.answer_headers.splitlines()
    assert {"Content-Type: application/json", f"webhook-id: {outgoing().id}", f"webhook-signature: {MASK}"} <= {*asked}
    assert {"Retry-After: 7", "X-RateLimit-Remaining-Tokens: 0", "X-Request-ID: 7d1f0c2ab9e84"} <= {*answered}
    assert {"Server: nginx/1.25", "WWW-Authenticate: Bearer", f"X-Auth-Token: {MASK}"} <= {*answered}
    assert all(f"{line}\n" in f"{page}\n" or f"{line}</pre>" in page for line in asked + answered)
    assert ("Headers of the request" in page, "Headers of the answer" in page) == (True, True)


def test_a_request_without_an_answer_has_its_own_headers_alone(admin: Browser) -> None:
    made = connection("webhook", config={"url": "http://127.0.0.1:9/hook"})
    sending.send(made, [outgoing()], PART, now=timezone.now())

    call = Call.objects.get()
    page = admin.get(f"/connections/{made.pk}/calls/{call.pk}").content.decode()

    assert call.request_headers.splitlines()[0] == "Content-Type: application/json"
    assert call.answer_headers == ""
    assert ("Headers of the request" in page, "Headers of the answer" in page) == (True, False)


def test_headers_without_end_and_headers_that_are_no_text_are_bounded(server: Server) -> None:
    many = {f"X_{number}": "y" * 2_000 for number in range(100)}
    server.default = says(500, "down", **many)
    made = connection("webhook", config={"url": server.url})

    sending.send(made, [outgoing()], PART, now=timezone.now())

    kept = Call.objects.get().answer_headers
    assert len(kept) < 4_100
    assert kept.splitlines()[0] == "X-0: (2,000 characters)"
    assert len(kept.splitlines()) == headers.MOST
    assert headers.of_answer((("X-Latin", "caf\udce9"),), []) == "X-Latin: caf?"


def test_of_many_that_went_well_one_answer_is_remembered_with_its_headers(server: Server, wire: Client) -> None:
    http.run(Webhook(url=server.url, client=wire).send(outgoings(20), PART))

    assert [bool(exchange.answered) for exchange in wire.exchanges] == [True] + [False] * 19


def test_a_token_that_was_fetched_is_in_no_call(server: Server) -> None:
    server.default = echoes
    oauth.tokens.clear()
    config = {"url": server.url, "auth": "oauth", "token_url": f"{server.url}/token", "client_id": "us"}
    made = connection("webhook", config=config, secrets=seal({"client_secret": "s3cret"}))

    for _ in range(2):  # the second time it is held already
        sending.send(made, [outgoing()], PART, now=timezone.now())

    assert Connection.objects.count() == 1
    assert Call.objects.count() == 2
    assert "t0ken-of-the-d4y" not in stored()
