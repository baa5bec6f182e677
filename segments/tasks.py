"""What workers do for `segments`: counting what somebody waits for, and once a day each segment. Rows are the queue."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.utils import timezone

from segments import sizes
from segments.lists import work as lists
from segments.reach import work


def due(now: datetime, limit: int) -> list[tuple[str, int]]:
    """(task, id) of what waits; those first for whom a person looks at a page."""
    found = [("segments.reach", pk) for pk in work.due(now, limit)]
    found += lists.due(now, limit - len(found)) if len(found) < limit else []
    return found + [("segments.size", pk) for pk in sizes.due(now, limit - len(found))] if len(found) < limit else found


def compute(pk: int, until: float) -> None:
    work.compute(pk, clock=timezone.now)


def size(pk: int, until: float) -> None:
    sizes.count(pk, clock=timezone.now)


TASKS: Final[dict[str, Callable[[int, float], None]]] = {
    "segments.reach": compute,
    "segments.size": size,
    "segments.list": lists.run,
    "segments.list-clear": lists.clear,
}
