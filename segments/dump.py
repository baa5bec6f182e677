"""The rule as JSON, version 1: what `segments.parse` reads."""

from typing import assert_never

from segments import operators
from segments.tree import (
    Age,
    All,
    Any,
    Average,
    Between,
    Bucket,
    Calendar,
    Comparison,
    Condition,
    Deed,
    Did,
    DidNot,
    Ever,
    HasDevice,
    Hours,
    InList,
    InSegment,
    Interest,
    Last,
    Measure,
    Near,
    Node,
    NoneOf,
    Period,
    Point,
    Property,
    Reachable,
    Sum,
    Times,
    Tree,
    Values,
    Weekdays,
)

VERSION = 1
Json = dict[str, object]


def dump(tree: Tree) -> Json:
    return {"version": VERSION, "rule": dump_node(tree)}


def dump_node(node: Node) -> Json:
    match node:
        case All(of):
            return {"all": [dump_node(child) for child in of]}
        case Any(of):
            return {"any": [dump_node(child) for child in of]}
        case NoneOf(of):
            return {"none": [dump_node(child) for child in of]}
        case Did() | DidNot() | Interest():
            return dump_behaviour(node)
        case _:
            return dump_condition(node)


def dump_behaviour(node: Did | DidNot | Interest) -> Json:
    match node:
        case Did(deeds, period, hours, weekdays, which, measure):
            first = {} if which == "any" else {"which": which}
            return {**dump_deeds("did", deeds, period), **dump_when(hours, weekdays), **first, **dump_measure(measure)}
        case DidNot(deeds, period, hours, weekdays):
            return {**dump_deeds("did_not", deeds, period), **dump_when(hours, weekdays)}
        case Interest(deed, period, over, at_least):
            share: Json = {"predominantly": True} if at_least is None else {"at_least": at_least}
            return {**dump_deeds("interest", (deed,), period), "of": dump_over(over), **share}
        case _:
            assert_never(node)


def dump_condition(node: Condition) -> Json:
    match node:
        case Property():
            return dump_property(node)
        case Age(comparison):
            return {"age": dump_comparison(comparison)}
        case Near(points, metres):
            return {"near": [dump_point(point) for point in points], "metres": metres}
        case Reachable(channel, standing):
            return {"channel": channel, "is": str(standing)}
        case HasDevice(where):
            return {"device": [dump_property(each) for each in where]}
        case InSegment(pk, is_in):
            return {"segment": pk, "is": "in" if is_in else "not_in"}
        case InList(pk, is_in):
            return {"list": pk, "is": "in" if is_in else "not_in"}
        case Bucket(low, high):
            return {"bucket": {"from": low, "to": high}}
        case Did() | DidNot() | Interest():
            return dump_behaviour(node)
        case _:
            assert_never(node)


def dump_property(node: Property) -> Json:
    item = {} if node.item is None else {"item": node.item}
    return {"property": node.name, **item, "type": str(node.comparison.type), **dump_comparison(node.comparison)}


def dump_deeds(family: str, deeds: tuple[Deed, ...], period: Period) -> Json:
    """A single event by its name, its filters beside it; several as a list."""
    if len(deeds) == 1:
        return {family: deeds[0].event, "period": dump_period(period), **dump_where(deeds[0])}
    return {family: [dump_deed(deed) for deed in deeds], "period": dump_period(period)}


def dump_deed(deed: Deed) -> Json:
    return {"event": deed.event, **dump_where(deed)}


def dump_where(deed: Deed) -> Json:
    return {"where": [dump_property(each) for each in deed.where]} if deed.where else {}


def dump_period(period: Period) -> object:
    match period:
        case Ever():
            return "ever"
        case Last(amount, unit):
            return {"last": amount, "unit": unit}
        case Calendar(name):
            return {"named": name}
        case Between(first, last):
            ends = {"from": first, "to": last}
            return {name: end.isoformat() for name, end in ends.items() if end}


def dump_when(hours: Hours | None, weekdays: Weekdays) -> Json:
    clock: Json = {"hours": dump_hours(hours)} if hours else {}
    return {**clock, "weekdays": list(weekdays)} if weekdays else clock


def dump_hours(hours: Hours) -> Json:
    return {"from": f"{hours.start:%H:%M}", "to": f"{hours.end:%H:%M}"}


def dump_over(over: Values | Hours | Weekdays) -> Json:
    match over:
        case Values(name, values):
            return {"property": name, "values": list(values)}
        case Hours():
            return {"hours": dump_hours(over)}
        case _:
            return {"weekdays": list(over)}


def dump_measure(measure: Measure | None) -> Json:
    match measure:
        case None:
            return {}
        case Times(comparison, include_never):
            return {"count": {**dump_comparison(comparison), **dump_never(include_never)}}
        case Sum(name, comparison, include_never):
            return {"sum": {"property": name, **dump_comparison(comparison), **dump_never(include_never)}}
        case Average(name, comparison, include_never):
            return {"average": {"property": name, **dump_comparison(comparison), **dump_never(include_never)}}


def dump_never(include_never: bool) -> Json:
    return {"include_never": True} if include_never else {}


def dump_point(point: Point) -> Json:
    name: Json = {"name": point.name} if point.name else {}
    return {"latitude": point.latitude, "longitude": point.longitude, **name}


def dump_comparison(comparison: Comparison) -> Json:
    value = operators.of(comparison).input.dump(comparison.value)
    return {"operator": comparison.operator} if value is None else {"operator": comparison.operator, "value": value}
