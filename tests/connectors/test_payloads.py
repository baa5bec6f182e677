"""`docs/payloads.md` and the schemas say what is really sent."""

import re
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from connectors import http, registry, webhook
from connectors.base import Outgoing, Part
from connectors.file import File
from connectors.http import Client
from connectors.segment import Segment
from tests.connectors.factories import outgoing, outgoings
from tests.connectors.servers import Server

DOCUMENT = (settings.BASE_DIR / "docs" / "payloads.md").read_text()
SCHEMAS = {path.name: orjson.loads(path.read_bytes()) for path in (settings.BASE_DIR / "connectors/schemas").iterdir()}
RESOURCES: Any = Registry().with_resources((name, Resource.from_contents(each)) for name, each in SCHEMAS.items())
EXAMPLES = {kind: orjson.loads(text) for kind, text in re.findall(r"```json (\S+)\n(.*?)```", DOCUMENT, re.DOTALL)}

MARIA = outgoing(
    id="5b0a1c1e-6a33-2c55-9d0c-3e0f8f6a7b21",
    user_id="4711",
    content={"product": "Casaco de inverno", "message": "Oi Maria, seu casaco espera por você"},
    campaign={
        "Campaign Id": 12,
        "Campaign name": "Autumn offer",
        "Campaign type": "by_property",
        "Campaign labels": ["autumn"],
        "Run": 2,
        "Copy": "pt",
    },
    traits={"email": "maria.silva@example.com", "first_name": "Maria", "language": "pt", "city": "São Paulo"},
    address="maria.silva@example.com",
    unsubscribe="https://belfry.example.com/u/Vx0",
    fields={
        "subject": "Oi Maria, seu casaco espera por você",
        "preheader": "Ainda temos o seu tamanho",
        "html": "<p>Oi Maria, seu <b>casaco</b> espera por você.</p>",
        "text": "Oi Maria, seu casaco espera por você.",
    },
)

# What a later part of the product fills in: the same message with made-up values in every slot.
SLOTS: dict[str, Any] = {
    "tokens": ({"platform": "ios", "token": "t-1"}, {"platform": "web", "token": "t-2"}),
    "trigger": {"sku": "C-1", "sizes": ["S", "M"]},
    "constant": ["C-1", "C-2"],
    "recommendations": ({"sku": "C-3", "price": 12.5},),
}
FLAT: dict[str, dict[str, Any]] = {
    "properties": {
        "Event properties": {"sku": "C-1", "sizes": ["S", "M"]},
        "Constant property": ["C-1", "C-2"],
        "Recommendations": [{"sku": "C-3", "price": 12.5}],
    },
    "traits": {"push_tokens": [{"platform": "ios", "token": "t-1"}, {"platform": "web", "token": "t-2"}]},
}
NESTED = {
    "event_properties": FLAT["properties"]["Event properties"],
    "constant_property": FLAT["properties"]["Constant property"],
    "recommendations": FLAT["properties"]["Recommendations"],
    "user": FLAT["traits"],
}
# Kind → what its payload has more than without the slots; a mail has no place but its text.
PLACES: dict[str, dict[str, Any]] = {
    "segment": {"properties": FLAT["properties"], "context": {"traits": FLAT["traits"]}},
    "mparticle": {
        "user_attributes": {"push_tokens": ["ios:t-1", "web:t-2"]},
        "device_info": {"platform": "iOS", "push_token": "t-1"},
        "events": [
            {
                "data": {
                    "custom_attributes": {
                        "Event properties.sku": "C-1",
                        "Event properties.sizes": "S, M",
                        "Constant property": "C-1, C-2",
                        "Recommendations": '[{"sku":"C-3","price":12.5}]',
                    }
                }
            }
        ],
    },
    "eventbridge": NESTED,
    "webhook": {"body": {"data": NESTED}},
    "email": {},
    "file": FLAT,
}

values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
properties = st.dictionaries(
    st.text() | st.sampled_from(["first_name", "birth_date", "city", "region", "country"]), values, max_size=6
)


slots = st.fixed_dictionaries(
    {},
    optional={
        "tokens": st.lists(
            st.fixed_dictionaries({"platform": st.sampled_from(["android", "ios", "web"]), "token": st.text()}),
            max_size=3,
        ).map(tuple),
        "trigger": properties,
        "constant": values,
        "recommendations": st.lists(properties, max_size=3).map(tuple),
    },
)


