"""What workers do for custom lists. Rows are the queue."""

from datetime import datetime

from django.utils import timezone

from people import tasks, uploads
from segments.lists import clearing, loading
from segments.models import ListUpload


def due(now: datetime, limit: int) -> list[tuple[str, int]]:
    """(task, id) of what waits: files to bring in, then what replaced and deleted lists left behind."""
    files = [("segments.list", pk) for pk in uploads.waiting(ListUpload, now, limit)]
    room = max(0, limit - len(files))
    return files + [("segments.list-clear", pk) for pk in clearing.spent(now).values_list("pk", flat=True)[:room]]


def run(pk: int, until: float) -> None:
    tasks.work_on(ListUpload, pk, until, loading.advance)


def clear(pk: int, until: float) -> None:
    clearing.clear(pk, until, timezone.now())
