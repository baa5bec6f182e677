"""What people did, did not do, and mostly do, read from JSON."""

import re
from datetime import date, time
from itertools import pairwise
from typing import Literal

from segments import inputs
from segments.parse.comparisons import MEASURES, parse_filter, parse_measure
from segments.parse.reading import (
    Members,
    TreeError,
    checked,
    members,
    one_of,
    only_one,
    parse_name,
    several,
    whole,
)
from segments.parse.whereabouts import Path
from segments.periods import NAMED
from segments.tree import (
    Between,
    Calendar,
    Deed,
    Did,
    DidNot,
    Ever,
    Hours,
    Interest,
    Last,
    Measure,
    Period,
    Property,
    Times,
    Values,
    Weekdays,
)

DEEDS = 10
FILTERS = 10
CLOCK = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
WHEN = {"hours", "weekdays"}
Which = Literal["any", "first", "last"]


def parse_did(path: Path, json: object) -> Did:
    parts = members(path, json, required={"did", "period"}, optional={"where", "which", *WHEN, *MEASURES})
    deeds, measure = parse_deeds_of(path, parts, "did"), parse_measure(path, parts)
    if measure and not isinstance(measure, Times) and len(deeds) > 1:
        what = "sum" if "sum" in parts else "average"
        raise TreeError(
            (*path, what), "A total or an average is of one event: remove the others, or compare how often."
        )
    period, (hours, weekdays) = parse_period((*path, "period"), parts["period"]), parse_when(path, parts)
    which = parse_which(path, parts, period, measure)
    return Did(deeds, period, hours, weekdays, which, measure)


def parse_did_not(path: Path, json: object) -> DidNot:
    parts = members(path, json, required={"did_not", "period"}, optional={"where", *WHEN})
    deeds, period = parse_deeds_of(path, parts, "did_not"), parse_period((*path, "period"), parts["period"])
    return DidNot(deeds, period, *parse_when(path, parts))


def parse_interest(path: Path, json: object) -> Interest:
    parts = members(path, json, required={"interest", "period", "of"}, optional={"where", "at_least", "predominantly"})
    deed = Deed(parse_event((*path, "interest"), parts["interest"]), parse_where(path, parts))
    period, over = parse_period((*path, "period"), parts["period"]), parse_over((*path, "of"), parts["of"])
    share = only_one(path, parts, ("at_least", "predominantly"), "Choose “mostly”, or how many percent at least.")
    if share == "predominantly" and parts[share] is not True:
        raise TreeError((*path, share), "Choose “mostly”, or how many percent at least.")
    message = "Type a whole number of percent from 1 to 100."
    at_least = whole((*path, share), parts[share], 1, 100, message) if share == "at_least" else None
    return Interest(deed, period, over, at_least)


def parse_deeds_of(path: Path, parts: Members, family: str) -> tuple[Deed, ...]:
    """One event by its name, its filters beside it; or a list of events with their filters."""
    if not isinstance(parts[family], list):
        return (Deed(parse_event((*path, family), parts[family]), parse_where(path, parts)),)
    if "where" in parts:
        raise TreeError((*path, "where"), "With several events each has its own filters.")
    return parse_deeds((*path, family), parts[family])


def parse_deeds(path: Path, json: object) -> tuple[Deed, ...]:
    given = several(path, json, DEEDS, f"Choose one to {DEEDS} events.")
    return tuple(parse_deed((*path, number), each) for number, each in enumerate(given))


def parse_deed(path: Path, json: object) -> Deed:
    parts = members(path, json, required={"event"}, optional={"where"})
    return Deed(parse_event((*path, "event"), parts["event"]), parse_where(path, parts))


def parse_event(path: Path, json: object) -> str:
    return parse_name(path, json, "Choose an event.")


