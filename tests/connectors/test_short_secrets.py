"""A secret that is part of the format of an answer changes nothing of what the answer says; only people see a mask."""

import base64

import orjson
import pytest

from connectors import http, oauth
from connectors.base import ConnectorError, Destination, Fault, Part, Receipt
from connectors.http import Client
from connectors.mparticle import MParticle
from connectors.secrets import MASK, spellings
from connectors.segment import Segment
from tests.connectors.factories import outgoing, outgoings
from tests.connectors.servers import Server, says
from tests.connectors.test_eventbridge import eventbridge

PART = Part("campaign-1/run-1", "1")
PAIR = base64.b64encode(b"us:s3cret").decode()
SHORT = ["E", "d", '"', ":", "Entries"]


def hiding(wire: Client, secret: str) -> Client:
    wire.hidden.extend(spellings([secret]))
    return wire


def sent(destination: Destination, count: int = 1) -> list[Receipt]:
    return http.run(destination.send(outgoings(count), PART))


@pytest.mark.parametrize("secret", SHORT)
def test_the_entries_of_eventbridge_are_read_as_they_came(server: Server, wire: Client, secret: str) -> None:
    entries = [{"EventId": "e-1"}, {"ErrorCode": "MalformedDetail", "ErrorMessage": f"No: {secret}"}]
    server.default = says(200, orjson.dumps({"FailedEntryCount": 1, "Entries": entries}).decode())

    taken, refused = sent(eventbridge(server.url, hiding(wire, secret)), 2)

    assert taken == Receipt(outgoing(1).id, "accepted")
    assert (refused.state, refused.reason) == ("failed", "rejected_by_provider")
    assert secret not in refused.answer.replace(MASK, "")


def test_a_missing_bus_of_eventbridge_is_known_by_what_came(server: Server, wire: Client) -> None:
    server.default = says(400, '{"__type":"ResourceNotFoundException","message":"Event bus does not exist."}')

    with pytest.raises(ConnectorError, match="There is no event bus") as found:
        http.run(eventbridge(server.url, hiding(wire, "Found")).check())

    assert found.value.fault == Fault.MISCONFIGURED


def test_mparticle_is_understood_although_a_key_is_in_its_words(server: Server, wire: Client) -> None:
    server.default = says(429, '{"errors":[{"code":"TOO_MANY_REQUESTS","message":"Acceleration limit"}]}')

    (receipt,) = sent(MParticle(server.url, "key", "Accel", "production", hiding(wire, "Accel")))

    assert receipt.pace == "hold"
    assert "Accel" not in receipt.answer
    assert MASK in receipt.answer


def test_a_page_is_one_although_a_key_is_in_its_words(server: Server, wire: Client) -> None:
    server.default = says(200, "<!doctype html><html>Sign in</html>")

    (receipt,) = sent(Segment(server.url, "html", hiding(wire, "html")))

    assert receipt.fault == Fault.MISCONFIGURED


def test_an_access_token_is_read_as_it_came(server: Server, wire: Client) -> None:
    """What we are known by is in the answer's own words."""
    server.default = says(200, f'{{"access_token": "{PAIR}", "expires_in": 3600}}')
    credentials = oauth.Credentials(f"{server.url}/token", "us", "s3cret")

    assert http.run(oauth.fetch(credentials, wire)).access_token == PAIR
