"""What workers do for `people`: imports, and counting the catalogue's frequent values. Rows are the queue."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from people import frequencies, imports
from people.models import EventName, Import, Profile, PropertyName

logger = logging.getLogger(__name__)
REFRESH_EVERY = timedelta(minutes=10)
PEOPLE = 0  # instead of an event name's id


def due(now: datetime, limit: int) -> list[tuple[str, int]]:
    """(task, id) of what waits, imports first."""
    waiting = Q(state=Import.State.WAITING) | Q(state=Import.State.RUNNING, lease_until__lt=now)
    found = [("people.import", pk) for pk in Import.objects.filter(waiting).values_list("pk", flat=True)[:limit]]
    return found + [("people.frequencies", pk) for pk in stale(now, limit - len(found))]


def stale(now: datetime, limit: int) -> list[int]:
    """Event names, and people, whose properties were not counted for a while."""
    if limit <= 0:
        return []
    old = Q(refreshed_at=None) | Q(refreshed_at__lt=now - REFRESH_EVERY)
    events = list(EventName.objects.filter(old).order_by("refreshed_at").values_list("pk", flat=True)[:limit])
    counted = PropertyName.objects.filter(event=None, refreshed_at__gte=now - REFRESH_EVERY)
    people = not counted.exists() and Profile.objects.exists()
    return ([PEOPLE] if people else []) + events[: limit - people]


def run_import(pk: int, until: float) -> None:
    """Bring in chunks until the time is up; a failure is written down where the person who uploaded sees it."""
    upload = imports.claim(pk, timezone.now())
    try:
        while upload and upload.state == Import.State.RUNNING and time.monotonic() < until:
            upload = imports.advance(upload, now=timezone.now())
    except Exception:
        logger.exception("Import %d failed", pk)
        imports.fail(pk, "Something went wrong here. It is in the log; continue to try again.", now=timezone.now())
    else:
        imports.release(pk)


def count_frequencies(pk: int, until: float) -> None:
    frequencies.refresh(pk or None, now=timezone.now())


TASKS: Final[dict[str, Callable[[int, float], None]]] = {
    "people.import": run_import,
    "people.frequencies": count_frequencies,
}
