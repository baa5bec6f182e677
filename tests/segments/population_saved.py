"""Saved segments that need each other, and custom lists: a good upload, a newer one that failed, none at all."""

import random
from collections.abc import Sequence

from segments.list_models import CustomList, ListMember, ListUpload
from segments.models import Segment
from segments.parse import dump
from segments.tree import (
    All,
    Any,
    Bucket,
    Comparison,
    Deed,
    Did,
    Ever,
    InList,
    InSegment,
    NoneOf,
    Property,
    Tree,
    Type,
)

SPANISH = Property("language", Comparison(Type.TEXT, "equals", ("es",)))
CHARGED = Did((Deed("Charged"),), Ever())


LISTS = [9_000_001, 9_000_002, 9_000_003]
RULES: list[Tree] = [
    All((SPANISH,)),
    All(),
    NoneOf((Bucket(0, 499), CHARGED)),
    All((InSegment(9_000_001), CHARGED)),
    Any((InSegment(9_000_003, is_in=False), InList(LISTS[0]), InSegment(9_000_001))),
    NoneOf((All((InSegment(9_000_004), InSegment(9_000_005))), InSegment(9_000_002, is_in=False))),
]
SEGMENTS = [9_000_001 + number for number in range(len(RULES))]


def segments() -> dict[int, Tree]:
    """Their rules, the later ones with the earlier ones in them."""
    found = dict(zip(SEGMENTS, RULES, strict=True))
    Segment.objects.bulk_create(Segment(pk=pk, name=f"Segment {pk}", tree=dump(rule)) for pk, rule in found.items())
    return found


def lists(people: Sequence[int], chance: random.Random) -> dict[int, frozenset[int]]:
    """Who is in each list."""
    whole, empty, never = (CustomList.objects.create(pk=pk, name=f"100% “odd” {pk}") for pk in LISTS)
    half = frozenset(pk for pk in people if chance.random() < 0.5)
    upload(whole, frozenset(people), ListUpload.State.COMPLETED)
    whole.current = upload(whole, half, ListUpload.State.COMPLETED)
    upload(whole, frozenset(people), ListUpload.State.FAILED)
    whole.save()
    empty.current = upload(empty, frozenset(), ListUpload.State.COMPLETED)
    empty.save()
    upload(never, frozenset(people), ListUpload.State.FAILED)
    return {whole.pk: half, empty.pk: frozenset(), never.pk: frozenset()}


def upload(of: CustomList, people: frozenset[int], state: str) -> ListUpload:
    made = ListUpload.objects.create(list=of, state=state, file_name="people.csv", path="people.csv", size=1)
    known = [*sorted(people), 8_000_000]  # the last of whom was erased
    ListMember.objects.bulk_create(ListMember(upload=made, profile_id=pk) for pk in known)
    return made
