"""Looks through the beginning of a file: as what the values of each column can be read, and which are odd."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from people import csv_files
from people.cells import REFUSED, day, leading_zero, may_be_thousands, number, number_comma, yes_or_no
from people.csv_files import Head, clean, printable
from people.properties import DATE

CELLS = 1_000_000
BYTES = 32 * 1024**2
ENOUGH = 100  # odd values; where they are more than a quarter besides, nobody means that type
SHOWN = 40
SURE = frozenset({"true", "false", "yes", "no"})  # 1, y or f may be anything
BIRTH = "birth_date"


@dataclass(frozen=True, slots=True)
class Odd:
    """The first value that a type does not fit, and how many there are; at least, where `is_cut`."""

    value: str
    line: int
    count: int = 1
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Of one column: how many values, by type those that are none of it, and those that are but hardly mean it."""

    seen: int = 0
    odd: dict[str, Odd] = field(default_factory=dict)
    doubtful: dict[str, Odd] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        odd, doubtful = ({type: Odd(**each) for type, each in kept[name].items()} for name in ("odd", "doubtful"))
        return cls(kept["seen"], odd, doubtful)


@dataclass(frozen=True, slots=True)
class Looked:
    """`lines` is how many were looked at; 0 for all there are."""

    columns: list[Look]
    lines: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"looks": [look.as_json() for look in self.columns], "looked_at": self.lines}


class Tally:
    """Counts one column. A type is given up once it is out of the question: a column of texts costs next to nothing."""

    def __init__(self) -> None:
        self.seen = 0
        self.left = list(TESTS)
        self.odd: dict[str, Counted] = {}
        self.doubtful: dict[str, Counted] = {}

    def add(self, value: str, line: int) -> None:
        self.seen += 1
        given_up = []
        for type in self.left:
            if not TESTS[type](value):
                found = count(self.odd, type, value, line)
                if found.count >= ENOUGH and found.count * 4 > self.seen:
                    given_up.append(type)
            elif type in DOUBTS and DOUBTS[type](value):
                count(self.doubtful, type, value, line)
        for type in given_up:
            self.left.remove(type)

    def look(self) -> Look:
        odd = {type: each.as_odd(is_cut=type not in self.left) for type, each in self.odd.items()}
        return Look(self.seen, odd, {type: each.as_odd() for type, each in self.doubtful.items()})


@dataclass(slots=True)
class Counted:
    value: str
    line: int
    count: int = 0

    def as_odd(self, *, is_cut: bool = False) -> Odd:
        value = self.value if len(self.value) <= SHOWN else f"{self.value[:SHOWN]}…"
        return Odd(printable(value), self.line, self.count, is_cut)


def count(found: dict[str, Counted], type: str, value: str, line: int) -> Counted:
    """One more; the first value is the one that is told."""
    each = found.get(type)
    if each is None:
        each = found[type] = Counted(value, line)
    each.count += 1
    return each


def look(path: Path, head: Head) -> Looked:
    """As far as CELLS and BYTES go, in the memory of one line. Raises OSError."""
    tallies = [Tally() for _ in head.columns]
    most = CELLS // len(tallies)
    for lines, record in enumerate(csv_files.records(path, head.delimiter, head.end, head.end_line)):
        if lines == most or record.end - head.end > BYTES:
            return Looked([tally.look() for tally in tallies], lines)
        for tally, raw in zip(tallies, record.values, strict=False):
            if raw and (value := clean(raw)):
                tally.add(value, record.line)
    return Looked([tally.look() for tally in tallies])


def guessed(look: Look) -> str:
    """The type that all values have, beyond doubt."""
    fitting = (type for type in REFUSED if look.seen and type not in look.odd and type not in look.doubtful)
    return next(fitting, "text")


def nearest(look: Look, types: Sequence[str]) -> str:
    """The one of `types` that the most values have."""
    return min(types, key=lambda type: look.odd[type].count if type in look.odd else 0)


def is_birth_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "number": lambda value: number(value) is not None,
    "number_comma": lambda value: number_comma(value) is not None,
    "boolean": lambda value: yes_or_no(value) is not None,
    "date": lambda value: DATE.fullmatch(value) is not None,
    "date_dmy": lambda value: day(value, month_first=False) is not None,
    "date_mdy": lambda value: day(value, month_first=True) is not None,
    BIRTH: is_birth_date,
}
DOUBTS: Final[dict[str, Callable[[str], bool]]] = {
    "number": leading_zero,
    "number_comma": lambda value: leading_zero(value) or may_be_thousands(value),
    "boolean": lambda value: value.lower() not in SURE,
}
