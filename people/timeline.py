"""One person's history, newest first: their events, and what higher apps add in the registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from django.db.models import Max, Min

from people import registry
from people.models import Event, ProfileEvent
from people.registry import TimelineRow

PAGE = 40
SPARE = 40  # rows of one instant that a page may take on top, so that none falls between two pages
WORDS = 3
FIRST = ("Campaign name", "Campaign Id")  # what an event of a message is about says more than its run or copy


@dataclass(frozen=True)
class Page:
    """`before` is the moment to go on from; None at the end."""

    rows: list[TimelineRow]
    before: datetime | None


def page(profile: int, before: datetime | None = None) -> Page:
    sources = [own_events, *registry.TIMELINE]
    found = [source(profile, before, PAGE + SPARE) for source in sources]
    rows = list(merge(*found, key=lambda row: row.at, reverse=True))
    if len(rows) <= PAGE:
        return Page(rows, None)
    end = PAGE
    while end < len(rows) and rows[end].at == rows[end - 1].at:
        end += 1
    return Page(rows[:end], rows[end - 1].at if end < len(rows) else None)


def own_events(profile: int, before: datetime | None, limit: int) -> list[TimelineRow]:
    """From the partitions between the first and the last event that the summary knows; index (profile, name, at)."""
    span = ProfileEvent.objects.filter(profile=profile).aggregate(first=Min("first_at"), last=Max("last_at"))
    if span["first"] is None:
        return []
    until = (
        min(span["last"] + timedelta(microseconds=1), before) if before else span["last"] + timedelta(microseconds=1)
    )
    found = Event.objects.filter(profile=profile, at__gte=span["first"], at__lt=until).select_related("name")
    return [event_row(event) for event in found.order_by("-at", "-pk")[:limit]]


def event_row(event: Event) -> TimelineRow:
    return TimelineRow(
        at=event.at,
        key=f"event-{event.pk}",
        icon="bolt",
        title=event.name.name,
        words=summary(event.properties),
        details=event.properties,
    )


def summary(properties: Mapping[str, object]) -> str:
    """Amount 12.5 · Quantity 2: the first properties that are short, or of a message the campaign and what follows."""
    about = next((name for name in FIRST if name in properties), "")
    ordered = {about: properties[about], **properties} if about else properties
    shown = [
        f"{name} {value}"
        for name, value in ordered.items()
        if isinstance(value, str | int | float) and (name == about or len(str(value)) <= 40)
    ]
    return " · ".join(shown[:WORDS])
