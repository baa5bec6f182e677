"""The *file* destination: one part per batch, joined into one file when the run is complete, as NDJSON or CSV."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import orjson

from connectors import file_csv
from connectors.base import ConnectorError, Fault, Outgoing, Part, Receipt, backoff

NDJSON, CSV = FORMATS = ("ndjson", "csv")
REMOVED = "removed"  # instead of a format: the file had been kept for its time
COPY_BYTES = 1024**2


def payload(message: Outgoing) -> dict[str, object]:
    """One line of the file, version 1 (`connectors/schemas/file.v1.json`)."""
    return {
        "messageId": message.id,
        "userId": message.user_id,
        "anonymousId": message.anonymous_id,
        "event": message.event,
        "timestamp": message.at,
        "properties": message.properties(),
        "traits": message.people_fields(),
    }


def make(config: Mapping[str, object], root: Path) -> "File":
    return File(root, CSV if config.get("format") == CSV else NDJSON)


def set_to(config: Mapping[str, object]) -> str:
    """How a marketer tells two connections of this kind apart."""
    form = "a table with a row per message (CSV)" if config.get("format") == CSV else "a line of JSON per message"
    return f"Each run becomes one file on this server: {form}."


def written(config: Mapping[str, object], root: Path, part: Part) -> Path | None:
    """What `send` wrote of one part, in the form that is chosen; None if nothing is there."""
    made = make(config, root)
    path = made.part_path(part.folder, part.name)
    path = table_of(path) if made.format == CSV else path
    return path if path.is_file() else None


def kept(root: Path, folder: str) -> Path | None:
    """What `finish` put together."""
    return next((path for each in FORMATS if (path := root / f"{folder}.{each}").is_file()), None)


@dataclass(frozen=True, slots=True)
class File:
    """`<root>/<folder>/<batch>.ndjson` per batch, for a table `<batch>.csv` beside it; a retry overwrites its part, so
    nothing is in twice."""

    root: Path
    format: str = NDJSON
    deduplicates: ClassVar[bool] = True

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        lines, receipts = encoded(batch)
        try:
            await asyncio.to_thread(self.keep, self.part_path(part.folder, part.name), lines)
        except OSError as error:
            raise ConnectorError(
                f"The file could not be written: {error.strerror}.",
                fault=Fault.UNAVAILABLE,
                retry_after=backoff(part.attempt),
            ) from error
        return receipts

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        """Join the parts, in the order given, into `<root>/<folder>.<format>`. They stay: more may be sent later."""
        joined = self.root / f"{folder}.{self.format}"
        sources = [self.part_path(folder, name) for name in parts]
        try:
            await asyncio.to_thread(join_tables if self.format == CSV else join, joined, sources)
            await asyncio.to_thread(sweep, self.root / folder, joined)
        except OSError as error:
            raise ConnectorError(f"The parts could not be joined: {error}.", fault=Fault.UNAVAILABLE) from error
        return str(joined)

    def part_path(self, folder: str, name: str) -> Path:
        return self.root / folder / f"{name}.ndjson"

    def keep(self, path: Path, lines: Sequence[bytes]) -> None:
        """A table of an earlier try goes first: whatever is killed when, none says other than the lines do."""
        table_of(path).unlink(missing_ok=True)
        write(path, b"".join(lines))
        if self.format == CSV:
            write(table_of(path), file_csv.part(lines))


def encoded(batch: Sequence[Outgoing]) -> tuple[list[bytes], list[Receipt]]:
    lines, receipts = [], []
    for message in batch:
        try:
            lines.append(orjson.dumps(payload(message), option=orjson.OPT_APPEND_NEWLINE))
            receipts.append(Receipt(message.id, "accepted"))
        except orjson.JSONEncodeError as error:
            receipts.append(Receipt(message.id, "failed", "render_error", str(error)))
    return lines, receipts


def write(path: Path, content: bytes) -> None:
    replace(path, lambda target: target.write(content))


def join(path: Path, parts: Sequence[Path]) -> None:
    def copy_parts(target: BinaryIO) -> None:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, target, COPY_BYTES)

    replace(path, copy_parts)


def join_tables(path: Path, parts: Sequence[Path]) -> None:
    """Some have no table yet: they were written before this format was chosen, or their writer was killed."""
    for part in parts:
        if not table_of(part).exists():
            with part.open("rb") as lines:
                write(table_of(part), file_csv.part(lines))
    replace(path, lambda target: file_csv.join(target, [(part, table_of(part)) for part in parts]))


def table_of(part: Path) -> Path:
    return part.with_suffix(".csv")


def sweep(directory: Path, joined: Path) -> None:
    """The file of another format, from before it was changed, the mark of an older run's that was removed, and
    temporary files of writers that were killed: when a run is complete nobody writes parts any more."""
    others = [joined.with_suffix(f".{each}") for each in (*FORMATS, REMOVED)]
    for leftover in [*directory.glob(".*"), *(path for path in others if path != joined)]:
        leftover.unlink(missing_ok=True)


def replace(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Whole or not at all, whatever is killed when: (1) temporary name, (2) fsync, (3) rename, (4) fsync the directory.

    The temporary name is this call's own: two workers that write the same part cannot mix their lines.
    """
    make_directory(path.parent)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as target:
            fill(target)
            target.flush()
            os.fsync(target.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def make_directory(directory: Path) -> None:
    """With its parents; each new name is made durable in the directory that holds it."""
    if directory.is_dir():
        return
    make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
