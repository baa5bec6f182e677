"""A live rule while a person writes it: JSON of version 1 that may be incomplete, read from a form's fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from segments import operators
from segments.drafts import Json, storable
from segments.dump import VERSION
from segments.forms import deeds_from_post, json_from_post
from segments.inputs import AMOUNT
from segments.live.parse import ADDRESS_OPERATORS, PAGE_OPERATORS, REFERRAL_OPERATORS, REFERRALS
from segments.operators import Row
from segments.tree import Type

KINDS = ("action", "inaction", "date", "page_visit", "referrer", "page_count")
UNITS = ("minutes", "hours", "days")
WHENS = ("before", "on", "after")
OFFERED: Mapping[str, tuple[str, ...]] = {
    "page_visit": ADDRESS_OPERATORS,
    "referrer": REFERRAL_OPERATORS,
    "page_count": PAGE_OPERATORS,
}
FIRST = {"page_visit": "contains", "referrer": "contains", "page_count": "greater_than_equals"}
EMPTY_DEED: Json = {"event": ""}


def read(post: QueryDict, name: str) -> Json | None:
    """The rule in the fields `name.…`, else from JSON in `name` itself; None where there is neither."""
    if f"{name}.trigger" not in post:
        return json_from_post(post, name)
    live: Json = {"trigger": read_trigger(post, name)}
    if post.get(f"{name}.first"):
        live["first_time_only"] = True
    people = json_from_post(post, f"{name}.filter") if post.get(f"{name}.filtered") else None
    whole_rule: Json = {"version": VERSION, "live": {**live, "filter": people.get("rule")} if people else live}
    made: Json = storable(whole_rule)
    return made


def read_trigger(post: QueryDict, name: str) -> Json:
    """What was typed for another kind is left out, but for what was done."""
    kind, did = post.get(f"{name}.trigger", ""), deeds_from_post(post, f"{name}.did")
    if kind != post.get(f"{name}.was", kind):
        post = QueryDict()
    match kind:
        case "inaction":
            within = {"amount": whole(post, f"{name}.amount"), "unit": one_of(post, f"{name}.unit", UNITS)}
            return {kind: {"did": did, "not": deeds_from_post(post, f"{name}.not"), "within": within}}
        case "date":
            return {kind: {**did[0], **read_date(post, name)}}
        case "referrer":
            chosen = one_of(post, f"{name}.property", REFERRALS)
            return {kind: {"property": chosen, **read_comparison(post, name, kind)}}
        case "page_visit" | "page_count":
            return {kind: read_comparison(post, name, kind)}
        case _:
            return {"action": did}


def read_date(post: QueryDict, name: str) -> Json:
    when, unit = one_of(post, f"{name}.when", WHENS), one_of(post, f"{name}.unit", UNITS, "days")
    found: Json = {"property": post.get(f"{name}.property", ""), "when": when}
    if when != "on":
        found |= {"amount": whole(post, f"{name}.amount"), "unit": unit}
    clock = post.get(f"{name}.at", "")
    return {**found, "at": clock} if clock and (when == "on" or unit == "days") else found


def read_comparison(post: QueryDict, name: str, kind: str) -> Json:
    row = row_of(kind, post.get(f"{name}.operator", ""))
    value = row.input.read(post.getlist(f"{name}.value"))
    return {"operator": row.key} if value is None else {"operator": row.key, "value": value}


def row_of(kind: str, operator: object) -> Row:
    """The comparison, or the one that is offered first."""
    rows = operators.BY_TYPE[Type.NUMBER if kind == "page_count" else Type.TEXT]
    return rows[operator if isinstance(operator, str) and operator in OFFERED[kind] else FIRST[kind]]


def whole(post: QueryDict, field: str) -> object:
    return AMOUNT.read(post.getlist(field))


def one_of(post: QueryDict, field: str, choices: Sequence[str], otherwise: str = "") -> str:
    given = post.get(field, "")
    return given if given in choices else otherwise or choices[0]


def usable(json: object) -> tuple[str, Json]:
    """The kind of the trigger and what it holds, whatever `json` is; each deed is an object."""
    live = json.get("live") if isinstance(json, dict) else None
    trigger = storable(live.get("trigger")) if isinstance(live, dict) else None
    kind = next((each for each in KINDS if isinstance(trigger, dict) and each in trigger), KINDS[0])
    of: Any = trigger.get(kind) if isinstance(trigger, dict) else None
    if kind == "action":
        return kind, {"did": deeds_in(of)}
    held = dict(of) if isinstance(of, dict) else {}
    if kind == "inaction":
        return kind, {**held, "did": deeds_in(held.get("did")), "not": deeds_in(held.get("not"))}
    if kind == "date":
        return kind, {**held, "did": deeds_in([{key: held[key] for key in ("event", "where") if key in held}])}
    return kind, held


def with_deeds(draft: Json, side: str, deeds: list[Json]) -> Json:
    """The draft with other deeds on one side: what was done, or what was not."""
    kind, held = usable(draft)
    match kind:
        case "inaction":
            trigger: Json = {kind: {**held, side: deeds}}
        case "date":
            rest = {key: value for key, value in held.items() if key not in ("did", "event", "where")}
            trigger = {kind: {**deeds[0], **rest}}
        case _:
            trigger = {kind: deeds}
    live = draft.get("live")
    return {"version": VERSION, "live": {**(live if isinstance(live, dict) else {}), "trigger": trigger}}


def deeds_in(given: object) -> list[Json]:
    found = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return found or [dict(EMPTY_DEED)]
