"""Which segments and lists a rule refers to, who refers to one, and the circles that are refused."""

from collections.abc import Collection, Mapping
from typing import Literal, TypeVar

from django.db import connection
from django.db.models import BooleanField, F, Func, JSONField, Model, QuerySet, Value
from django.urls import reverse

from segments.membership import MOST, segments_in
from segments.models import Segment
from segments.parse import TreeError, parse
from segments.registry import User
from segments.tree import All, InList, InSegment, Place, Tree, conditions

LOCK = 7_305_118_440  # two savers at once could close a circle together, or one refer to what another deletes
Kind = Literal["segment", "list"]
Row = TypeVar("Row", bound=Model)


def lists_in(tree: Tree) -> set[int]:
    return {each.list for _, each in conditions(tree) if isinstance(each, InList)}


def mentioned(json: object, kind: Kind) -> set[int]:
    """The ids of segments or lists anywhere in stored JSON, however deep: a rule, a live one, a draft of either."""
    found, parts = set(), [json]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            pk = part.get(kind)
            found |= {pk} if isinstance(pk, int) and not isinstance(pk, bool) else set()
        parts += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return found


def mentioning(rows: QuerySet[Row], kind: Kind, pks: Collection[int], field: str = "tree") -> QuerySet[Row]:
    """Those of the rows whose stored JSON refers to one of these segments or lists."""
    path, wanted = f"strict $.**.{kind} ? (@ == $wanted[*])", {"wanted": sorted(pks)}
    parts = (F(field), Value(path), Value(wanted, JSONField()), Value(True))
    return rows.filter(Func(*parts, function="jsonb_path_exists", output_field=BooleanField()))


def segments_using(pks: Collection[int]) -> Mapping[int, list[User]]:
    """The segments, of both kinds, that refer to each of these segments. One query."""
    return users_by("segment", pks)


def segments_using_lists(pks: Collection[int]) -> Mapping[int, list[User]]:
    """The segments, of both kinds, that refer to each of these lists. One query."""
    return users_by("list", pks)


def lock() -> None:
    """To the end of the transaction nobody else saves a rule, nor deletes a segment or a list. Before other locks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def refuse_circles(tree: Tree, pk: int | None) -> None:
    """To be called in the transaction that saves the rule of segment `pk` (None: a new one). Raises TreeError."""
    if segments_in(tree):
        lock()
    for place, message in check(tree, pk):
        raise TreeError(("rule", *place), message)


def check(tree: Tree, pk: int | None) -> list[tuple[Place, str]]:
    """What is wrong with the segments that the rule of `pk` (None: a new one) refers to: each place, with a sentence.

    One query for each level of segments, below and above. Those that were deleted are found by `segments.names`.
    """
    above = users_above(pk) if pk else set()
    wanted = segments_in(tree) | above
    stored = reached({*wanted, pk} if pk and wanted else wanted)
    found = [
        (place, message)
        for place, each in conditions(tree)
        if isinstance(each, InSegment) and (message := refusal(each.segment, pk, stored))
    ]
    return found or [((), message) for message in too_large(tree, pk, above, stored)]


def users_by(kind: Kind, pks: Collection[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {pk: [] for pk in pks}
    for segment in mentioning(Segment.objects.only("name", "tree"), kind, pks) if pks else ():
        user = User("segment", segment.name, reverse("segment", args=[segment.pk]))
        for pk in mentioned(segment.tree, kind) & found.keys():
            found[pk].append(user)
    return found


def reached(wanted: Collection[int]) -> dict[int, Segment]:
    """These segments and all that they refer to, through any number of others."""
    found: dict[int, Segment] = {}
    level = set(wanted)
    while level:
        rows = Segment.objects.in_bulk(level)
        found |= rows
        level = {pk for row in rows.values() for pk in mentioned(row.tree, "segment")} - found.keys()
    return found


def refusal(start: int, pk: int | None, stored: Mapping[int, Segment]) -> str:
    """Why the rule of `pk` cannot refer to the segment `start`; nothing where it can, or where that is gone."""
    if start in stored and stored[start].kind == Segment.Kind.LIVE:
        return f"“{stored[start].name}” is a live segment: nobody is in it for good. Choose one of past behaviour."
    circle = route(start, pk, stored) if pk else ()
    if pk is None or not circle:
        return ""
    names = " → ".join(stored[each].name for each in (pk, *circle) if each in stored)
    return f"A segment cannot contain itself: {names}."


def route(start: int, end: int, stored: Mapping[int, Segment]) -> tuple[int, ...]:
    """The shortest way from one segment to another by what each refers to; empty where there is none."""
    ways: list[tuple[int, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        following = mentioned(stored[way[-1]].tree, "segment") - seen if way[-1] in stored else set()
        seen |= following
        ways += [(*way, each) for each in sorted(following)]
    return ()


def users_above(pk: int) -> set[int]:
    """The segments that refer to this one, directly or through others."""
    found: set[int] = set()
    level = {pk}
    while level:
        rows = set(mentioning(Segment.objects.all(), "segment", level).values_list("pk", flat=True))
        level = rows - found - {pk}
        found |= level
    return found


def too_large(tree: Tree, pk: int | None, above: Collection[int], stored: Mapping[int, Segment]) -> list[str]:
    rules = {each: rule_of(row) for each, row in stored.items()} | ({pk: tree} if pk else {})
    if size(tree, rules) > MOST:
        return [f"With the segments it refers to, this one has more than {MOST:,} conditions."]
    names = sorted(stored[each].name for each in above if size(rules[each], rules) > MOST)
    return [f"“{name}” refers to this segment and would have more than {MOST:,} conditions." for name in names[:1]]


def size(tree: Tree, rules: Mapping[int, Tree]) -> int:
    """How many conditions there are with those of the segments, each as often as it is referred to."""
    known: dict[int, int] = {}

    def total(of: Tree) -> int:
        return sum(weight(each.segment) if isinstance(each, InSegment) else 1 for _, each in conditions(of))

    def weight(pk: int) -> int:
        if pk not in known:
            known[pk] = 0  # a circle that is stored already ends here
            known[pk] = total(rules[pk]) if pk in rules else 0
        return known[pk]

    return total(tree)


def rule_of(segment: Segment) -> Tree:
    """Empty where it cannot be read as one of past behaviour: that is told where it is used."""
    try:
        return parse(segment.tree)
    except TreeError:
        return All()
