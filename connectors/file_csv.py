"""CSV for the *file* destination: a row per message, under all the columns that any message of the run has."""

import codecs
import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

from connectors.spreadsheets import FORMULAS, cell

FIXED = ("messageId", "userId", "anonymousId", "event", "timestamp")
PROPERTIES, TRAITS = "properties.", "traits."
COPY_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Columns:
    """Names within a message's `properties`, in the order in which they first came, and within `traits`, sorted."""

    properties: tuple[str, ...]
    traits: tuple[str, ...]

    @classmethod
    def of(cls, messages: Iterable[dict[str, Any]]) -> Self:
        properties: dict[str, None] = {}
        traits: set[str] = set()
        for message in messages:
            properties.update(dict.fromkeys(message["properties"]))
            traits.update(message["traits"])
        return cls(tuple(properties), tuple(sorted(traits)))

    @classmethod
    def of_part(cls, path: Path) -> Self:
        with path.open(encoding="utf-8-sig", newline="") as source:
            names = next(csv.reader(source))[len(FIXED) :]
        properties = (name.removeprefix(PROPERTIES) for name in names if name.startswith(PROPERTIES))
        return cls(tuple(properties), tuple(name.removeprefix(TRAITS) for name in names if name.startswith(TRAITS)))

    @classmethod
    def of_all(cls, found: Iterable[Self]) -> Self:
        return cls.of({"properties": each.properties, "traits": each.traits} for each in found)

    def header(self) -> bytes:
        """With the mark by which a spreadsheet knows UTF-8."""
        names = (*FIXED, *(PROPERTIES + name for name in self.properties), *(TRAITS + name for name in self.traits))
        return codecs.BOM_UTF8 + written([names])

    def row(self, message: dict[str, Any]) -> list[object]:
        values = [
            *map(message.get, FIXED),
            *map(message["properties"].get, self.properties),
            *map(message["traits"].get, self.traits),
        ]
        return [
            value if value is None or (type(value) is str and value[:1] not in FORMULAS) else cell(value)
            for value in values
        ]


def part(lines: Iterable[bytes]) -> bytes:
    """What these messages, each a line of JSON, are as a file of their own."""
    messages = [orjson.loads(line) for line in lines]
    columns = Columns.of(messages)
    return columns.header() + written(map(columns.row, messages))


def join(target: BinaryIO, parts: Sequence[tuple[Path, Path]]) -> None:
    """The parts, each as JSON and as CSV, under one header. Most have all the columns and are copied as they are."""
    found = [Columns.of_part(table) for _, table in parts]
    columns = Columns.of_all(found)
    target.write(columns.header())
    for (lines, table), own in zip(parts, found, strict=True):
        with (table if own == columns else lines).open("rb") as source:
            if own == columns:
                source.seek(len(columns.header()))
                shutil.copyfileobj(source, target, COPY_BYTES)
            else:
                target.write(written(columns.row(orjson.loads(line)) for line in source))


def written(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
