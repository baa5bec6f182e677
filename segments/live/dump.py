"""The rule of a live segment as JSON, version 1: what `segments.live.parse` reads."""

from typing import assert_never

from segments.dump import VERSION, Json, dump_comparison, dump_deed, dump_node
from segments.live.rule import Action, Inaction, LiveRule, OnDate, PageCount, PageVisit, Referral, Span, Trigger


def dump(rule: LiveRule) -> Json:
    live: Json = {"trigger": dump_trigger(rule.trigger)}
    if rule.first_time_only:
        live["first_time_only"] = True
    if rule.filter is not None:
        live["filter"] = dump_node(rule.filter)
    return {"version": VERSION, "live": live}


def dump_trigger(trigger: Trigger) -> Json:
    match trigger:
        case Action(deeds):
            return {"action": [dump_deed(each) for each in deeds]}
        case Inaction(did, undone, within):
            sides = {"did": [dump_deed(each) for each in did], "not": [dump_deed(each) for each in undone]}
            return {"inaction": {**sides, "within": dump_span(within)}}
        case OnDate():
            return {"date": dump_date(trigger)}
        case PageVisit(comparison):
            return {"page_visit": dump_comparison(comparison)}
        case Referral(name, comparison):
            return {"referrer": {"property": name, **dump_comparison(comparison)}}
        case PageCount(comparison):
            return {"page_count": dump_comparison(comparison)}
        case _:
            assert_never(trigger)


def dump_date(trigger: OnDate) -> Json:
    shift = dump_span(trigger.shift) if trigger.shift else {}
    clock: Json = {"at": f"{trigger.clock:%H:%M}"} if trigger.clock else {}
    return {**dump_deed(trigger.deed), "property": trigger.property, "when": trigger.when, **shift, **clock}


def dump_span(span: Span) -> Json:
    return {"amount": span.amount, "unit": span.unit}
