"""Promises of writing many rows at once: the one that PostgreSQL refuses is found, the rest is kept."""

from collections.abc import Sequence

import pytest
from django.db import connection

from people import events, rows
from people.models import Event, EventName
from tests.people.facts import NOW

pytestmark = pytest.mark.django_db


def event_row(index: int, payload: bytes) -> events.Row:
    name = EventName.objects.get_or_create(name="Viewed")[0].pk
    return events.Row(index, 1, name, NOW, NOW.isoformat(), b"1\t%d\t2026-11-22T12:00:00+00:00\t%s\n" % (name, payload))


def test_copy_that_fails_is_halved_until_the_bad_rows_are_found():
    new = [event_row(index, b'{"n": 1}') for index in range(9)]
    new[2], new[7] = event_row(2, b"{"), event_row(7, b'{"n": "\\\\u0000"}')

    refused = rows.write(new, events.copy)

    assert [row.index for row in refused] == [2, 7]
    assert Event.objects.count() == 7


def test_statement_that_fails_is_halved_too():
    def divide(some: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / n FROM unnest(%s::int[]) AS given (n)", [rows.array(some)])

    assert rows.write([1, 2, 0, 3], divide) == [0]


def test_chunks_hold_everything_once_in_order():
    assert list(rows.chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
