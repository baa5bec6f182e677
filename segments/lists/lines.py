"""Reads the next lines of a list's file: whom each names, or why it names nobody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from connectors.spreadsheets import without_guard
from people import cleaning, columns, csv_files
from people.cleaning import Refused
from people.csv_files import CsvRecord, clean, printable
from segments.lists.layout import Kind, Layout, kind_of
from segments.models import ListUnmatched

Reason = ListUnmatched.Reason
KEPT = 1024  # characters of what was given
CACHED = 1024
CLEANERS: Final[Mapping[Kind, tuple[Callable[[str], object], Reason]]] = {
    "identity": (cleaning.identity, Reason.BAD_IDENTITY),
    "anonymous_id": (cleaning.identity, Reason.BAD_IDENTITY),
    "email": (lambda value: columns.cleaned("email", value), Reason.BAD_EMAIL),
    "phone": (lambda value: columns.cleaned("phone", value), Reason.BAD_PHONE),
}


class Named(NamedTuple):
    """A line that names somebody by `value`; `type` and `given` are what stands in the file."""

    line: int
    kind: Kind
    value: str
    type: str
    given: str


class Refusal(NamedTuple):
    """A line that names nobody, whoever there is."""

    line: int
    type: str
    given: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """The lines from byte `begin` to byte `end`, the place and the line to go on from."""

    named: list[Named]
    refused: list[Refusal]
    begin: int
    end: int
    end_line: int

    @property
    def size(self) -> int:
        return len(self.named) + len(self.refused)


def read(path: Path, layout: Layout, *, begin: int, line: int, size: int) -> Chunk:
    """At most `size` records. At the end of the file it goes on to the very end. Raises OSError."""
    records = list(islice(csv_files.records(path, layout.delimiter, begin, line), size))
    found = [whom(record, layout) for record in records]
    end, end_line = (records[-1].end, records[-1].end_line) if records else (begin, line)
    return Chunk(
        named=[each for each in found if isinstance(each, Named)],
        refused=[each for each in found if isinstance(each, Refusal)],
        begin=begin,
        end=end if len(records) == size else path.stat().st_size,
        end_line=end_line,
    )


def whom(record: CsvRecord, layout: Layout) -> Named | Refusal:
    if record.error:
        return Refusal(record.line, "", "", Reason.UNREADABLE)
    values = record.values
    given = clean(without_guard(values[layout.identity])) if len(values) > layout.identity else ""
    word = clean(without_guard(values[layout.type])) if layout.type is not None and len(values) > layout.type else ""
    kind = layout.kind or known_kind(word)
    reason: str = Reason.UNKNOWN_TYPE
    if len(values) > layout.columns and any(map(clean, values[layout.columns :])):
        reason = Reason.TOO_MANY_VALUES
    elif not given:
        reason = Reason.NO_IDENTITY
    elif kind is not None:
        cleaner, reason = CLEANERS[kind]
        try:
            return Named(record.line, kind, str(cleaner(given)), shown(word), shown(given))
        except Refused:
            pass
    return Refusal(record.line, shown(word), shown(given), reason)


known_kind = lru_cache(CACHED)(kind_of)


def shown(text: str) -> str:
    return text if text.isascii() and text.isprintable() and len(text) <= KEPT else printable(text[:KEPT])