def parse_where(path: Path, parts: Members) -> tuple[Property, ...]:
    filters, here = parts.get("where", []), (*path, "where")
    if not isinstance(filters, list) or len(filters) > FILTERS:
        raise TreeError(here, f"An event has at most {FILTERS} property filters.")
    return tuple(parse_filter((*here, number), each) for number, each in enumerate(filters))


def parse_period(path: Path, json: object) -> Period:
    if json == "ever":
        return Ever()
    if isinstance(json, dict) and "last" in json:
        parts = members(path, json, required={"last", "unit"})
        unit = one_of((*path, "unit"), parts["unit"], ("days", "hours"), "Choose days or hours.")
        return Last(checked((*path, "last"), inputs.parse_amount, parts["last"]), "days" if unit == "days" else "hours")
    if isinstance(json, dict) and "named" in json:
        parts = members(path, json, required={"named"})
        return Calendar(one_of((*path, "named"), parts["named"], tuple(NAMED), "Choose a period."))
    parts = members(path, json, optional={"from", "to"})
    first, last = (parse_end((*path, end), parts.get(end)) for end in ("from", "to"))
    if first is None and last is None:
        raise TreeError(path, "Choose a period.")
    if first and last and first > last:
        raise TreeError((*path, "to"), "The period ends before it begins.")
    return Between(first, last)


def parse_end(path: Path, json: object) -> date | None:
    return None if json is None else checked(path, inputs.parse_day, json)


def parse_which(path: Path, parts: Members, period: Period, measure: Measure | None) -> Which:
    if "which" not in parts:
        return "any"
    which = one_of((*path, "which"), parts["which"], ("first", "last"), "Choose the first or the last time.")
    if measure:
        raise TreeError((*path, "which"), f"The {which} time is only one time: compare no number, or choose any time.")
    if isinstance(period, Ever):
        raise TreeError((*path, "period"), f"Choose the period in which the {which} time has to be.")
    return "first" if which == "first" else "last"


def parse_when(path: Path, parts: Members) -> tuple[Hours | None, Weekdays]:
    hours = parse_hours((*path, "hours"), parts["hours"]) if "hours" in parts else None
    return hours, parse_weekdays((*path, "weekdays"), parts["weekdays"]) if "weekdays" in parts else ()


def parse_hours(path: Path, json: object) -> Hours:
    parts = members(path, json, required={"from", "to"})
    return Hours(*(parse_time((*path, end), parts[end]) for end in ("from", "to")))


def parse_time(path: Path, json: object) -> time:
    if not isinstance(json, str) or not CLOCK.fullmatch(json):
        raise TreeError(path, "Type a time of day from 00:00 to 23:59.")
    return time.fromisoformat(json)


def parse_weekdays(path: Path, json: object) -> Weekdays:
    given = several(path, json, 7, "Choose one or more days of the week.")
    days = tuple(whole((*path, number), day, 1, 7, "Days are 1 to 7.") for number, day in enumerate(given))
    if any(day >= following for day, following in pairwise(days)):
        raise TreeError(path, "Name each day of the week once, Monday first.")
    return days


def parse_over(path: Path, json: object) -> Values | Hours | Weekdays:
    parts = members(path, json, optional={"property", "values", *WHEN})
    match only_one(path, parts, ("property", "hours", "weekdays"), "Choose a property, a time of day or weekdays."):
        case "hours":
            return parse_whole_hours((*path, "hours"), members(path, json, required={"hours"})["hours"])
        case "weekdays":
            return parse_weekdays((*path, "weekdays"), members(path, json, required={"weekdays"})["weekdays"])
        case _:
            parts = members(path, json, required={"property", "values"})
            name = parse_name((*path, "property"), parts["property"], "Choose a property of the event.")
            return Values(name, checked((*path, "values"), inputs.parse_texts, parts["values"]))


def parse_whole_hours(path: Path, json: object) -> Hours:
    hours = parse_hours(path, json)
    for end, at in (("from", hours.start), ("to", hours.end)):
        if at.minute:
            raise TreeError((*path, end), "Choose whole hours here, such as 18:00.")
    return hours
