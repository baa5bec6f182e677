"""What a draft looks like: its groups, conditions, deeds and filters, and what of a stored one can be used."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from segments.drafts.bounds import DEEPEST_VALUE, storable
from segments.drafts.bounds import Json as Json
from segments.dump import VERSION
from segments.parse import DEPTH
from segments.tree import Place

KINDS = ("all", "any", "none")
DEEDS = ("did", "did_not")
CONDITIONS = (*DEEDS, "interest", "property", "age", "near", "channel", "device", "segment", "list", "bucket")
# What a condition or a deed holds in a list of places.
LISTS = (*KINDS, *DEEDS, "where", "device")
MOST = 1000  # the inputs that a form has
PERIOD: Json = {"last": 30, "unit": "days"}
EMPTY_DEED: Json = {"event": ""}
EMPTY_CONDITION: Json = {"did": [EMPTY_DEED], "period": PERIOD}
EMPTY_FILTER: Json = {"property": "", "type": "text", "operator": "equals", "value": []}


def empty() -> Json:
    return {"version": VERSION, "rule": {"all": [deepcopy(EMPTY_CONDITION)]}}


def usable(json: object) -> Json:
    """A copy in which every group is a list of conditions and every condition has a family; what is not is emptied."""
    rule = json.get("rule") if isinstance(json, dict) else None
    node = usable_node(rule, DEPTH)
    return {"version": VERSION, "rule": node} if kind_of(node) else empty()


def usable_node(node: object, deeper: int) -> Json:
    if not isinstance(node, dict):
        return deepcopy(EMPTY_CONDITION)
    kind = kind_of(node)
    if kind:
        children = node[kind] if isinstance(node[kind], list) and deeper else []
        return {kind: [usable_node(child, deeper - 1) for child in children[:MOST]]}
    return usable_condition(node)


def usable_condition(node: Json) -> Json:
    family = next((each for each in CONDITIONS if each in node), None)
    kept: Json = storable(node, DEEPEST_VALUE)
    if family in DEEDS:
        kept[family] = usable_deeds(kept.pop("where", []), kept[family])
    elif family == "interest":
        kept["where"] = dicts(kept.get("where"))
    elif family in ("device", "near"):
        kept[family] = dicts(kept[family])
    return kept if family else deepcopy(EMPTY_CONDITION)


def usable_deeds(where: object, deeds: object) -> list[Json]:
    """Both forms: an event's name with its filters beside it, or a list of deeds."""
    if not isinstance(deeds, list):
        return [{"event": deeds if isinstance(deeds, str) else "", "where": dicts(where)}]
    made = [usable_deed(each) for each in dicts(deeds)]
    return made or [deepcopy(EMPTY_DEED)]


def usable_deed(deed: Json) -> Json:
    event = deed.get("event")
    return {"event": event if isinstance(event, str) else "", "where": dicts(deed.get("where"))}


def dicts(found: object) -> list[Json]:
    return [each for each in found[:MOST] if isinstance(each, dict)] if isinstance(found, list) else []


def kind_of(node: Json) -> str:
    """Which group it is; "" for a condition."""
    return next((each for each in KINDS if each in node), "")


def walk(node: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    """Everything that has a place: groups, conditions, deeds, filters."""
    yield place, node
    for number, child in enumerate(children_of(node)):
        yield from walk(child, (*place, number))


def deeds_of(node: Json) -> list[Json]:
    """The deeds of one condition; that of an interest is the condition itself."""
    found: list[Json] = next((node[name] for name in DEEDS if name in node), [])
    return found


def events_of(draft: Json) -> set[str]:
    """The event names a usable rule has."""
    return {name for _, node in walk(draft["rule"]) if (name := event_of(node))}


def event_of(node: Json) -> str:
    """The event of a deed or an interest; "" where none was chosen."""
    event = node.get("event") or node.get("interest")
    return event if isinstance(event, str) else ""


def has(draft: Json, family: str) -> bool:
    return any(family in node for _, node in walk(draft["rule"]))


def node_at(draft: Json, place: Place) -> Json | None:
    node = draft["rule"]
    for number in place:
        children = children_of(node)
        if number >= len(children):
            return None
        node = children[number]
    return node if isinstance(node, dict) else None


def children_of(node: Json | None) -> list[Any]:
    """The conditions of a group, the deeds of a condition, the filters of a deed; else a list of its own."""
    for name in LISTS:
        if node and isinstance(node.get(name), list):
            found: list[Any] = node[name]
            return found
    return []
