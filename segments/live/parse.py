"""The rule of a live segment read from JSON, version 1. What cannot work is refused with its path and a sentence."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Literal

from segments import operators
from segments.dump import VERSION
from segments.inputs import WrongValue
from segments.live.rule import (
    Action,
    Inaction,
    LiveRule,
    OnDate,
    PageCount,
    PageVisit,
    Referral,
    Span,
    Trigger,
    Unit,
    deeds_of,
    undone_by,
)
from segments.parse import (
    Members,
    Path,
    TreeError,
    checked,
    flag,
    members,
    one_of,
    parse_deed,
    parse_deeds,
    parse_name,
    parse_rule,
    problems_within,
    whole,
)
from segments.parse.behaviour import parse_time
from segments.parse.rule import VALUES, values
from segments.tree import All, Comparison, Did, Ever, Tree, Type

LONGEST: dict[Unit, int] = {"minutes": 60 * 24 * 30, "hours": 24 * 90, "days": 365}
REFERRALS = ("referrer", "utm_source", "utm_medium", "utm_campaign")
ADDRESS_OPERATORS = ("equals", "not_equals", "contains", "not_contains", "starts_with")
REFERRAL_OPERATORS = (*ADDRESS_OPERATORS, "exists")
PAGE_OPERATORS = ("greater_than_equals", "greater_than", "equals")
MOST_PAGES = 1000
TRIGGER: Path = ("live", "trigger")
FILTER: Path = ("live", "filter")
SIDES = ("did", "not")


def parse(json: object) -> LiveRule:
    """Raises TreeError."""
    parts = live_parts(json)
    trigger = parse_trigger(TRIGGER, parts["trigger"])
    first = flag(("live", "first_time_only"), parts.get("first_time_only", False))
    return LiveRule(trigger, first, parse_people(FILTER, parts["filter"]) if "filter" in parts else None)


def problems(json: object) -> list[TreeError]:
    """Everything that is wrong, in order: at most one for each event and one for each condition on people."""
    try:
        parse(json)
    except TreeError as error:
        return found_in(json) or [error]
    return []


def found_in(json: object) -> list[TreeError]:
    try:
        parts = live_parts(json)
    except TreeError:
        return []
    return [
        *trigger_problems(parts["trigger"]),
        *(problems_within(FILTER, parts["filter"]) if "filter" in parts else ()),
    ]


def trigger_problems(json: object) -> list[TreeError]:
    """Those of its events, else the first of its own."""
    kind = next(iter(json), "") if isinstance(json, dict) else ""
    of, path = json[kind] if isinstance(json, dict) and kind else None, (*TRIGGER, kind)
    lists: dict[Path, object] = {path: of}
    if kind == "inaction" and isinstance(of, dict):
        lists = {(*path, side): of.get(side) for side in SIDES}
    found = [error for where, deeds in lists.items() for error in deed_problems(where, deeds)]
    return found or [error for error in [refusal(parse_trigger, TRIGGER, json)] if error]


def deed_problems(path: Path, deeds: object) -> Iterator[TreeError]:
    for number, deed in enumerate(deeds if isinstance(deeds, list) else []):
        if error := refusal(parse_deed, (*path, number), deed):
            yield error


def refusal(parse: Callable[[Path, object], object], path: Path, json: object) -> TreeError | None:
    try:
        parse(path, json)
    except TreeError as error:
        return error
    return None


def live_parts(json: object) -> Members:
    parts = members((), json, required={"version", "live"})
    if parts["version"] != VERSION or isinstance(parts["version"], bool):
        raise TreeError(("version",), f"This segment is of another version; only version {VERSION} can be read.")
    return members(("live",), parts["live"], required={"trigger"}, optional={"first_time_only", "filter"})


def parse_people(path: Path, json: object) -> Tree | None:
    """The condition on people; None where it lets everyone through."""
    tree = parse_rule(path, json)
    return None if tree == All() else tree


def parse_trigger(path: Path, json: object) -> Trigger:
    if not isinstance(json, dict) or len(json) != 1 or not TRIGGERS.keys() & json.keys():
        raise TreeError(path, "Choose what begins it.")
    [(kind, of)] = json.items()
    trigger = TRIGGERS[kind]((*path, kind), of)
    if values(Did((*deeds_of(trigger), *undone_by(trigger)), Ever())) > VALUES:
        raise TreeError(path, f"A segment has at most {VALUES:,} values.")
    return trigger


def parse_action(path: Path, json: object) -> Action:
    return Action(parse_deeds(path, json))


def parse_inaction(path: Path, json: object) -> Inaction:
    parts = members(path, json, required={*SIDES, "within"})
    did, undone = (parse_deeds((*path, side), parts[side]) for side in SIDES)
    return Inaction(did, undone, parse_span((*path, "within"), parts["within"]))


def parse_date(path: Path, json: object) -> OnDate:
    parts = members(path, json, required={"event", "property", "when"}, optional={"where", "amount", "unit", "at"})
    deed = parse_deed(path, {name: parts[name] for name in ("event", "where") if name in parts})
    name = parse_name((*path, "property"), parts["property"], "Choose the property that has the date.")
    when = parse_when((*path, "when"), parts["when"])
    clock = parse_time((*path, "at"), parts["at"]) if "at" in parts else None
    shift = parse_shift(path, parts, when)
    if clock and shift and shift.unit != "days":
        raise TreeError((*path, "at"), "A time of day goes with days, not with hours or minutes.")
    return OnDate(deed, name, when, shift, clock)


def parse_when(path: Path, json: object) -> Literal["before", "on", "after"]:
    match json:
        case "before" | "on" | "after":
            return json
        case _:
            raise TreeError(path, "Choose before, on or after.")


def parse_shift(path: Path, parts: Members, when: str) -> Span | None:
    given = {name: parts[name] for name in ("amount", "unit") if name in parts}
    if when != "on":
        return parse_span(path, given)
    if given:
        raise TreeError((*path, "amount"), "On the date itself there is nothing to add.")
    return None


def parse_span(path: Path, json: object) -> Span:
    parts = members(path, json, required={"amount", "unit"})
    unit = parse_unit((*path, "unit"), parts["unit"])
    longest = LONGEST[unit]
    message = f"Type a whole number of {unit} from 1 to {longest:,}."
    return Span(whole((*path, "amount"), parts["amount"], 1, longest, message), unit)


def parse_unit(path: Path, json: object) -> Unit:
    match json:
        case "minutes" | "hours" | "days":
            return json
        case _:
            raise TreeError(path, "Choose minutes, hours or days.")


def parse_page_visit(path: Path, json: object) -> PageVisit:
    parts = members(path, json, required={"operator"}, optional={"value"})
    return PageVisit(parse_text(path, parts, ADDRESS_OPERATORS))


def parse_referral(path: Path, json: object) -> Referral:
    parts = members(path, json, required={"property", "operator"}, optional={"value"})
    name = one_of((*path, "property"), parts["property"], REFERRALS, "Choose the referrer or a UTM value.")
    return Referral(name, parse_text(path, parts, REFERRAL_OPERATORS))


def parse_page_count(path: Path, json: object) -> PageCount:
    parts = members(path, json, required={"operator", "value"})
    key = one_of((*path, "operator"), parts["operator"], PAGE_OPERATORS, "Choose a comparison.")
    value = checked((*path, "value"), operators.BY_TYPE[Type.NUMBER][key].input.parse, parts["value"])
    if not isinstance(value, Decimal) or value != value.to_integral_value() or not 1 <= value <= MOST_PAGES:
        raise TreeError((*path, "value"), f"Type a whole number of pages from 1 to {MOST_PAGES:,}.")
    return PageCount(Comparison(Type.NUMBER, key, value))


def parse_text(path: Path, parts: Members, offered: tuple[str, ...]) -> Comparison:
    row = operators.BY_TYPE[Type.TEXT][one_of((*path, "operator"), parts["operator"], offered, "Choose a comparison.")]
    try:
        return Comparison(Type.TEXT, row.key, row.input.parse(parts.get("value")))
    except WrongValue as error:
        raise TreeError((*path, "value"), str(error)) from error


TRIGGERS: dict[str, Callable[[Path, object], Trigger]] = {
    "action": parse_action,
    "inaction": parse_inaction,
    "date": parse_date,
    "page_visit": parse_page_visit,
    "referrer": parse_referral,
    "page_count": parse_page_count,
}
