"""Brings an uploaded file into the database, chunk by chunk: killed at any moment it goes on where it was."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from people import csv_files, faults, looking, mapping, old_uploads, uploads
from people.cleaning import Refused
from people.csv_files import CsvRecord
from people.ingest import ingest, retried
from people.mapping import Column
from people.models import Import, ImportRefusal
from people.records import Record, Rejected
from people.uploads import Stored

logger = logging.getLogger(__name__)
CHUNK = 2000
State = Import.State


@dataclass(frozen=True)
class Chunk:
    """Records of a file between two places: facts, what each was read from; `refused` holds (line, code, reason)."""

    facts: list[Record]
    records: list[CsvRecord]
    refused: list[tuple[int, str, str]]
    end: int
    end_line: int


def keep(blocks: Iterable[bytes], *, name: str, kind: str, by: Any) -> Import:
    """Put an upload aside and guess its mapping. Raises BadFile."""

    def made(file: Stored) -> Import:
        looked = looking.look(uploads.folder() / file.path, file.head)
        columns = mapping.guessed(file.head.columns, looked.columns, kind)
        guess = {
            "delimiter": file.head.delimiter,
            "columns": [column.as_json() for column in columns],
            **looked.as_json(),
        }
        return Import.objects.create(kind=kind, mapping=guess, created_by=by, **file.fields())

    return uploads.keep(blocks, name=name, within=old_uploads.FOLDER, make=made)


def advance(upload: Import, now: datetime, size: int = CHUNK) -> Import:
    """Bring in the next chunk and move the position in the same transaction; the state tells whether to go on."""
    try:
        chunk = read(upload, now, size)
    except OSError as error:
        logger.exception("Import %d cannot be read", upload.pk)
        return uploads.failed(upload, unread(upload, error), now=now)
    return retried(lambda: store(upload.pk, upload.position, chunk, now))


def first_values(upload: Import, now: datetime, most: int) -> list[list[str]] | None:
    """For each column its first values; None, and the import has failed, where its file cannot be read any more."""
    try:
        sample = csv_files.head(uploads.file_of(upload)).sample[:most]
    except (OSError, csv_files.BadFile) as error:
        logger.exception("Import %d cannot be read", upload.pk)
        uploads.failed(upload, unread(upload, error), now=now, while_it_is=State.MAPPING)
        return None
    width = len(upload.mapping["columns"])
    return [[row[place] for row in sample if len(row) > place] for place in range(width)]


def unread(upload: Import, error: Exception) -> str:
    """What happened to the file, and what to do."""
    happened = f"The file cannot be read: {error.strerror if isinstance(error, OSError) else error}"
    if isinstance(error, FileNotFoundError):
        happened = "The uploaded file is no longer on this server"
    rest = f"Its lines up to {upload.line - 1:,} are done: upload the others." if upload.records else "Upload it again."
    return f"{happened.rstrip('.')}. {rest}"


def read(upload: Import, now: datetime, size: int) -> Chunk:
    records = csv_files.records(uploads.file_of(upload), upload.mapping["delimiter"], upload.position, upload.line)
    return as_facts(upload, list(islice(records, size)), mapping.columns_of(upload.mapping), now)


def as_facts(upload: Import, records: Sequence[CsvRecord], columns: Sequence[Column], now: datetime) -> Chunk:
    facts, kept, refused = [], [], []
    for record in records:
        if record.error:
            refused.append((record.line, "unreadable", record.error))
            continue
        try:
            fact = mapping.fact(columns, record.values, upload.kind, upload.event_name, now)
        except Refused as why:
            refused.append((record.line, why.code, faults.of_line(why.reason, columns, record.values, now)))
            continue
        facts.append(fact)
        kept.append(record)
    end, line = (records[-1].end, records[-1].end_line) if records else (upload.size, upload.line)
    return Chunk(facts, kept, refused, end, line)


@transaction.atomic
def store(pk: int, position: int, chunk: Chunk, now: datetime) -> Import:
    """Nothing happens if another worker was faster or somebody pressed stop."""
    upload = Import.objects.select_for_update().get(pk=pk)
    if upload.state != State.RUNNING or upload.position != position:
        return upload
    outcome = ingest(chunk.facts, source=f"import {pk}", now=now, live=False)
    refused = chunk.refused + [rejected(upload, chunk.records[each.index], each, now) for each in outcome.rejected]
    notes = [(chunk.records[each.index].line, each.code, each.reason) for each in outcome.notes]
    write_refusals(upload, refused, is_note=False)
    write_refusals(upload, notes, is_note=True)
    upload.accepted += outcome.accepted
    upload.rejected += len(refused)
    upload.position, upload.line, upload.lease_until = chunk.end, chunk.end_line, uploads.lease(now)
    upload.save(update_fields=["accepted", "rejected", "position", "line", "lease_until"])
    if upload.position >= upload.size:
        return uploads.finished(upload, State.COMPLETED, now)
    return upload


def rejected(upload: Import, record: CsvRecord, why: Rejected, now: datetime) -> tuple[int, str, str]:
    columns = mapping.columns_of(upload.mapping)
    return record.line, why.code, faults.of_line(why.reason, columns, record.values, now)


def write_refusals(upload: Import, lines: Iterable[tuple[int, str, str]], *, is_note: bool) -> None:
    ImportRefusal.objects.bulk_create(
        ImportRefusal(of=upload, line=line, code=code, reason=csv_files.printable(reason), is_note=is_note)
        for line, code, reason in sorted(lines)
    )


@transaction.atomic
def choose_again(pk: int) -> Import:
    """Back to its columns with the same file, where every line was refused. Raises Late, OSError, BadFile."""
    upload = Import.objects.select_for_update().get(pk=pk)
    if not upload.took_nothing:
        raise uploads.Late(upload, "given other columns")
    path = uploads.file_of(upload)
    head = csv_files.head(path)
    upload.refusals.all().delete()
    upload.mapping = {**upload.mapping, **looking.look(path, head).as_json(), "confirmed": False}
    upload.state, upload.rejected, upload.position, upload.line = State.MAPPING, 0, head.end, head.end_line
    upload.started_at = upload.completed_at = None
    upload.save()
    return upload


def start(upload: Import, columns: Sequence[Column], event_name: str) -> bool:
    """Confirm the mapping; workers take it from here. False if it was started meanwhile."""
    confirmed = {
        "delimiter": upload.mapping["delimiter"],
        "columns": [column.as_json() for column in columns],
        "confirmed": True,
    }
    return bool(
        Import.objects.filter(pk=upload.pk, state=State.MAPPING).update(
            mapping=confirmed, event_name=event_name, state=State.WAITING
        )
    )
