"""Who a rule yields now: as a SELECT, as a number, as a sample, as examples."""

import math
import time
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from psycopg.sql import SQL, Composed, Literal

from accounts.models import AccountSettings
from people.models import Profile
from segments.compiler import number, predicate
from segments.context import SAMPLE, Context, Sampled
from segments.explanation import explain
from segments.reading import Asker, answers
from segments.tree import All, Tree

__all__ = ["Reach", "count", "current", "examples", "explain", "sample_count", "select"]

SAMPLE_SECONDS = 2.0
SMALL = 20_000  # as many people are counted one by one at once
CONFIDENCE = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people at `at`, give or take `margin` (95 %) unless it is exact; `seconds` is how long it took."""

    people: int
    margin: int
    is_exact: bool
    seconds: float
    at: datetime

    @property
    def milliseconds(self) -> int:
        return math.ceil(self.seconds * 1000)


def current(now: datetime | None = None) -> Context:
    """Now, in the account's zone. Only views, tasks and commands ask for it."""
    return Context(now or timezone.now(), ZoneInfo(AccountSettings.current().zone))


def select(tree: Tree, *, now: datetime, zone: ZoneInfo) -> Composed:
    """`SELECT p.id AS profile_id …`, one row a person, in no order. To be executed without parameters."""
    return select_from(tree, Context(now, zone))


def select_from(tree: Tree, context: Context) -> Composed:
    return SQL("SELECT p.id AS profile_id FROM people_profile p WHERE {}").format(predicate(tree, context))


def count(tree: Tree, context: Context, *, seconds: float | None = None) -> Reach:
    """The exact number. Raises TooSlow."""
    started = time.perf_counter()
    people = counted(tree, context, seconds)
    return Reach(people, 0, True, time.perf_counter() - started, context.now)


def sample_count(tree: Tree, context: Context) -> Reach:
    """From one person in 64, by id; exact where there are few people at all. Raises TooSlow."""
    started = time.perf_counter()
    if are_few():
        return count(tree, context, seconds=SAMPLE_SECONDS)
    sampled = replace(context, people=Sampled())
    estimate, margin = scaled(counted(tree, sampled, SAMPLE_SECONDS), of=sample_size(context))
    return Reach(estimate, margin, False, time.perf_counter() - started, context.now)


def examples(tree: Tree, context: Context, *, limit: int = 5) -> list[Profile]:
    """Some people of the audience, the oldest first. Raises TooSlow."""
    question = SQL("{} ORDER BY p.id LIMIT {}").format(select_from(tree, context), Literal(limit))
    ids = [row[0] for row in answers(question)]
    return list(Profile.objects.filter(pk__in=ids).order_by("pk"))


def counted(tree: Tree, context: Context, seconds: float | None = None, asker: Asker | None = None) -> int:
    """How many of the people that the context looks at. Raises TooSlow, and Cancelled where somebody asks."""
    return int(answers(number(tree, context), seconds=seconds, asker=asker)[0][0])


def sample_size(context: Context) -> int:
    """How many people the sample has."""
    return counted(All(), replace(context, people=Sampled()), SAMPLE_SECONDS)


def are_few() -> bool:
    """Few enough to be counted one by one. Raises TooSlow."""
    some = SQL("SELECT count(*) FROM (SELECT FROM people_profile LIMIT {}) few").format(Literal(SMALL + 1))
    return int(answers(some, seconds=SAMPLE_SECONDS)[0][0]) <= SMALL


def scaled(found: int, *, of: int) -> tuple[int, int]:
    """All people from those found in the sample, with the larger half of Wilson's interval at 95 %, to two digits."""
    share, z2 = found / of if of else 0.0, CONFIDENCE**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of) if of else 0.0
    half = CONFIDENCE * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of) if of else 0.0
    margin = SAMPLE * of * (abs(centre - share) + half)
    step = 10 ** max(0, math.floor(math.log10(margin)) - 1) if margin >= 1 else 1
    return round(SAMPLE * found / step) * step, math.ceil(margin / step) * step
