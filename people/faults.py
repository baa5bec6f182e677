"""All that is wrong with a line of a file: whoever mends it should not find one fault after the other."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from people import cleaning, mapping
from people.checking import NOBODY
from people.cleaning import Refused
from people.columns import cleaned
from people.csv_files import clean
from people.mapping import Column
from people.properties import WRITABLE

MOST = 10


def of_line(reason: str, columns: Sequence[Column], values: Sequence[str], now: datetime) -> str:
    """Every fault of a line that was refused for `reason`, as sentences in the order of its columns."""
    found = [*([] if names_somebody(columns, values) else [NOBODY]), *in_values(columns, values, now)]
    told = list(dict.fromkeys(found if reason in found else [reason, *found]))
    more = f" And {len(told) - MOST} more." if len(told) > MOST else ""
    return " ".join(told[:MOST]) + more


def names_somebody(columns: Sequence[Column], values: Sequence[str]) -> bool:
    named = zip(columns, values, strict=False)
    return any(column.target in (mapping.IDENTITY, mapping.ANONYMOUS) and clean(raw) for column, raw in named)


def in_values(columns: Sequence[Column], values: Sequence[str], now: datetime) -> Iterator[str]:
    for column, raw in zip(columns, values, strict=False):
        if value := clean(raw):
            try:
                check(column, value, now)
            except Refused as why:
                yield why.reason


def check(column: Column, value: str, now: datetime) -> None:
    """Raises Refused."""
    match column.target:
        case mapping.IDENTITY | mapping.ANONYMOUS:
            cleaning.identity(value)
        case mapping.EVENT:
            cleaning.event_name(value)
        case mapping.TIME:
            cleaning.moment(mapping.moment(value), now)
        case mapping.CUSTOM:
            mapping.typed(column, value)
        case target if target in mapping.CONSENT:
            mapping.yes_or_no(column, value)
        case target if target in WRITABLE:
            cleaned(target, mapping.typed(column, value))
        case _:
            pass