def as_sent(kind: str, message: Outgoing) -> Any:
    """The payload after the wire."""
    return orjson.loads(orjson.dumps(registry.payload(kind, message)))


def merged(one: Any, other: Any) -> Any:
    """Both, also within what both have."""
    if isinstance(one, list) and isinstance(other, list):
        return [merged(*pair) for pair in zip(one, other, strict=True)]
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: merged(one.get(key), each) for key, each in other.items()}}


def problems(name: str, payload: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[name], registry=RESOURCES).iter_errors(payload)]


@pytest.mark.parametrize("kind", registry.DESTINATIONS)
def test_the_documented_example_is_what_is_sent(kind: str) -> None:
    assert registry.payload(kind, MARIA) == EXAMPLES[kind]
    assert problems(f"{kind}.v1.json", EXAMPLES[kind]) == []


def test_a_real_request_to_segment_is_as_documented(server: Server, wire: Client) -> None:
    http.run(Segment(server.url, "the write key", wire).send(outgoings(3), Part("campaign-1/run-1", "1")))

    request = server.requests[0].json
    assert problems("segment.batch.v1.json", request) == []
    assert {**request, "batch": [], "sentAt": EXAMPLES["segment.batch"]["sentAt"]} == EXAMPLES["segment.batch"]


@pytest.mark.parametrize("kind", registry.DESTINATIONS)
@tries(deadline=None)
@given(properties, properties)
def test_any_message_keeps_the_schema(kind: str, said: dict[str, object], traits: dict[str, object]) -> None:
    payload = registry.payload(kind, outgoing(content=said, traits=traits))

    assert problems(f"{kind}.v1.json", payload) == []


@pytest.mark.parametrize("kind", registry.DESTINATIONS)
def test_each_kind_has_a_place_for_tokens_the_triggering_event_the_held_value_and_recommendations(kind: str) -> None:
    without, filled = as_sent(kind, MARIA), as_sent(kind, msgspec.structs.replace(MARIA, **SLOTS))

    assert filled == merged(without, PLACES[kind])
    assert problems(f"{kind}.v1.json", filled) == []


@pytest.mark.parametrize("kind", registry.DESTINATIONS)
@tries(deadline=None)
@given(slots, properties)
def test_whatever_is_in_the_slots_keeps_the_schema(
    kind: str, filled: dict[str, Any], traits: dict[str, object]
) -> None:
    payload = as_sent(kind, outgoing(traits=traits, **filled))

    assert problems(f"{kind}.v1.json", payload) == []


def test_what_is_in_the_slots_is_really_sent(server: Server, wire: Client, tmp_path: Path) -> None:
    filled, part = msgspec.structs.replace(MARIA, **SLOTS), Part("campaign-1/run-1", "1")

    http.run(Segment(server.url, "the write key", wire).send([filled], part))
    http.run(webhook.make({"url": server.url}, {}, wire).send([filled], part))
    http.run(File(tmp_path).send([filled], part))

    (track,) = server.requests[0].json["batch"]
    assert track == as_sent("segment", filled)
    assert server.requests[1].json == as_sent("webhook", filled)["body"]
    assert orjson.loads((tmp_path / "campaign-1/run-1/1.ndjson").read_bytes()) == as_sent("file", filled)


def test_the_schemas_refuse_what_is_not_documented() -> None:
    assert problems("segment.v1.json", {**EXAMPLES["segment"], "extra": 1}) != []
    assert problems("segment.v1.json", {**EXAMPLES["segment"], "timestamp": "yesterday"}) != []
    assert (
        problems("segment.v1.json", {key: EXAMPLES["segment"][key] for key in EXAMPLES["segment"] if key != "userId"})
        != []
    )
    assert problems("file.v1.json", {**EXAMPLES["file"], "messageId": 1}) != []


def test_every_kind_is_documented() -> None:
    assert set(EXAMPLES) >= set(registry.DESTINATIONS)
    assert {f"{kind}.v1.json" for kind in registry.DESTINATIONS} <= set(SCHEMAS)
    assert [Path(name).suffix for name in SCHEMAS] == [".json"] * len(SCHEMAS)
