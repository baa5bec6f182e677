"""What workers do for `people`: imports, and counting the catalogue's frequent values. Rows are the queue."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from people import frequencies, imports, uploads
from people.models import EventName, Import, Profile, PropertyName, Upload
from people.uploads import File

logger = logging.getLogger(__name__)
REFRESH_EVERY = timedelta(minutes=10)
PEOPLE = 0  # instead of an event name's id


def due(now: datetime, limit: int) -> list[tuple[str, int]]:
    """(task, id) of what waits, imports first."""
    found = [("people.import", pk) for pk in uploads.waiting(Import, now, limit)]
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
    work_on(Import, pk, until, imports.advance)


def work_on(model: type[File], pk: int, until: float, advance: Callable[[File, datetime], File]) -> None:
    """Take in chunk after chunk until the time is up; a failure is written down where the one who uploaded sees it."""
    upload = uploads.claim(model, pk, timezone.now())
    if upload is None:
        return
    try:
        while upload.state == Upload.State.RUNNING and time.monotonic() < until:
            upload = advance(upload, timezone.now())
    except Exception:
        logger.exception("%s %d failed", model._meta.verbose_name, pk)
        words = "Something went wrong here. It is in the log; continue to try again."
        uploads.failed(upload, words, now=timezone.now())
    else:
        uploads.release(model, pk)


def count_frequencies(pk: int, until: float) -> None:
    frequencies.refresh(pk or None, now=timezone.now())


TASKS: Final[dict[str, Callable[[int, float], None]]] = {
    "people.import": run_import,
    "people.frequencies": count_frequencies,
}
