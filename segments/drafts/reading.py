"""The draft in a form's fields `name.0.1.event`: the numbers are its place, what was typed is kept as it is."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

from people import languages
from segments import operators, spelling
from segments.drafts.bounds import storable
from segments.drafts.shape import EMPTY_DEED, EMPTY_FILTER, KINDS, PERIOD, Json
from segments.dump import VERSION
from segments.inputs import AMOUNT
from segments.parse import DEPTH
from segments.periods import NAMED
from segments.places import read_metres, read_point
from segments.property_options import picked
from segments.tree import Place, Type

Fields = Mapping[str, Sequence[str]]
Places = Mapping[Place, Fields]
FIELD = re.compile(r"((?:\.[0-9]{1,3})*)\.([a-z_]+)")
DEEPEST = DEPTH + 2  # a filter of a deed of the deepest condition
MEASURES = ("count", "sum", "average")
ENDS = {"since": {"from"}, "until": {"to"}, "between": {"from", "to"}}


def read(fields: Fields, name: str) -> Json | None:
    """The rule in the fields `name.…`; None where there are none."""
    places = fields_by_place(fields, name)
    return rule_of(places)


def read_before(fields: Fields, name: str) -> Json | None:
    """The same as it was before another family or event was chosen: each says what it `was`."""
    places = fields_by_place(fields, name)
    before = {place: as_it_was(each) for place, each in places.items()}
    return rule_of(before)


def rule_of(places: Places) -> Json | None:
    return storable({"version": VERSION, "rule": read_node(places, ())}) if () in places else None


def as_it_was(fields: Fields) -> Fields:
    chosen = next((each for each in ("family", "event") if each in fields), "")
    return {**fields, chosen: fields["was"]} if chosen and "was" in fields else fields


def read_deeds(fields: Fields, name: str) -> list[Json]:
    """The deeds in the fields `name.0.event`, `name.0.1.property` of a form that has nothing else of a rule."""
    places = fields_by_place(fields, name)
    deeds = [read_deed(places, child) for child in below(places, (), "event")]
    return storable(deeds) or [deepcopy(EMPTY_DEED)]


def fields_by_place(fields: Fields, name: str) -> dict[Place, dict[str, Sequence[str]]]:
    found: dict[Place, dict[str, Sequence[str]]] = {}
    for key, values in fields.items():
        match = FIELD.fullmatch(key.removeprefix(name)) if key.startswith(f"{name}.") else None
        place = tuple(int(number) for number in match[1].split(".") if number) if match else ()
        if match and len(place) <= DEEPEST:
            found.setdefault(place, {})[match[2]] = values
    return found


def below(places: Places, place: Place, field: str = "") -> list[Place]:
    """The places right below, in order; with `field` those that have it."""
    return sorted(
        each for each, fields in places.items() if each and each[:-1] == place and (field in fields or not field)
    )


def read_node(places: Places, place: Place) -> Json:
    fields = places[place]
    if "kind" in fields:
        kind = one(fields, "kind")
        return {kind if kind in KINDS else "all": [read_node(places, child) for child in below(places, place)]}
    family, _, detail = one(fields, "family").partition(".")
    match family:
        case "property":
            return as_kept(read_property(fields, detail), languages.typed)
        case "interest":
            return read_interest(places, place)
        case "age":
            return {"age": read_amount(fields, "operator", "value")}
        case "near":
            return read_near(fields)
        case "channel":
            return {"channel": one(fields, "channel") or "email", "is": detail}
        case "device":
            filters = below(places, place, "property")
            where = [as_kept(read_property(places[child]), spelling.platform_typed) for child in filters]
            return {"device": where or [deepcopy(EMPTY_FILTER)]}
        case "segment" | "list":
            return {family: read_id(fields, family), "is": detail}
        case "bucket":
            return {"bucket": {"from": whole(fields, "low"), "to": whole(fields, "high")}}
        case _:
            return read_behaviour(places, place, family, detail)


def read_behaviour(places: Places, place: Place, family: str, event: str) -> Json:
    """`event` is chosen together with the family: a message that was got."""
    node: Json = {"did_not" if family == "did_not" else "did": read_deeds_below(places, place)}
    if family == "message":
        node = {"did": [{"event": event}]}
    fields = places[place]
    node |= {"period": read_period(fields), **read_when(fields)}
    return node if "did_not" in node else {**node, **read_measure(fields)}


def read_deeds_below(places: Places, place: Place) -> list[Json]:
    """Those of what was another family a moment ago too: an interest has its event beside it."""
    deeds = [read_deed(places, child) for child in below(places, place, "event")]
    return deeds or ([read_deed(places, place)] if "event" in places[place] else [deepcopy(EMPTY_DEED)])


def read_deed(places: Places, place: Place) -> Json:
    where = [read_property(places[child]) for child in below(places, place, "property")]
    return {"event": one(places[place], "event"), **({"where": where} if where else {})}


def read_interest(places: Places, place: Place) -> Json:
    deed, fields = read_deeds_below(places, place)[0], places[place]
    where = {"where": deed["where"]} if deed.get("where") else {}
    node = {"interest": deed["event"], **where, "period": read_period(fields), "of": read_over(fields)}
    share = one(fields, "share") == "at_least"
    return {**node, "at_least": whole(fields, "percent")} if share else {**node, "predominantly": True}


def read_over(fields: Fields) -> Json:
    kind, _, name = one(fields, "over").partition(".")
    if kind in ("hours", "weekdays"):
        when = read_when({**fields, kind: ("1",)})
        return {kind: when[kind]}
    if name != one(fields, "overed") and "overed" in fields:  # the values of another property mean nothing here
        return {"property": name, "values": []}
    return {"property": name, "values": [value for value in fields.get("value", ()) if value]}


def read_property(fields: Fields, named: str = "") -> Json:
    """`named` where the family says which property it is."""
    name, item = picked(one(fields, "property")) if not named else (named, None)
    beside = {"item": item} if item is not None else {}
    if not name:
        return deepcopy(EMPTY_FILTER)
    if "typed" in fields and picked(one(fields, "typed")) != (name, item):  # another one: its type is not known yet
        return {"property": name, "type": "", "operator": "", **beside}
    kind, operator = read_operator(fields)
    row = operators.find(Type(kind), operator) if kind in list(Type) else None
    value = row.input.read(fields.get("value", ())) if row else None
    node: Json = {"property": name, "type": kind, "operator": operator, **beside}
    return node if value is None else {**node, "value": value}


def as_kept(node: Json, typed: Callable[[str, str], str]) -> Json:
    """With whole values written as they are kept: “Spanish” and “iOS” as es and ios."""
    value = node.get("value")
    return {**node, "value": [typed(node["property"], each) for each in value]} if isinstance(value, list) else node


def read_operator(fields: Fields) -> tuple[str, str]:
    """The comparison “text.equals” says both."""
    kind, dot, operator = one(fields, "operator").partition(".")
    return (kind, operator) if dot else (one(fields, "type"), kind)


def read_when(fields: Fields) -> Json:
    """The hours and the days of the week, where they are asked for at all."""
    when: Json = {}
    if "hours" in fields:
        when["hours"] = {"from": one(fields, "hours_from"), "to": one(fields, "hours_to")}
    if "weekdays" in fields:
        when["weekdays"] = sorted({int(day) for day in fields.get("weekday", ()) if day in tuple("1234567")})
    return when


def read_period(fields: Fields) -> object:
    kind, named = one(fields, "period"), one(fields, "named")
    if named in NAMED and kind in ENDS and not ENDS[kind] & fields.keys():
        return {"ends": list(ENDS[kind]), "of": named}  # its dates, to be changed
    match kind:
        case "ever":
            return "ever"
        case "since":
            return {"from": one(fields, "from")}
        case "until":
            return {"to": one(fields, "to")}
        case "between":
            return {"from": one(fields, "from"), "to": one(fields, "to")}
        case "last" if "last" in fields:
            return {"last": whole(fields, "last"), "unit": one(fields, "unit") or "days"}
        case _:
            return {"named": kind} if kind in NAMED else dict(PERIOD)


def read_measure(fields: Fields) -> Json:
    measure = one(fields, "measure").partition(".")[0]
    if measure in ("first", "last"):
        return {"which": measure}
    if measure not in MEASURES:
        return {}
    compared = read_amount(fields, "measure", "amount")
    if one(fields, "include_never"):
        compared["include_never"] = True
    return {measure: compared if measure == "count" else {"property": one(fields, "sum_property"), **compared}}


def read_amount(fields: Fields, operator: str, value: str) -> Json:
    row = measure_row(one(fields, operator).rpartition(".")[2])
    return {"operator": row.key, "value": row.input.read(fields.get(value, ()))}


def measure_row(key: object) -> operators.Row:
    return next((row for row in operators.MEASURES if row.key == key), operators.MEASURES[0])


def read_near(fields: Fields) -> Json:
    points = [read_point(text) for text in fields.get("point", ()) if text.strip()]
    return {"near": points, "metres": read_metres(one(fields, "distance"), one(fields, "distance_unit"))}


def read_id(fields: Fields, name: str) -> object:
    return whole(fields, name) if one(fields, name) else ""


def whole(fields: Fields, name: str) -> object:
    return AMOUNT.read(fields.get(name, ()))


def one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0] if values else ""
