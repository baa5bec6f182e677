"""The life of an uploaded file, whatever is in it: put aside, claimed by one worker, stopped, continued."""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from connectors import file_clearing
from people import csv_files
from people.models import Upload
from people.rows import chunks

logger = logging.getLogger(__name__)
EACH = 500  # files that are asked for at once
File = TypeVar("File", bound=Upload)
State = Upload.State


class Late(Exception):
    """Somebody was faster, or a worker was done: nothing was changed. The message says what became of the file."""

    def __init__(self, upload: Upload, verb: str) -> None:
        super().__init__(f"“{upload}” is {upload.get_state_display().lower()}, so it cannot be {verb}.")


@dataclass(frozen=True)
class Stored:
    """A file put aside, not yet a row; `path` is relative to the uploads directory, `size` in bytes."""

    name: str
    path: Path
    size: int
    head: csv_files.Head

    def fields(self) -> dict[str, Any]:
        """What every row of an upload takes from its file."""
        return {
            "file_name": Path(self.name).name[:255],
            "path": str(self.path),
            "size": self.size,
            "position": self.head.end,
            "line": self.head.end_line,
        }


def keep(blocks: Iterable[bytes], *, name: str, within: str, make: Callable[[Stored], File]) -> File:
    """Put an upload aside and make its row. Raises BadFile; no file stays without its row."""
    path = Path(within) / f"{uuid.uuid4()}.csv"
    try:
        size = csv_files.keep(blocks, folder() / path)
        return make(Stored(name, path, size, csv_files.head(folder() / path)))
    except BaseException:
        (folder() / path).unlink(missing_ok=True)
        raise


def folder() -> Path:
    return Path(settings.MEDIA_ROOT)


def file_of(upload: Upload) -> Path:
    return folder() / upload.path


def remove_strays(wanted: QuerySet[File], within: str, before: datetime) -> None:
    """Files last written before then that none of the `wanted` rows has: whoever put them aside was killed."""
    for some in chunks(file_clearing.old(folder() / within, "*", before), EACH):
        known = set(wanted.filter(path__in=[f"{within}/{path.name}" for path in some]).values_list("path", flat=True))
        for path in some:
            if f"{within}/{path.name}" not in known:
                remove_stray(path)


def remove_stray(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        logger.info("Removed %s, which no upload names", path)
    except OSError:
        logger.exception("%s cannot be removed", path)


def waiting(model: type[File], now: datetime, limit: int) -> list[int]:
    """Those that wait for a worker, or whose worker is gone."""
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=now)
    return list(model._default_manager.filter(free).order_by("pk").values_list("pk", flat=True)[:limit])


def claim(model: type[File], pk: int, now: datetime) -> File | None:
    """Take the upload for LEASE_SECONDS, if it waits or its worker is gone."""
    files = model._default_manager
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = files.filter(free, pk=pk, state__in=[State.WAITING, State.RUNNING]).update(
        state=State.RUNNING, lease_until=lease(now)
    )
    if not taken:
        return None
    files.filter(pk=pk, started_at=None).update(started_at=now)
    return files.get(pk=pk)


def lease(now: datetime) -> datetime:
    return now + timedelta(seconds=float(settings.LEASE_SECONDS))


def finished(upload: File, state: str, now: datetime, error: str = "") -> File:
    upload.state, upload.error, upload.completed_at, upload.lease_until = state, error, now, None
    upload.save(update_fields=["state", "error", "completed_at", "lease_until"])
    return upload


def failed(upload: File, error: str, *, now: datetime, while_it_is: State = State.RUNNING) -> File:
    """One that was stopped or deleted meanwhile stays so."""
    upload.state, upload.error, upload.completed_at, upload.lease_until = State.FAILED, error, now, None
    type(upload)._default_manager.filter(pk=upload.pk, state=while_it_is).update(
        state=State.FAILED, error=error, completed_at=now, lease_until=None
    )
    return upload


def release(model: type[File], pk: int) -> None:
    """Let the next worker go on at once: the time of this one is up."""
    model._default_manager.filter(pk=pk, state=State.RUNNING).update(state=State.WAITING, lease_until=None)


@transaction.atomic
def stop(model: type[File], pk: int, *, now: datetime) -> File:
    """What is in stays in; the chunk at work ends before this does, or does nothing. Raises Late."""
    upload = model._default_manager.select_for_update().get(pk=pk)
    if upload.state not in (State.MAPPING, State.WAITING, State.RUNNING):
        raise Late(upload, "stopped")
    return finished(upload, State.STOPPED, now)


@transaction.atomic
def resume(model: type[File], pk: int) -> File:
    """Go on after a stop or a failure, from where it was: one whose columns nobody confirmed, at its columns. Raises
    Late."""
    upload = model._default_manager.select_for_update().get(pk=pk)
    if upload.state not in (State.STOPPED, State.FAILED):
        raise Late(upload, "continued")
    state = State.WAITING if upload.mapping.get("confirmed") else State.MAPPING
    upload.state, upload.error, upload.completed_at, upload.lease_until = state, "", None, None
    upload.save(update_fields=["state", "error", "completed_at", "lease_until"])
    return upload
