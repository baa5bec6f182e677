"""Reads CSV files as people make them: any encoding, delimiter, quoted newlines; each record with its place."""

import codecs
import csv
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from connectors.spreadsheets import formula_safe

BLOCK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
COLUMNS = 500
HEADER_BYTES = 1 << 20
LINE_BYTES = 1 << 20
PLAIN_BYTES = 1 << 16
RECORD_LINES = 1000  # more lines in one record mean a quote that nobody closed
SAMPLE = 20
UNICODE_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
QUOTED = re.compile(r'"[^"]*"')
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class BadFile(Exception):
    """The file as a whole cannot be imported; the message says why, for the person who uploaded it."""


class CsvRecord(NamedTuple):
    """`end` is the byte after it; `error` says why it is none, and `values` are empty then."""

    line: int
    end: int
    end_line: int
    values: list[str]
    error: str = ""


@dataclass(frozen=True)
class Head:
    """What the beginning of a file shows: its columns, the place of the first record, some records."""

    delimiter: str
    columns: list[str]
    end: int
    end_line: int
    sample: list[list[str]]


def keep(blocks: Iterable[bytes], path: Path) -> int:
    """Write an upload to `path` as UTF-8 with \\n at the ends of lines; returns its size. Raises BadFile if empty."""
    raw = path.with_suffix(".raw")
    path.parent.mkdir(parents=True, exist_ok=True)
    with raw.open("wb") as target:
        for block in blocks:
            target.write(block)
    try:
        with raw.open(encoding=encoding_of(raw), newline=None, errors="replace") as source, path.open("wb") as target:
            while text := source.read(BLOCK):
                target.write(text.encode())
    finally:
        raw.unlink()
    if not path.stat().st_size:
        path.unlink()
        raise BadFile("The file is empty.")
    return path.stat().st_size


def encoding_of(path: Path) -> str:
    """UTF-8 if all of it is; else what an old spreadsheet writes."""
    with path.open("rb") as source:
        first = source.read(4)
        for mark, name in UNICODE_MARKS:
            if first.startswith(mark):
                return name
        source.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := source.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def head(path: Path) -> Head:
    """Raises BadFile where there is no line of column names to go by."""
    with path.open("rb") as source:
        beginning = source.read(HEADER_BYTES).decode(errors="replace")
    if "\n" not in beginning and len(beginning) >= HEADER_BYTES:
        raise BadFile("The first line is too long to be one of column names.")
    delimiter = most_likely_delimiter(beginning)
    found = list(first_records(path, delimiter))
    if not found or found[0].error or not any(value.strip() for value in found[0].values):
        raise BadFile("The first line must hold the names of the columns.")
    columns = [clean(value) or f"Column {number}" for number, value in enumerate(found[0].values, start=1)]
    if any("\0" in name for name in columns):
        raise BadFile("The name of a column has a character that cannot be stored.")
    if len(columns) > COLUMNS:
        raise BadFile(f"The file has more than {COLUMNS} columns.")
    sample = [record.values for record in found[1:] if not record.error]
    return Head(delimiter, distinct(columns), found[0].end, found[0].end_line, sample)


def first_records(path: Path, delimiter: str) -> Iterator[CsvRecord]:
    for number, record in enumerate(records(path, delimiter, 0, 1)):
        if number > SAMPLE:
            return
        yield record


def most_likely_delimiter(text: str) -> str:
    """The one that stands most often between the names of the first line."""
    first = QUOTED.sub("", text).split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def distinct(columns: list[str]) -> list[str]:
    """A name that comes again gets a number: email, email (2)."""
    seen: dict[str, int] = {}
    found = []
    for name in columns:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def records(path: Path, delimiter: str, position: int, line: int) -> Iterator[CsvRecord]:
    """The records from byte `position` on, which is in line `line`. Empty lines are passed over. A record that cannot
    be read (a quote that nobody closes) costs its first line only."""
    with path.open("rb") as source:
        source.seek(position)
        while text := source.readline(LINE_BYTES):
            if is_plain(text):
                position, line = position + len(text), line + 1
                record = CsvRecord(
                    line - 1, position, line, text.decode(errors="replace").rstrip("\n").split(delimiter)
                )
            else:
                source.seek(position)
                record = quoted_record(source, delimiter, line)
                position, line = record.end, record.end_line
            if record.error or any(record.values):
                yield record


def is_plain(text: bytes) -> bool:
    """Where no cell is quoted, the csv module would only split the line, five times slower."""
    return len(text) < PLAIN_BYTES and b'"' not in text and b"\r" not in text


def quoted_record(source: BinaryIO, delimiter: str, line: int) -> CsvRecord:
    start, lines = source.tell(), Lines(source)
    try:
        values = next(csv.reader(lines, delimiter=delimiter), [])
    except (csv.Error, Unreadable):
        source.seek(start)
        skip_line(source)
        return CsvRecord(line, source.tell(), line + 1, [], "The line cannot be read: is a quote not closed?")
    return CsvRecord(line, source.tell(), line + lines.count, values)


class Unreadable(Exception):
    """One record takes more lines, or a line more bytes, than any real one."""


class Lines:
    """Lines of a file, counted, for one record."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        while text := self.source.readline(LINE_BYTES):
            self.count += 1
            if self.count > RECORD_LINES or len(text) == LINE_BYTES:
                raise Unreadable
            yield text.decode(errors="replace")


def skip_line(source: BinaryIO) -> None:
    while len(source.readline(LINE_BYTES)) == LINE_BYTES:
        pass


def clean(value: str) -> str:
    """Without the space around it, whichever kind."""
    return value.replace(NO_BREAK_SPACE, " ").strip()


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Rows as lines of CSV, one by one; no spreadsheet runs any of their texts."""
    writer = csv.writer(Echo())
    for row in rows:
        yield writer.writerow([formula_safe(cell) if isinstance(cell, str) else cell for cell in row])


def put_aside(lines: Iterable[str]) -> BinaryIO:
    """All lines in a file that is gone once it is closed, so that nothing waits for whoever reads it slowly.

    It begins with the mark by which a spreadsheet knows UTF-8.
    """
    file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 the caller closes it
    try:
        file.write(codecs.BOM_UTF8)
        for line in lines:
            file.write(line.encode(errors="replace"))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


class Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def printable(text: str) -> str:
    """The text as PostgreSQL can keep it."""
    return text.replace("\x00", "␀").encode(errors="replace").decode()
