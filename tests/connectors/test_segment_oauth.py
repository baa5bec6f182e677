"""Segment where a workspace asks for OAuth: an assertion that our key signed becomes the token that requests carry."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client as Browser

from connectors import http, oauth, segment
from connectors.base import Fault, Part, Receipt
from connectors.forms.segment import SegmentForm
from connectors.http import Client
from connectors.models import Connection
from connectors.secrets import open_sealed
from tests.connectors.factories import WRITE_KEY, outgoing
from tests.connectors.servers import Play, Server

PART = Part("campaign-1/run-1", "1")
KEY = rsa.generate_private_key(65537, 2048)
OTHER = ec.generate_private_key(ec.SECP256R1())
FORM = {"name": "Shop", "write_key": WRITE_KEY, "region": segment.US, "oauth_client_id": "us", "oauth_key_id": "k1",
        "oauth_url": segment.TOKENS}  # fmt: skip


def pem(key: Any) -> str:
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return str(written.decode())


def gives(tokens: Iterator[str], good: str) -> Play:
    """A server that gives access tokens and takes messages with one of them."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/token":
            return web.json_response({"access_token": next(tokens), "token_type": "bearer", "expires_in": 86_400})
        return web.json_response({}, status=200 if request.headers["Authorization"] == f"Bearer {good}" else 401)

    return answer


def sent(server: Server, wire: Client, **changes: str) -> Receipt:
    config = {"url": f"{server.url}/v1", "oauth_client_id": "us", "oauth_key_id": "k1", "oauth_url": server.url}
    made = segment.make({**config, **changes}, {"write_key": WRITE_KEY, "oauth_key": pem(KEY)}, wire)
    (receipt,) = http.run(made.send([outgoing()], PART))
    return receipt


@pytest.fixture(autouse=True)
def no_tokens() -> None:
    oauth.tokens.clear()


def test_a_signed_assertion_gets_the_token_that_requests_carry(server: Server, wire: Client) -> None:
    server.default = gives(iter(["first"]), good="first")

    assert [sent(server, wire).state for _ in range(2)] == ["accepted"] * 2

    token, batch, again = server.requests
    asked = {name: values[0] for name, values in parse_qs(token.body.decode()).items()}
    claims = jwt.decode(asked.pop("client_assertion"), KEY.public_key(), algorithms=["RS256"], audience=server.url)
    assert asked == {
        "grant_type": "client_credentials",
        "scope": "tracking_api:write",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    assert (claims["iss"], claims["sub"]) == ("us", "us")
    assert 0 < claims["exp"] - time.time() <= 60
    assert (batch.headers["Authorization"], batch.json["writeKey"]) == ("Bearer first", WRITE_KEY)
    assert again.path == "/v1/batch"
    assert not any("first" in exchange.answer for exchange in wire.exchanges)


def test_a_token_that_is_refused_is_fetched_anew_once(server: Server, wire: Client) -> None:
    server.default = gives(iter(["old", "new"]), good="new")

    assert sent(server, wire).state == "accepted"
    assert [request.path for request in server.requests] == ["/token", "/v1/batch", "/token", "/v1/batch"]


def test_a_token_that_is_never_good_pauses_the_connection(server: Server, wire: Client) -> None:
    server.default = gives(iter(["old", "new"]), good="another")

    receipt = sent(server, wire)

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)


def test_without_it_the_write_key_is_enough(server: Server, wire: Client) -> None:
    assert sent(server, wire, oauth_client_id="").state == "accepted"
    assert [request.headers["Authorization"][:6] for request in server.requests] == ["Basic "]


@pytest.mark.django_db
def test_the_key_is_kept_sealed_and_never_shown(admin: Browser) -> None:
    assert admin.post("/connections/new/segment", FORM).status_code == 422
    for wrong in ("no key", pem(OTHER)):
        answer = admin.post("/connections/new/segment", FORM | {"oauth_key": wrong})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["oauth_key"])
        assert wrong not in answer.text

    assert admin.post("/connections/new/segment", FORM | {"oauth_key": pem(KEY)}).status_code == 302

    made = Connection.objects.get()
    assert open_sealed(made.secrets) == {"write_key": WRITE_KEY, "oauth_key": pem(KEY).strip()}
    assert "PRIVATE KEY" not in admin.get(f"/connections/{made.pk}").text
    assert admin.post(f"/connections/{made.pk}", FORM | {"write_key": "", "oauth_key": ""}).status_code == 302
    assert open_sealed(Connection.objects.get().secrets)["oauth_key"] == pem(KEY).strip()


def is_folded(text: str) -> bool:
    """Whether what few need is behind words to click on, and there at all."""
    begin = text.index("<details", text.index('name="compress"'))
    end = text.index("</details>", begin)
    fold = text[begin:end]
    assert [name for name in SegmentForm.folded if f'name="{name}"' not in fold] == []
    assert fold.count("<summary") == 1
    return " open" not in fold[: fold.index(">")]


@pytest.mark.django_db
def test_oauth_is_folded_until_it_is_set_or_wrong(admin: Browser) -> None:
    address, plain = "/connections/new/segment", {**FORM, "oauth_client_id": "", "oauth_key_id": "", "oauth_key": ""}
    assert is_folded(admin.get(address).text)
    assert is_folded(admin.post(address, {**plain, "name": ""}).text)
    assert not is_folded(admin.post(address, FORM).text)
    assert not is_folded(admin.post(address, {**plain, "oauth_key": "no key"}).text)
    assert not is_folded(admin.post(address, {**plain, "turn": "1", "oauth_key_id": "k1"}).text)

    admin.post(address, plain)
    without = Connection.objects.get()
    admin.post(address, {**FORM, "name": "With", "oauth_key": pem(KEY)})
    others = Connection.objects.exclude(pk=without.pk)

    assert is_folded(admin.get(f"/connections/{without.pk}").text)
    assert not is_folded(admin.get(f"/connections/{others.get().pk}").text)
