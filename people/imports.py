"""Brings an uploaded file into the database, chunk by chunk: killed at any moment it goes on where it was."""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from people import csv_files, mapping
from people.cleaning import Refused
from people.csv_files import CsvRecord
from people.ingest import ingest, retried
from people.mapping import Column
from people.models import Import, ImportRefusal
from people.records import Record

logger = logging.getLogger(__name__)
CHUNK = 2000
VALUE_LENGTH = 200
State = Import.State


@dataclass(frozen=True)
class Chunk:
    """Records of a file between two places, as facts with the line of each; `refused` holds (line, code, reason)."""

    facts: list[Record]
    lines: list[int]
    refused: list[tuple[int, str, str]]
    end: int
    end_line: int


def keep(blocks: Iterable[bytes], *, name: str, kind: str, by: Any) -> Import:
    """Put an upload aside and guess its mapping. Raises BadFile; no file stays without its row."""
    path = Path("imports") / f"{uuid.uuid4()}.csv"
    try:
        size = csv_files.keep(blocks, folder() / path)
        return kept(path, size, name=name, kind=kind, by=by)
    except BaseException:
        (folder() / path).unlink(missing_ok=True)
        raise


def kept(path: Path, size: int, *, name: str, kind: str, by: Any) -> Import:
    head = csv_files.head(folder() / path)
    columns = mapping.guessed(head, kind)
    return Import.objects.create(
        kind=kind,
        file_name=Path(name).name[:255],
        path=str(path),
        size=size,
        mapping={"delimiter": head.delimiter, "columns": [column.as_json() for column in columns]},
        position=head.end,
        line=head.end_line,
        created_by=by,
    )


def folder() -> Path:
    return Path(settings.MEDIA_ROOT)


def head(upload: Import) -> csv_files.Head:
    return csv_files.head(folder() / upload.path)


def claim(pk: int, now: datetime) -> Import | None:
    """Take the import for LEASE_SECONDS, if it waits or its worker is gone."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = Import.objects.filter(free, pk=pk, state__in=[State.WAITING, State.RUNNING]).update(
        state=State.RUNNING, lease_until=lease(now)
    )
    if not taken:
        return None
    Import.objects.filter(pk=pk, started_at=None).update(started_at=now)
    return Import.objects.get(pk=pk)


def lease(now: datetime) -> datetime:
    return now + timedelta(seconds=float(settings.LEASE_SECONDS))


def advance(upload: Import, *, now: datetime, size: int = CHUNK) -> Import:
    """Bring in the next chunk and move the position in the same transaction; the state tells whether to go on."""
    try:
        chunk = read(upload, now, size)
    except OSError as error:
        logger.exception("Import %d cannot be read", upload.pk)
        return finished(upload, State.FAILED, now, f"The file cannot be read: {error.strerror}.")
    return retried(lambda: store(upload.pk, upload.position, chunk, now))


def read(upload: Import, now: datetime, size: int) -> Chunk:
    records = csv_files.records(folder() / upload.path, upload.mapping["delimiter"], upload.position, upload.line)
    return as_facts(upload, list(islice(records, size)), mapping.columns_of(upload.mapping), now)


def as_facts(upload: Import, records: Sequence[CsvRecord], columns: Sequence[Column], now: datetime) -> Chunk:
    facts, lines, refused = [], [], []
    for record in records:
        if record.error:
            refused.append((record.line, "unreadable", record.error))
            continue
        try:
            fact = mapping.fact(columns, record.values, upload.kind, upload.event_name, now)
        except Refused as why:
            refused.append((record.line, why.code, why.reason))
            continue
        facts.append(fact)
        lines.append(record.line)
    end, line = (records[-1].end, records[-1].end_line) if records else (upload.size, upload.line)
    return Chunk(facts, lines, refused, end, line)


@transaction.atomic
def store(pk: int, position: int, chunk: Chunk, now: datetime) -> Import:
    """Nothing happens if another worker was faster or somebody pressed stop."""
    upload = Import.objects.select_for_update().get(pk=pk)
    if upload.state != State.RUNNING or upload.position != position:
        return upload
    outcome = ingest(chunk.facts, source=f"import {pk}", now=now, live=False)
    refused = chunk.refused + [(chunk.lines[each.index], each.code, each.reason) for each in outcome.rejected]
    notes = [(chunk.lines[each.index], each.code, each.reason) for each in outcome.notes]
    write_refusals(upload, refused, is_note=False)
    write_refusals(upload, notes, is_note=True)
    upload.accepted += outcome.accepted
    upload.rejected += len(refused)
    upload.position, upload.line, upload.lease_until = chunk.end, chunk.end_line, lease(now)
    upload.save(update_fields=["accepted", "rejected", "position", "line", "lease_until"])
    if upload.position >= upload.size:
        return finished(upload, State.COMPLETED, now)
    return upload


def write_refusals(upload: Import, lines: Iterable[tuple[int, str, str]], *, is_note: bool) -> None:
    ImportRefusal.objects.bulk_create(
        ImportRefusal(of=upload, line=line, code=code, reason=printable(reason), is_note=is_note)
        for line, code, reason in sorted(lines)
    )


def printable(reason: str) -> str:
    return reason.replace("\x00", "␀").encode(errors="replace").decode()


def finished(upload: Import, state: str, now: datetime, error: str = "") -> Import:
    upload.state, upload.error, upload.completed_at, upload.lease_until = state, error, now, None
    upload.save(update_fields=["state", "error", "completed_at", "lease_until"])
    return upload


def fail(pk: int, error: str, *, now: datetime) -> None:
    upload = Import.objects.get(pk=pk)
    if upload.state == State.RUNNING:
        finished(upload, State.FAILED, now, error)


def release(pk: int) -> None:
    """Let the next worker go on at once: the time of this one is up."""
    Import.objects.filter(pk=pk, state=State.RUNNING).update(state=State.WAITING, lease_until=None)


@transaction.atomic
def stop(pk: int, *, now: datetime) -> Import:
    """What is in stays in; the chunk at work ends before this does, or does nothing."""
    upload = Import.objects.select_for_update().get(pk=pk)
    if upload.state in (State.MAPPING, State.WAITING, State.RUNNING):
        finished(upload, State.STOPPED, now)
    return upload


@transaction.atomic
def resume(pk: int) -> Import:
    """Go on after a stop or a failure, from where it was."""
    upload = Import.objects.select_for_update().get(pk=pk)
    if upload.state in (State.STOPPED, State.FAILED) and upload.mapping.get("confirmed"):
        upload.state, upload.error, upload.completed_at, upload.lease_until = State.WAITING, "", None, None
        upload.save(update_fields=["state", "error", "completed_at", "lease_until"])
    return upload


def start(upload: Import, columns: Sequence[Column], event_name: str) -> bool:
    """Confirm the mapping; workers take it from here. False if it was started meanwhile."""
    confirmed = {**upload.mapping, "columns": [column.as_json() for column in columns], "confirmed": True}
    return bool(
        Import.objects.filter(pk=upload.pk, state=State.MAPPING).update(
            mapping=confirmed, event_name=event_name, state=State.WAITING
        )
    )
