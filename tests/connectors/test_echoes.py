"""A receiver that repeats the headers it was sent: no credential is kept with its answer or told in a receipt."""

import base64
from typing import Any

import orjson
import pytest
from aiohttp import web

from connectors import http, oauth
from connectors.base import Destination, Part
from connectors.http import Client
from connectors.mparticle import MParticle
from connectors.secrets import MASK, masked
from connectors.segment import Segment
from connectors.webhook import Auth, Webhook
from tests.connectors.factories import outgoing
from tests.connectors.servers import Server, says

PART = Part("campaign-1/run-1", "1")


def basic(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


async def echoes(request: web.Request) -> web.StreamResponse:
    """As text and as JSON; /token gives a token."""
    if request.path == "/token":
        return await says(200, '{"access_token": "t0\\"ken", "expires_in": 3600}')(request)
    authorization = request.headers.get("Authorization", "")
    said = f"{authorization} {orjson.dumps({'you said': authorization}).decode()}"
    return web.Response(status=422, text=said)


def destinations(url: str, wire: Client) -> dict[str, tuple[Destination, str]]:
    """Each with the credential that its requests carry."""
    oauth_client = oauth.Credentials(f"{url}/token", "us", "s3cret", "echo")
    hook: dict[str, Any] = {"url": f"{url}/hook", "client": wire}
    return {
        "segment": (Segment(url, "wk", wire), basic("wk:")),
        "mparticle": (MParticle(url, "key", "s3cret", "production", wire), basic("key:s3cret")),
        "basic": (Webhook(**hook, auth=Auth("basic", "us", "s3cret")), basic("us:s3cret")),
        "bearer": (Webhook(**hook, auth=Auth("bearer", secret='s3"cret')), '"cret'),
        "oauth": (Webhook(**hook, auth=Auth("oauth", client=oauth_client)), '"ken'),
    }


@pytest.mark.parametrize("kind", ["segment", "mparticle", "basic", "bearer", "oauth"])
def test_credentials_that_come_back_are_masked_on_every_send(server: Server, wire: Client, kind: str) -> None:
    server.default = echoes
    again = Client(wire.session)

    for client in (wire, again):
        destination, credential = destinations(server.url, client)[kind]
        (receipt,) = http.run(destination.send([outgoing()], PART))
        for text in (receipt.answer, client.exchanges[-1].answer):
            assert (credential in text, orjson.dumps(credential).decode()[1:-1] in text) == (False, False)
            assert MASK in text


def test_a_credential_that_holds_another_is_masked_whole() -> None:
    assert masked("a2V5OnMzY3JldA==", ["a2V5", "a2V5OnMzY3JldA=="]) == MASK
