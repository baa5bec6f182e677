"""The whole rule read from JSON: its version, its groups, each condition by its family, and the bounds of its size."""

from collections.abc import Callable, Iterator

from segments.dump import VERSION
from segments.parse.behaviour import parse_did, parse_did_not, parse_interest
from segments.parse.comparisons import parse_property
from segments.parse.people import (
    parse_age,
    parse_bucket,
    parse_channel,
    parse_device,
    parse_in_list,
    parse_in_segment,
    parse_near,
)
from segments.parse.reading import TreeError, members
from segments.parse.whereabouts import Path
from segments.tree import (
    All,
    Any,
    Condition,
    Deed,
    Did,
    DidNot,
    Group,
    HasDevice,
    Interest,
    Near,
    Node,
    NoneOf,
    Property,
    Tree,
    Values,
    nodes,
)

DEPTH = 6
WIDTH = 50
SIZE = 200  # conditions, groups, events, filters and places together
VALUES = 5_000
GROUPS: dict[str, type[Group]] = {"all": All, "any": Any, "none": NoneOf}
FAMILIES: dict[str, Callable[[Path, object], Condition]] = {
    "property": parse_property,
    "did": parse_did,
    "did_not": parse_did_not,
    "interest": parse_interest,
    "age": parse_age,
    "near": parse_near,
    "channel": parse_channel,
    "device": parse_device,
    "segment": parse_in_segment,
    "list": parse_in_list,
    "bucket": parse_bucket,
}


def parse(json: object) -> Tree:
    """Raises TreeError."""
    parts = members((), json, required={"version", "rule"})
    if parts["version"] != VERSION or isinstance(parts["version"], bool):
        raise TreeError(("version",), f"This segment is of another version; only version {VERSION} can be read.")
    return parse_rule(("rule",), parts["rule"])


def parse_rule(path: Path, json: object) -> Tree:
    """A group with everything in it, within all bounds. Raises TreeError."""
    rule = parse_node(path, json, depth=1)
    if not isinstance(rule, All | Any | NoneOf):
        raise TreeError(path, "A segment begins with a group: all, any or none.")
    if not rule.of and not isinstance(rule, All):
        raise TreeError(path, "Add a condition to this group.")
    if sum(size(node) for _, node in nodes(rule)) > SIZE:
        raise TreeError(path, f"A segment has at most {SIZE} conditions, with groups, events, filters and places.")
    if sum(values(node) for _, node in nodes(rule)) > VALUES:
        raise TreeError(path, f"A segment has at most {VALUES:,} values: a custom list holds more.")
    return rule


def problems(json: object) -> list[TreeError]:
    """Everything that is wrong, in order, at most one for each condition; empty if it can be parsed."""
    try:
        parse(json)
    except TreeError as error:
        rule = json.get("rule") if isinstance(json, dict) else None
        return list(problems_within(("rule",), rule)) or [error]
    return []


def problems_within(path: Path, json: object, depth: int = 1) -> Iterator[TreeError]:
    """What is wrong in a group that `parse_rule` reads, without its bounds of size."""
    group = next((kind for kind in GROUPS if kind in json), None) if isinstance(json, dict) else None
    if isinstance(json, dict) and group and isinstance(json[group], list) and json[group] and depth <= DEPTH:
        for number, child in enumerate(json[group]):
            yield from problems_within((*path, group, number), child, depth + 1)
        return
    try:
        parse_node(path, json, depth)
    except TreeError as error:
        yield error


def parse_node(path: Path, json: object, depth: int) -> Node:
    family = family_of(path, json)
    if family in GROUPS:
        return parse_group(path, json, family, depth)
    return FAMILIES[family](path, json)


def family_of(path: Path, json: object) -> str:
    """The one member that says what kind of node it is."""
    if not isinstance(json, dict):
        raise TreeError(path, "Choose a condition.")
    known = [str(name) for name in json if name in GROUPS or name in FAMILIES]
    if len(known) != 1:
        raise TreeError(path, f"Choose one of: {', '.join([*GROUPS, *FAMILIES])}.")
    return known[0]


def parse_group(path: Path, json: object, kind: str, depth: int) -> Group:
    children = members(path, json, required={kind})[kind]
    here = (*path, kind)
    if depth > DEPTH:
        raise TreeError(path, f"Groups can be nested {DEPTH} deep.")
    if not isinstance(children, list):
        raise TreeError(here, "A group is a list of conditions.")
    if not children and depth > 1:
        raise TreeError(here, "Add a condition to this group.")
    if len(children) > WIDTH:
        raise TreeError(here, f"A group has at most {WIDTH} conditions.")
    return GROUPS[kind](tuple(parse_node((*here, number), child, depth + 1) for number, child in enumerate(children)))


def size(node: Node) -> int:
    """Of this node without its branches."""
    match node:
        case Did(deeds) | DidNot(deeds):
            return sum(1 + len(deed.where) for deed in deeds)
        case Interest(Deed(_, where)) | HasDevice(where):
            return 1 + len(where)
        case Near(points):
            return len(points)
        case _:
            return 1


def values(node: Node) -> int:
    """How many values are compared with here, without its branches."""
    match node:
        case Property():
            return len(node.comparison.value) if isinstance(node.comparison.value, tuple) else 1
        case Did(deeds) | DidNot(deeds):
            return sum(values(each) for deed in deeds for each in deed.where)
        case Interest(Deed(_, where), _, over):
            own = len(over.values) if isinstance(over, Values) else 0
            return own + sum(map(values, where))
        case HasDevice(where):
            return sum(map(values, where))
        case _:
            return 0
