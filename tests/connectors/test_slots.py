"""What a campaign may carry one day, an event's properties, a held value and recommended items, every export takes."""

from typing import Any

import orjson
import pytest

from connectors import http, registry
from connectors.base import Part
from connectors.http import Client
from connectors.secrets import seal
from tests.connectors.factories import connection, outgoing
from tests.connectors.servers import Server
from tests.connectors.test_payloads import problems

SKU = {"sku": "coat-7", "price": 129.5, "gift": False}
ITEMS = ({"identity": "hat-1", "name": "Hat"}, {"identity": "scarf-2", "name": "Cachecol"})
NAMES = ("Event properties", "Constant property", "Recommendations")
RICH = outgoing(trigger=SKU, constant=["blue", "red"], recommendations=ITEMS)
PLAIN = outgoing()


def sent(kind: str, message: Any) -> dict[str, Any]:
    """The payload as JSON has it."""
    payload: dict[str, Any] = orjson.loads(orjson.dumps(registry.payload(kind, message)))
    return payload


def carried(kind: str, message: Any) -> dict[str, Any]:
    """The three slots as the payload of a kind has them."""
    payload = sent(kind, message)
    match kind:
        case "segment" | "file":
            return {name: payload["properties"][name] for name in NAMES if name in payload["properties"]}
        case "mparticle":
            said = payload["events"][0]["data"]["custom_attributes"]
            return {name: value for name, value in said.items() if name.startswith(NAMES)}
        case "webhook":
            payload = payload["body"]["data"]
    names = dict(zip(("event_properties", "constant_property", "recommendations"), NAMES, strict=True))
    return {words: payload[name] for name, words in names.items() if name in payload}


FLAT = {
    "Event properties.sku": "coat-7",
    "Event properties.price": "129.5",
    "Event properties.gift": "false",
    "Constant property": "blue, red",
    "Recommendations": '[{"identity":"hat-1","name":"Hat"},{"identity":"scarf-2","name":"Cachecol"}]',
}


@pytest.mark.parametrize("kind", ["segment", "mparticle", "eventbridge", "webhook", "file"])
def test_every_export_carries_them_and_keeps_its_schema(kind: str) -> None:
    whole = dict(zip(NAMES, (SKU, ["blue", "red"], list(ITEMS)), strict=True))

    assert carried(kind, RICH) == (FLAT if kind == "mparticle" else whole)
    assert carried(kind, PLAIN) == {}
    assert problems(f"{kind}.v1.json", sent(kind, RICH)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["segment", "webhook"])
def test_they_arrive(server: Server, wire: Client, kind: str) -> None:
    over = connection(kind, config={"url": server.url, "compress": False}, secrets=seal({"write_key": "key"}))

    (receipt,) = http.run(registry.destination(over, wire).send([RICH], Part("campaign-1/run-1", "1")))

    assert receipt.state == "accepted"
    for value in ("coat-7", "blue", "Cachecol"):
        assert value in server.requests[0].body.decode()
