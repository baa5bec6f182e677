"""Brings a list's file in, chunk by chunk: killed at any moment it goes on where it was, and the old list stays
until the new one is whole."""

import logging
from datetime import datetime
from typing import Any

from people import uploads
from people.ingest import retried
from people.uploads import State, Stored
from segments.lists import lines, matching, members
from segments.lists.layout import Layout, layout_of
from segments.lists.lines import Chunk
from segments.models import CustomList, ListUpload

logger = logging.getLogger(__name__)
CHUNK = 20_000
NOBODY = "Nobody whom the file names is known here, so it changed nothing. Download its lines to see why."


def begun(file: Stored, custom_list: CustomList, *, by: Any, now: datetime) -> ListUpload:
    """The row of a file put aside; the workers take it from here. Raises BadFile."""
    layout = layout_of(file.head, has_lines=file.head.end < file.size)
    return ListUpload.objects.create(
        list=custom_list,
        state=State.WAITING,
        mapping={**layout.as_json(), "confirmed": True},
        created_by=by,
        created_at=now,
        **file.fields(),
    )


def advance(upload: ListUpload, now: datetime, size: int = CHUNK) -> ListUpload:
    """Take in the next chunk and move the position in the same transaction; the state tells whether to go on."""
    try:
        layout = Layout(**{name: value for name, value in upload.mapping.items() if name != "confirmed"})
        chunk = lines.read(uploads.file_of(upload), layout, begin=upload.position, line=upload.line, size=size)
    except OSError as error:
        logger.exception("The file of upload %d cannot be read", upload.pk)
        return uploads.failed(upload, f"The file cannot be read: {error.strerror}.", now=now)
    stored = retried(lambda: store(upload, chunk, now))
    if stored.state == State.COMPLETED:
        uploads.file_of(stored).unlink(missing_ok=True)
    return stored


def store(upload: ListUpload, chunk: Chunk, now: datetime) -> ListUpload:
    """Nothing happens if another worker was faster, or somebody pressed stop or deleted the list.

    Locks, in this order: merges of people, the list, the upload.
    """
    matching.stage(chunk.named)
    members.hold()
    custom_list = CustomList.objects.select_for_update(no_key=True).filter(pk=upload.list_id or 0).first()
    if custom_list is None:
        upload.state = State.STOPPED
        return upload
    locked = ListUpload.objects.select_for_update().get(pk=upload.pk)
    if locked.state != State.RUNNING or locked.position != chunk.begin:
        return locked
    found = matching.match(locked.pk)
    matching.refuse(locked.pk, chunk.refused)
    moved(locked, chunk, found, now)
    return finished(locked, custom_list, now) if locked.position >= locked.size else locked


def moved(upload: ListUpload, chunk: Chunk, found: matching.Match, now: datetime) -> None:
    upload.people += found.people
    upload.matched += found.matched
    upload.duplicates += found.duplicates
    upload.unmatched += chunk.size - found.matched
    upload.position, upload.line, upload.lease_until = chunk.end, chunk.end_line, uploads.lease(now)
    upload.save(update_fields=["people", "matched", "duplicates", "unmatched", "position", "line", "lease_until"])


def finished(upload: ListUpload, custom_list: CustomList, now: datetime) -> ListUpload:
    """Whole: from now on this is the list. A file of strangers replaces nothing."""
    if not upload.people:
        return uploads.finished(upload, State.FAILED, now, NOBODY)
    custom_list.current = upload
    custom_list.save(update_fields=["current"])
    return uploads.finished(upload, State.COMPLETED, now)
