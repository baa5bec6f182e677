"""Sends many rows to PostgreSQL as one parameter, and finds the row it refuses."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import orjson
from django.db import DataError, transaction

Row = TypeVar("Row")


def json(value: object) -> str:
    return orjson.dumps(value).decode()


def array(values: Iterable[int | str | uuid.UUID]) -> str:
    """The literal of an array of numbers, UUIDs or ISO moments: ten times cheaper than an adapted list."""
    return f"{{{','.join(map(str, values))}}}"


def chunks(items: Iterable[Row], size: int) -> Iterator[list[Row]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def write(rows: Sequence[Row], writer: Callable[[Sequence[Row]], None]) -> list[Row]:
    """Write all rows at once; where PostgreSQL refuses some, halve until those are found. Returns the refused."""
    if not rows:
        return []
    try:
        with transaction.atomic():
            writer(rows)
    except DataError:
        if len(rows) == 1:
            return list(rows)
        middle = len(rows) // 2
        return write(rows[:middle], writer) + write(rows[middle:], writer)
    return []
