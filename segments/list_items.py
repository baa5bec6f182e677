"""Which keys the items of an event's list properties have, from its newest events: `Charged.Items[].category`."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import orjson
from django.db import connection

from people.properties import type_of
from segments.property_options import option

SAMPLE = 100  # events
VALUE_LENGTH = 200
Seen = tuple[str, Mapping[str, int], Sequence[tuple[object, int]]]


def keys_of_items(event: str) -> dict[str, Seen]:
    """Option → list property, types with how often each was seen, values the most frequent first. One query.

    Index: event_by_name (name_id, at).
    """
    types: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    values: dict[tuple[str, str], Counter[str | int | float]] = defaultdict(Counter)
    for name, key, text, times in sampled(event):
        value = orjson.loads(text)
        types[name, key][str(type_of(value))] += times
        if isinstance(value, str | int | float) and len(text) <= VALUE_LENGTH:
            values[name, key][value] += times
    return {option(*pair): (pair[0], seen, values[pair].most_common()) for pair, seen in sorted(types.items())}


def sampled(event: str) -> list[tuple[str, str, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.key, of_item.key, of_item.value::text, count(*)
            FROM people_eventname n,
                 LATERAL (SELECT properties FROM people_event e
                          WHERE e.name_id = n.id ORDER BY e.at DESC LIMIT %s) newest,
                 LATERAL jsonb_each(newest.properties) p,
                 LATERAL jsonb_array_elements(CASE jsonb_typeof(p.value) WHEN 'array' THEN p.value ELSE '[]' END) item,
                 LATERAL jsonb_each(CASE jsonb_typeof(item) WHEN 'object' THEN item ELSE '{}' END) of_item
            WHERE n.name = %s AND of_item.value <> 'null'
            GROUP BY 1, 2, 3
            """,
            [SAMPLE, event],
        )
        rows: list[tuple[str, str, str, int]] = cursor.fetchall()
        return rows
