"""What the pages of segments show: rows of the list, the rule in words, its users, pages of its people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy, QuerySet
from psycopg.sql import SQL, Literal

from accounts.models import User as Staff
from accounts.requests import whole_number
from people.models import Profile
from segments import audience
from segments.compiler import predicate
from segments.context import Context
from segments.describe import Names, sentence
from segments.live.describe import sentence as live_sentence
from segments.live.names import named as live_named
from segments.live.parse import parse as parse_live
from segments.live.rule import LiveRule
from segments.models import Segment
from segments.names import named
from segments.parse import TreeError, parse
from segments.parts import Part
from segments.reading import answers
from segments.registry import User, users_of
from segments.tree import Tree

ROWS = 50
ORDERS = {"name", "-name", "people", "-people", "updated_at", "-updated_at", "users", "-users"}


@dataclass(frozen=True, slots=True)
class Rule:
    """`words` is the sentence, or why there is none; `json` is the rule as it is stored."""

    words: str
    works: bool
    json: str


@dataclass(frozen=True, slots=True)
class Row:
    segment: Segment
    rule: Rule
    users: list[User]


@dataclass(frozen=True, slots=True)
class Filters:
    """`use` is "used", "unused" or nothing; `kind` one of Segment.Kind or nothing; `by` whoever made it."""

    search: str
    kind: str
    use: str
    by: int | None
    order: str

    @property
    def are_set(self) -> bool:
        return bool(self.search or self.kind or self.use or self.by)


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Row]
    page: Page[Segment]
    filters: Filters
    creators: list[Staff]

    @property
    def words(self) -> str:
        return f"{self.page.start_index()}–{self.page.end_index()} of {self.page.paginator.count:,}"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`after` is the id to go on from; None at the end."""

    people: list[Profile]
    after: int | None


def page_of(query: Mapping[str, str]) -> Listing:
    """Fifty segments. Four queries and those of the registry."""
    filters = filters_of(query)
    found = Segment.objects.filter(name__icontains=filters.search)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.by:
        found = found.filter(created_by=filters.by)
    by_use = filters.use or filters.order.endswith("users")
    page = Paginator(used_ones(found, filters) if by_use else found.order_by(*orders(filters)), ROWS)
    shown = page.get_page(query.get("page"))
    segments = list(shown.object_list)
    used = users_of([segment.pk for segment in segments])
    rows = [Row(each, rule, used[each.pk]) for each, rule in zip(segments, rules_of(segments), strict=True)]
    return Listing(rows, shown, filters, list(Staff.objects.filter(pk__in=Segment.objects.values("created_by"))))


def filters_of(query: Mapping[str, str]) -> Filters:
    order, kind, use = query.get("sort", ""), query.get("kind", ""), query.get("use", "")
    return Filters(
        search=query.get("search", "").replace("\0", "").strip(),
        kind=kind if kind in Segment.Kind else "",
        use=use if use in ("used", "unused") else "",
        by=whole_number(query.get("by", "")),
        order=order if order in ORDERS else "name",
    )


def orders(filters: Filters) -> tuple[OrderBy | str, ...]:
    """Who was never counted comes last."""
    field = F(filters.order.removeprefix("-"))
    return (field.desc(nulls_last=True) if filters.order[0] == "-" else field.asc(nulls_last=True), "pk")


def used_ones(found: QuerySet[Segment], filters: Filters) -> list[Segment]:
    """By who uses them, which only the registry knows: all segments are asked for."""
    by_users = filters.order.endswith("users")
    segments = list(found.order_by("name", "pk") if by_users else found.order_by(*orders(filters)))
    used = users_of([segment.pk for segment in segments])
    kept = [each for each in segments if not filters.use or bool(used[each.pk]) is (filters.use == "used")]
    if by_users:
        kept.sort(key=lambda each: len(used[each.pk]), reverse=filters.order[0] == "-")
    return kept


def rules_of(segments: Sequence[Segment]) -> list[Rule]:
    """What each says. At most two queries for those of past behaviour."""
    rules = [read(each) for each in segments]
    names = named(*(rule for rule in rules if isinstance(rule, Tree)))
    return [rule_in_words(each, rule, names) for each, rule in zip(segments, rules, strict=True)]


def rule_of(segment: Segment) -> Rule:
    return rules_of([segment])[0]


def read(segment: Segment) -> Tree | LiveRule | TreeError:
    """The rule of either kind, or why it cannot be read."""
    try:
        return parse_live(segment.tree) if segment.kind == Segment.Kind.LIVE else parse(segment.tree)
    except TreeError as error:
        return error


def rule_in_words(segment: Segment, rule: Tree | LiveRule | TreeError, names: Names) -> Rule:
    stored = json.dumps(segment.tree)
    match rule:
        case TreeError():
            return Rule(f"This rule cannot be read. {rule}", False, stored)
        case LiveRule():
            return Rule(live_sentence(rule, live_named(rule)), True, stored)
        case _:
            return Rule(sentence(rule, names), True, stored)


def users(segment: Segment) -> Sequence[User]:
    return users_of([segment.pk])[segment.pk]


def people_of(segment: Segment, part: Part, *, after: str) -> PeoplePage:
    """The next people by id. Raises TreeError and TooSlow."""
    ids = next_ids(part.of(parse(segment.tree)), audience.current(), whole_number(after) or 0)
    found = Profile.objects.in_bulk(ids[:ROWS])
    people = [found[pk] for pk in ids[:ROWS] if pk in found]
    return PeoplePage(people, ids[ROWS - 1] if len(ids) > ROWS else None)


def next_ids(tree: Tree, context: Context, start: int) -> list[int]:
    question = SQL("SELECT p.id FROM people_profile p WHERE p.id > {} AND {} ORDER BY p.id LIMIT {}").format(
        Literal(start), predicate(tree, context), Literal(ROWS + 1)
    )
    return [pk for (pk,) in answers(question)]


def one_person(asked: str) -> Profile:
    """By identity, else by e-mail address. Raises Profile.DoesNotExist."""
    if not asked or "\0" in asked:
        raise Profile.DoesNotExist
    known = Profile.objects.filter(identity=asked)
    found = known.first() or Profile.objects.filter(email=asked).order_by("pk").first()
    if found is None:
        raise Profile.DoesNotExist
    return found
