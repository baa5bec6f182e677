"""Other segments and custom lists in a rule: loaded, written out in place of their names, and refused in words."""

from collections.abc import Collection, Mapping
from typing import Any as Anything

from psycopg.sql import SQL, Literal

from segments.context import People as Limit
from segments.context import References, Rule, among
from segments.models import CustomList, Segment
from segments.parse import TreeError, dump, parse
from segments.sets import NOBODY, People
from segments.tree import All, Any, InList, InSegment, Node, NoneOf, conditions

MOST = 1000  # conditions, those of the segments included


class BrokenReference(TreeError):
    """A segment or list that the rule names cannot be used; the message says which and why."""

    def __init__(self, message: str) -> None:
        super().__init__((), message)


def references_of(tree: Node) -> References:
    """As they are now: one query for the segments of each level, one for the lists. Raises BrokenReference."""
    rules = rules_of(tree)
    trees = [tree, *(rule.tree for rule in rules.values())]
    lists = {each.list for one in trees for _, each in conditions(one) if isinstance(each, InList)}
    return References(rules, uploads_of(lists))


def dump_references(references: References) -> dict[str, Anything]:
    """As JSON, for what has to stay as it was."""
    segments = {str(pk): {"name": rule.name, "tree": dump(rule.tree)} for pk, rule in references.segments.items()}
    return {"segments": segments, "uploads": {str(pk): upload for pk, upload in references.uploads.items()}}


def parse_references(json: Mapping[str, Anything]) -> References:
    """What `dump_references` gave."""
    segments = {int(pk): Rule(each["name"], parse(each["tree"])) for pk, each in json["segments"].items()}
    return References(segments, {int(pk): upload for pk, upload in json["uploads"].items()})


def rules_of(tree: Node) -> dict[int, Rule]:
    """The rules of all segments that the rule needs, by id, in one query a level. Raises BrokenReference."""
    found: dict[int, Rule] = {}
    wanted = segments_in(tree)
    while wanted:
        stored = {each.pk: each for each in Segment.objects.filter(pk__in=wanted)}
        found |= {pk: rule_of(stored.get(pk)) for pk in wanted}
        wanted = {pk for level in wanted for pk in segments_in(found[level].tree)} - found.keys()
    refuse_the_endless(tree, found)
    return found


def segments_in(tree: Node) -> set[int]:
    return {each.segment for _, each in conditions(tree) if isinstance(each, InSegment)}


def rule_of(segment: Segment | None) -> Rule:
    if segment is None:
        raise BrokenReference("A segment that this rule needs was deleted.")
    if segment.kind == Segment.Kind.LIVE:
        raise BrokenReference(f"“{segment.name}” is a live segment: nobody is in it for good.")
    try:
        return Rule(segment.name, parse(segment.tree))
    except TreeError as error:
        raise BrokenReference(f"The rule of “{segment.name}” cannot be read: {error}") from error


def refuse_the_endless(tree: Node, rules: Mapping[int, Rule]) -> None:
    """Raises BrokenReference where a segment needs itself, or where all conditions together are too many."""
    sizes: dict[int, int] = {}

    def size(node: Node, within: tuple[int, ...]) -> int:
        return sum(size_of(each.segment, within) if isinstance(each, InSegment) else 1 for _, each in conditions(node))

    def size_of(pk: int, within: tuple[int, ...]) -> int:
        if pk in within:
            names = " → ".join(f"“{rules[each].name}”" for each in (*within[within.index(pk) :], pk))
            raise BrokenReference(f"A segment cannot need itself: {names}.")
        if pk not in sizes:
            sizes[pk] = size(rules[pk].tree, (*within, pk))
        return sizes[pk]

    if size(tree, ()) > MOST:
        raise BrokenReference(f"With the segments that it needs, this rule has more than {MOST:,} conditions.")


def inlined(node: Node, rules: Mapping[int, Rule]) -> Node:
    """The rules of the segments in place of their ids."""
    match node:
        case All(of) | Any(of) | NoneOf(of):
            return type(node)(tuple(inlined(child, rules) for child in of))
        case InSegment(segment, is_in):
            rule = inlined(rules[segment].tree, rules)
            return rule if is_in else NoneOf((rule,))
        case _:
            return node


def uploads_of(lists: Collection[int]) -> dict[int, int | None]:
    """The current upload of each list, None where nothing was ever uploaded whole. Raises BrokenReference."""
    if not lists:
        return {}
    found: dict[int, int | None] = dict(CustomList.objects.filter(pk__in=lists).values_list("pk", "current_id"))
    if len(found) < len(lists):
        raise BrokenReference("A custom list that this rule needs was deleted.")
    return found


def listed(node: InList, uploads: Mapping[int, int | None], limit: Limit) -> People:
    """Index: the primary key (upload_id, profile_id)."""
    upload = uploads[node.list]
    if upload is None:
        return NOBODY
    found = [SQL("m.upload_id = {}").format(Literal(upload)), *among(limit, SQL("m.profile_id"))]
    select = SQL("SELECT m.profile_id FROM segments_listmember m WHERE {}").format(SQL(" AND ").join(found))
    return People(select, once=True, exist=False)
