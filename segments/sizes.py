"""The size of each segment, day by day: counted once a day by a worker, and whenever somebody has it counted."""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from segments import audience
from segments.models import Segment, SegmentSize
from segments.parse import TreeError, dump, parse
from segments.reach import channels
from segments.reach.channels import Breakdown
from segments.reading import TooSlow
from segments.tree import Tree

DAYS = 90  # of the chart
LEASE = timedelta(seconds=90)  # whoever counts for longer has died

CLAIM = """
    INSERT INTO segments_segmentsize AS size (segment_id, day, channels, counted_at, trouble)
    SELECT id, %(day)s, '{}', %(now)s, '' FROM segments_segment WHERE id = %(segment)s
    ON CONFLICT (segment_id, day) DO UPDATE SET counted_at = excluded.counted_at
    WHERE size.people IS NULL AND size.trouble = '' AND size.counted_at < %(lost)s
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Size:
    """`was_changed`: it is of another rule than the day before."""

    day: date
    people: int
    channels: dict[str, int]
    was_changed: bool


def due(now: datetime, limit: int) -> list[int]:
    """The ids of segments that were not counted today, new ones first. A day is one of the account's zone."""
    lost = Q(people=None, trouble="", counted_at__lt=now - LEASE)
    today = SegmentSize.objects.filter(~lost, segment=OuterRef("pk"), day=audience.current(now).today)
    waiting = Segment.objects.filter(~Exists(today), kind=Segment.Kind.PAST)
    return list(waiting.order_by(F("counted_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:limit])


def count(pk: int, *, clock: Callable[[], datetime]) -> None:
    """Count one segment for today, unless somebody does or did; what keeps it from being counted is written down."""
    context = audience.current(clock())
    if not claim(pk, context.today, context.now):
        return
    segment = Segment.objects.get(pk=pk)
    try:
        tree = parse(segment.tree)
        found = channels.breakdown(tree, context)
    except (TooSlow, TreeError) as error:
        SegmentSize.objects.filter(segment=pk, day=context.today, people=None).update(trouble=str(error))
        return
    remember(pk, tree, found, at=context.now)


def claim(pk: int, day: date, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"segment": pk, "day": day, "now": now, "lost": now - LEASE})
        return cursor.fetchone() is not None


def remember(pk: int, tree: Tree, found: Breakdown, *, at: datetime) -> None:
    """Keep what was counted, for the list and for the day, if this is still the rule of the segment."""
    if not Segment.objects.filter(pk=pk, tree=dump(tree)).update(people=found.people, counted_at=at):
        return
    SegmentSize.objects.update_or_create(
        segment_id=pk,
        day=audience.current(at).today,
        defaults={
            "rule": print_of(tree),
            "people": found.people,
            "channels": {each.channel: each.reachable for each in found.channels},
            "counted_at": at,
            "trouble": "",
        },
    )


def forget_today(segment: Segment, *, now: datetime) -> None:
    """The rule is another one: it is counted anew."""
    SegmentSize.objects.filter(segment=segment, day=audience.current(now).today).delete()


def of(segment: Segment, *, now: datetime) -> list[Size]:
    """The days that were counted, the oldest first."""
    since = audience.current(now).today - timedelta(days=DAYS)
    rows = list(SegmentSize.objects.filter(segment=segment, day__gte=since, people__isnull=False).order_by("day"))
    rules = [row.rule for row in rows]
    return [
        Size(row.day, row.people or 0, row.channels, before != row.rule)
        for row, before in zip(rows, [*rules[:1], *rules], strict=False)
    ]


def print_of(tree: Tree) -> uuid.UUID:
    """The same rule, the same print."""
    rule = json.dumps(dump(tree), sort_keys=True)
    return uuid.UUID(bytes=hashlib.md5(rule.encode(), usedforsecurity=False).digest())
