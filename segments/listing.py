"""What the pages of segments show: rows of the list, the rule in words, its users, pages of its people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from psycopg.sql import SQL, Literal

from accounts.requests import whole_number
from people.models import Profile
from segments import audience
from segments.compiler import predicate
from segments.context import Context
from segments.describe import sentence
from segments.models import Segment
from segments.parse import TreeError, parse
from segments.reading import answers
from segments.registry import User, users_of

ROWS = 50
ORDERS = {"name", "-name", "people", "-people", "updated_at", "-updated_at"}


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
class Listing:
    rows: list[Row]
    page: Page[Segment]
    search: str

    @property
    def words(self) -> str:
        return f"{self.page.start_index()}–{self.page.end_index()} of {self.page.paginator.count:,}"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`after` is the id to go on from; None at the end."""

    people: list[Profile]
    after: int | None


def page_of(query: Mapping[str, str]) -> Listing:
    """Fifty segments, by `search` in the name, in the order of `sort`. Three queries and those of the registry."""
    order, search = query.get("sort", ""), query.get("search", "").replace("\0", "").strip()
    found = Segment.objects.filter(name__icontains=search).order_by(order if order in ORDERS else "name", "pk")
    page = Paginator(found, ROWS).get_page(query.get("page"))
    segments = list(page.object_list)
    used = users_of([segment.pk for segment in segments])
    return Listing([Row(each, rule_of(each), used[each.pk]) for each in segments], page, search)


def rule_of(segment: Segment) -> Rule:
    stored = json.dumps(segment.tree)
    try:
        return Rule(sentence(parse(segment.tree)), True, stored)
    except TreeError as error:
        return Rule(f"This rule cannot be read. {error.message}", False, stored)


def users(segment: Segment) -> Sequence[User]:
    return users_of([segment.pk])[segment.pk]


def people_of(segment: Segment, *, after: str) -> PeoplePage:
    """The next people by id. Raises TreeError and TooSlow."""
    ids = next_ids(segment, audience.current(), whole_number(after) or 0)
    found = Profile.objects.in_bulk(ids[:ROWS])
    people = [found[pk] for pk in ids[:ROWS] if pk in found]
    return PeoplePage(people, ids[ROWS - 1] if len(ids) > ROWS else None)


def next_ids(segment: Segment, context: Context, start: int) -> list[int]:
    question = SQL("SELECT p.id FROM people_profile p WHERE p.id > {} AND {} ORDER BY p.id LIMIT {}").format(
        Literal(start), predicate(parse(segment.tree), context), Literal(ROWS + 1)
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
