"""A rule while a person writes it: JSON of version 1 that may be incomplete, read from a form's fields and edited."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from accounts.requests import whole_number
from segments import operators
from segments.dump import VERSION
from segments.inputs import AMOUNT
from segments.parse import DEPTH
from segments.pickers import Catalogue
from segments.tree import Place, Type

Json = dict[str, Any]
Fields = Mapping[str, Sequence[str]]
FIELD = re.compile(r"((?:\.[0-9]{1,3})*)\.([a-z_]+)")
EMPTY_CONDITION: Json = {"did": "", "period": {"last": 30, "unit": "days"}}
EMPTY_FILTER: Json = {"property": "", "type": "text", "operator": "equals", "value": []}
KINDS = ("all", "any", "none")
FAMILIES = ("did", "did_not", "property", "bucket")


def empty() -> Json:
    return {"version": VERSION, "rule": {"all": [deepcopy(EMPTY_CONDITION)]}}


def read(fields: Fields, name: str) -> Json | None:
    """The rule in the fields `name.…`; None where there are none."""
    places = fields_by_place(fields, name)
    if () not in places:
        return None
    return {"version": VERSION, "rule": read_node(places, ())}


def fields_by_place(fields: Fields, name: str) -> dict[Place, dict[str, Sequence[str]]]:
    found: dict[Place, dict[str, Sequence[str]]] = {}
    for key, values in fields.items():
        match = FIELD.fullmatch(key.removeprefix(name)) if key.startswith(f"{name}.") else None
        place = tuple(int(number) for number in match[1].split(".") if number) if match else ()
        if match and len(place) <= DEPTH + 1:
            found.setdefault(place, {})[match[2]] = values
    return found


def read_node(places: Mapping[Place, Fields], place: Place) -> Json:
    fields = places[place]
    children = sorted(each for each in places if each[:-1] == place and each != place)
    if "kind" in fields:
        kind = one(fields, "kind")
        return {kind if kind in KINDS else "all": [read_node(places, child) for child in children]}
    match one(fields, "family"):
        case "property":
            return read_property(fields)
        case "bucket":
            return {"bucket": {"from": whole(fields, "low"), "to": whole(fields, "high")}}
        case "did_not":
            return read_event(fields, "did_not", [read_property(places[child]) for child in children])
        case _:
            where = [read_property(places[child]) for child in children]
            return {**read_event(fields, "did", where), **read_measure(fields)}


def read_property(fields: Fields) -> Json:
    name, kind, operator = one(fields, "property"), one(fields, "type"), one(fields, "operator")
    if name != one(fields, "typed") and "typed" in fields:  # another property was chosen: its type is not known yet
        return {"property": name, "type": "", "operator": ""}
    row = operators.find(Type(kind), operator) if kind in list(Type) else None
    value = row.input.read(fields.get("value", ())) if row else None
    node: Json = {"property": name, "type": kind, "operator": operator}
    return node if value is None else {**node, "value": value}


def read_event(fields: Fields, family: str, where: list[Json]) -> Json:
    node: Json = {family: one(fields, "event"), "period": read_period(fields)}
    return {**node, "where": where} if where else node


def read_period(fields: Fields) -> object:
    match one(fields, "period"):
        case "last":
            return {"last": whole(fields, "last"), "unit": one(fields, "unit") or "days"}
        case "since":
            return {"from": one(fields, "from")}
        case "until":
            return {"to": one(fields, "to")}
        case "between":
            return {"from": one(fields, "from"), "to": one(fields, "to")}
        case _:
            return "ever"


def read_measure(fields: Fields) -> Json:
    measure, _, key = one(fields, "measure").partition(".")
    if measure not in ("count", "sum"):
        return {}
    row = measure_row(key)
    compared: Json = {"operator": row.key, "value": row.input.read(fields.get("amount", ()))}
    if one(fields, "include_never"):
        compared["include_never"] = True
    return {measure: compared if measure == "count" else {"property": one(fields, "sum_property"), **compared}}


def measure_row(key: object) -> operators.Operator[Any]:
    return next((row for row in operators.MEASURES if row.key == key), operators.MEASURES[0])


def whole(fields: Fields, name: str) -> object:
    return AMOUNT.read(fields.get(name, ()))


def one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0] if values else ""


def usable(json: object) -> Json:
    """A copy in which every group is a list of conditions and every condition has a family; what is not is emptied."""
    rule = json.get("rule") if isinstance(json, dict) else None
    node = usable_node(rule, DEPTH)
    return {"version": VERSION, "rule": node} if any(kind in node for kind in KINDS) else empty()


def usable_node(node: object, deeper: int) -> Json:
    if not isinstance(node, dict):
        return deepcopy(EMPTY_CONDITION)
    kind = next((each for each in KINDS if each in node), None)
    if kind:
        children = node[kind] if isinstance(node[kind], list) and deeper else []
        return {kind: [usable_node(child, deeper - 1) for child in children]}
    if not any(family in node for family in FAMILIES):
        return deepcopy(EMPTY_CONDITION)
    where = node.get("where")
    kept = deepcopy(node)
    if "did" in node or "did_not" in node:
        kept["where"] = [each for each in where if isinstance(each, dict)] if isinstance(where, list) else []
    return kept


def events_of(draft: Json) -> set[str]:
    """The event names a usable rule has."""
    found = {each.get("did") or each.get("did_not") for each in walk(draft["rule"])}
    return {name for name in found if isinstance(name, str)}


def walk(node: Json) -> Iterator[Json]:
    yield node
    if any(kind in node for kind in KINDS):
        for child in children_of(node):
            yield from walk(child)


def is_untyped(draft: Json) -> bool:
    """Whether a property was chosen whose type is not known yet."""
    nodes = list(walk(draft["rule"]))
    return any(each.get("type") == "" for node in nodes for each in (node, *node.get("where", ())))


def complete(draft: Json, known: Catalogue) -> None:
    """Give every property of a usable rule a type and a comparison: the most frequent type, the first comparison."""
    for node in walk(draft["rule"]):
        if "property" in node:
            complete_property(node, known, None)
        event = node.get("did") or node.get("did_not")
        for each in node.get("where", ()):
            complete_property(each, known, event if isinstance(event, str) else "")


def complete_property(node: Json, known: Catalogue, event: str | None) -> None:
    if node.get("type") not in list(Type):
        seen = known.property(str(node.get("property")), event).types
        node["type"] = str(seen[0] if seen else Type.TEXT)
    rows = operators.BY_TYPE[Type(node["type"])]
    if node.get("operator") not in rows:
        node["operator"] = next(iter(rows))
        node.pop("value", None)


def edited(draft: Json, action: str) -> tuple[Json, Place | None]:
    """The rule after a press of a button, and the place to go on at: “condition:0.1” adds one to that group, “group:”,
    “filter:0”, “remove:0.1”. What does not fit the rule changes nothing."""
    verb, _, where = action.partition(":")
    place = tuple(number for text in where.split(".") if (number := whole_number(text)) is not None)
    changed = deepcopy(draft)
    change = CHANGES.get(verb)
    if change is None or node_at(changed, place) is None:
        return changed, None
    return changed, nearest(changed, change(changed, place))


def add_condition(draft: Json, place: Place) -> Place:
    return appended(node_at(draft, place), EMPTY_CONDITION, place)


def add_group(draft: Json, place: Place) -> Place:
    return (*appended(node_at(draft, place), {"any": [EMPTY_CONDITION]}, place), 0)


def add_filter(draft: Json, place: Place) -> Place:
    node = node_at(draft, place)
    if node is None or not ("did" in node or "did_not" in node):
        return place
    node.setdefault("where", [])
    return appended(node, EMPTY_FILTER, place)


def appended(node: Json | None, new: Json, place: Place) -> Place:
    children = children_of(node)
    children.append(deepcopy(new))
    return (*place, len(children) - 1)


def remove(draft: Json, place: Place) -> Place:
    """A group that loses its last condition goes too, except the outermost."""
    if not place:
        return place
    above, parent = place[:-1], node_at(draft, place[:-1])
    siblings = children_of(parent)
    del siblings[place[-1]]
    if not siblings and above and parent and any(kind in parent for kind in KINDS):
        return remove(draft, above)
    return place


def nearest(draft: Json, place: Place) -> Place:
    """The place itself if something is there, else the one before it, else the group."""
    while place and node_at(draft, place) is None:
        place = (*place[:-1], place[-1] - 1) if place[-1] else place[:-1]
    return place


def node_at(draft: Json, place: Place) -> Json | None:
    node = draft["rule"]
    for number in place:
        children = children_of(node)
        if number >= len(children):
            return None
        node = children[number]
    return node if isinstance(node, dict) else None


def children_of(node: Json | None) -> list[Any]:
    """The conditions of a group, the filters of an event; a list of its own where there are none."""
    for name in (*KINDS, "where"):
        if node and isinstance(node.get(name), list):
            return list_of(node, name)
    return []


def list_of(node: Json, name: str) -> list[Any]:
    found: list[Any] = node[name]
    return found


# Each changes the rule in place and returns where to go on.
CHANGES: dict[str, Callable[[Json, Place], Place]] = {
    "condition": add_condition,
    "group": add_group,
    "filter": add_filter,
    "remove": remove,
}
