"""What a half-made segment says so far: whether that is anything at all, and which words say it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segments import drafts, listing
from segments.drafts import Json
from segments.dump import VERSION, dump
from segments.live import drafts as live_drafts
from segments.live.dump import dump as dump_live
from segments.live.parse import parse as parse_live
from segments.models import Segment, Unsaved
from segments.parse import TreeError, parse

WORDS = ("name", "description")


@dataclass(frozen=True, slots=True)
class Said:
    """The sentence of what is complete in it, perhaps none; `is_whole` where nothing is missing."""

    words: str
    is_whole: bool


def is_unchanged(typed: Mapping[str, Any], of: Segment) -> bool:
    """It says what the segment says already: for a new one, nothing."""
    same = all(lines(typed.get(each)) == lines(getattr(of, each)) for each in WORDS)
    return same and settled(of.kind, typed.get("tree")) == settled(of.kind, of.tree)


def said_by(found: Sequence[Unsaved]) -> list[Said]:
    """At most two queries."""
    parts = [complete_part(each.kind, each.typed.get("tree")) for each in found]
    rules = listing.rules_of([Segment(kind=each.kind, tree=part) for each, part in zip(found, parts, strict=True)])
    return [
        Said(rule.words if rule.works else "", rule.works and part == something(each.kind, each.typed.get("tree")))
        for each, part, rule in zip(found, parts, rules, strict=True)
    ]


def lines(text: object) -> list[str]:
    return str(text or "").strip().splitlines()


def settled(kind: str, tree: object) -> Json | None:
    """As it would be stored; as it was typed where it is not complete."""
    rule = something(kind, tree)
    try:
        return dump_live(parse_live(rule)) if kind == Segment.Kind.LIVE else dump(parse(rule))
    except TreeError:
        return rule


def something(kind: str, tree: object) -> Json | None:
    """The rule without conditions that nobody filled in yet; None where nothing is left of it."""
    if kind == Segment.Kind.LIVE:
        return tree if isinstance(tree, dict) and not says_nothing(tree) else None
    return pruned(tree, lambda node: not drafts.is_untouched(node))


def complete_part(kind: str, tree: object) -> Json | None:
    """The rule without what cannot be said in words yet."""
    if kind == Segment.Kind.LIVE:
        return next((each for each in live_parts(tree) if is_live_rule(each)), None)
    return pruned(tree, is_condition)


def pruned(tree: object, stays: Callable[[Json], bool]) -> Json | None:
    rule = pruned_group(drafts.usable(tree)["rule"], stays)
    return {"version": VERSION, "rule": rule} if rule else None


def pruned_group(group: Json, stays: Callable[[Json], bool]) -> Json | None:
    kind = drafts.kind_of(group)
    found = [pruned_group(each, stays) if drafts.kind_of(each) else each for each in group[kind]]
    left = [each for each in found if each and (drafts.kind_of(each) or stays(each))]
    return {kind: left} if left else None


def is_condition(node: Json) -> bool:
    try:
        return bool(parse({"version": VERSION, "rule": {"all": [node]}}))
    except TreeError:
        return False


def says_nothing(tree: Json) -> bool:
    """A live rule as the page of a new one begins: somebody does what nobody chose yet."""
    kind, held = live_drafts.usable(tree)
    live = tree.get("live")
    is_all = isinstance(live, dict) and live.keys() == {"trigger"}
    return kind == "action" and is_all and not any(each.get("event") for each in held["did"])


def live_parts(tree: object) -> list[Json]:
    """The whole, else what begins it."""
    live = tree.get("live") if isinstance(tree, dict) else None
    parts = (live, {"trigger": live.get("trigger")}) if isinstance(live, dict) else ()
    return [{"version": VERSION, "live": each} for each in parts]


def is_live_rule(rule: Json) -> bool:
    try:
        return bool(parse_live(rule))
    except TreeError:
        return False
