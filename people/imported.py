"""Whom an import brought or changed: read from its file again, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from people import csv_files, mapping, uploads
from people.csv_files import CsvRecord, clean
from people.mapping import Column
from people.models import Identifier, Import, ImportRefusal, Profile

PAGE = 50
LINES = 2000  # looked at for one page: a file of events may name the same few people again and again


@dataclass(frozen=True)
class Named:
    """Who a line is about."""

    line: int
    identity: str
    anonymous_id: str


@dataclass(frozen=True)
class Page:
    """`people` with the first line that names each. `after` is the place to go on from, as "byte-line", "" at the end.
    `is_gone`: there is no file any more to read them from."""

    people: list[tuple[int, Profile]] = field(default_factory=list)
    after: str = ""
    is_gone: bool = False


def page(upload: Import, position: int = 0, line: int = 1) -> Page:
    """From byte `position`, which is in `line`, up to where the import has come; what lies beyond is the beginning."""
    if position > upload.position or line > upload.line:
        position, line = 0, 1
    try:
        records = list(some(upload, position, line))
    except OSError:
        return Page(is_gone=True)
    end = records[-1].end if records else upload.position
    after = f"{end}-{records[-1].end_line}" if end < upload.position else ""
    return Page(people_of(kept(upload, records)), after)


def some(upload: Import, position: int, line: int) -> Iterator[CsvRecord]:
    """Of the lines that are done as many as name a page of people."""
    found: set[tuple[str, str]] = set()
    columns = mapping.columns_of(upload.mapping)
    records = csv_files.records(uploads.file_of(upload), upload.mapping["delimiter"], position, line)
    for number, record in enumerate(records):
        if record.end > upload.position or number >= LINES or len(found) >= PAGE:
            return
        named = who(columns, record)
        found.add((named.identity, named.anonymous_id))
        yield record


def kept(upload: Import, records: Sequence[CsvRecord]) -> list[Named]:
    """Without the names of columns, and without the lines that were refused."""
    columns = mapping.columns_of(upload.mapping)
    lines = [record.line for record in records]
    refused = set(ImportRefusal.objects.filter(of=upload, is_note=False, line__in=lines).values_list("line", flat=True))
    return [who(columns, record) for record in records if record.line > 1 and record.line not in refused]


def who(columns: Sequence[Column], record: CsvRecord) -> Named:
    said = {column.target: clean(value) for column, value in zip(columns, record.values, strict=False)}
    return Named(record.line, said.get(mapping.IDENTITY, ""), said.get(mapping.ANONYMOUS, ""))


def people_of(named: Sequence[Named]) -> list[tuple[int, Profile]]:
    """Everybody once, in the order of the lines. Two queries."""
    identities = {each.identity for each in named if each.identity}
    anonymous = {each.anonymous_id for each in named if each.anonymous_id and not each.identity}
    known = {person.identity or "": person for person in Profile.objects.filter(identity__in=identities)}
    others = Identifier.objects.filter(value__in=anonymous).select_related("profile")
    visitors = {each.value: each.profile for each in others}
    found: dict[int, tuple[int, Profile]] = {}
    for each in named:
        person = known.get(each.identity) if each.identity else visitors.get(each.anonymous_id)
        if person is not None:
            found.setdefault(person.pk, (each.line, person))
    return list(found.values())
