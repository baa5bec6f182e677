"""The rule as JSON, version 1: what `segments.parse` reads."""

from typing import assert_never

from segments import operators
from segments.tree import (
    All,
    Any,
    Between,
    Bucket,
    Comparison,
    Did,
    DidNot,
    Ever,
    Last,
    Node,
    NoneOf,
    Period,
    Property,
    Sum,
    Times,
    Tree,
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
        case Property():
            return dump_property(node)
        case Did():
            return {**dump_event("did", node), **dump_measure(node.measure)}
        case DidNot():
            return dump_event("did_not", node)
        case Bucket(low, high):
            return {"bucket": {"from": low, "to": high}}
        case _:
            assert_never(node)


def dump_property(node: Property) -> Json:
    return {"property": node.name, "type": str(node.comparison.type), **dump_comparison(node.comparison)}


def dump_event(family: str, node: Did | DidNot) -> Json:
    where = {"where": [dump_property(each) for each in node.where]} if node.where else {}
    return {family: node.event, "period": dump_period(node.period), **where}


def dump_period(period: Period) -> object:
    match period:
        case Ever():
            return "ever"
        case Last(amount, unit):
            return {"last": amount, "unit": unit}
        case Between(first, last):
            ends = {"from": first, "to": last}
            return {name: end.isoformat() for name, end in ends.items() if end}


def dump_measure(measure: Times | Sum | None) -> Json:
    match measure:
        case None:
            return {}
        case Times(comparison, include_never):
            return {"count": {**dump_comparison(comparison), **dump_never(include_never)}}
        case Sum(name, comparison, include_never):
            return {"sum": {"property": name, **dump_comparison(comparison), **dump_never(include_never)}}


def dump_never(include_never: bool) -> Json:
    return {"include_never": True} if include_never else {}


def dump_comparison(comparison: Comparison) -> Json:
    value = operators.of(comparison).input.dump(comparison.value)
    return {"operator": comparison.operator} if value is None else {"operator": comparison.operator, "value": value}
