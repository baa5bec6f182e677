"""Counts, in samples, which types and values each property has: for pickers and the catalogue page."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from people import rows
from people.models import EventName, PropertyName
from people.properties import type_sql

EVENTS = 2000  # the newest of a name
PEOPLE = 20_000
VALUES = 50
VALUE_LENGTH = 200
# Standard columns whose values help to choose; addresses and identities are nobody's business there.
STANDARD = ("language", "country", "region", "city", "zone", "gender", "first_name", "birth_date")
LANGUAGE = "language"  # always there, so that counting leaves a trace where nobody has any value
PROPERTY_VALUES = SQL(
    "SELECT key, value, {type} AS type FROM ({sample}) s, jsonb_each(s.properties) WHERE value <> 'null'"
)


def refresh_all(*, now: datetime) -> None:
    refresh(None, now=now)
    for event in EventName.objects.values_list("pk", flat=True):
        refresh(event, now=now)


def refresh(event: int | None, *, now: datetime) -> None:
    """Count the values of one event's properties, or (None) of people's, anew. Safe to repeat."""
    sample = people_sample() if event is None else event_sample(event)
    counted, frequent = types(sample), values(sample)
    known = dict(PropertyName.objects.filter(event=event).values_list("name", "types"))
    fresh = [
        {
            "name": name,
            "types": {**dict.fromkeys(known.get(name, ()), 1), **counted.get(name, {})},
            "frequent": frequent.get(name, []),
        }
        for name in sorted(known.keys() | counted.keys() | ({LANGUAGE} if event is None else set()))
    ]
    store(event, fresh, now)
    if event is not None:
        count(event, now)


def count(event: int, now: datetime) -> None:
    """From the summary, by its index (name) that holds the counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE people_eventname SET times = total.times, people = total.people, refreshed_at = %s
            FROM (SELECT COALESCE(sum(count), 0) AS times, count(*) AS people FROM people_profileevent
                  WHERE name_id = %s) total
            WHERE id = %s
            """,
            [now, event, event],
        )


def event_sample(event: int) -> Composable:
    return SQL("SELECT properties FROM people_event WHERE name_id = {} ORDER BY at DESC LIMIT {}").format(
        Literal(event), Literal(EVENTS)
    )


def people_sample() -> Composable:
    """The same people in both counts: the sample is repeatable."""
    columns = SQL(", ").join(SQL("{}, {}").format(Literal(name), Identifier(name)) for name in STANDARD)
    return SQL(
        "SELECT properties || jsonb_build_object({}) AS properties FROM people_profile TABLESAMPLE SYSTEM ({})"
        " REPEATABLE (1)"
    ).format(columns, Literal(people_percent()))


def people_percent() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'people_profile'::regclass")
        return min(100.0, 100 * PEOPLE / max(1.0, float(cursor.fetchone()[0])))


def types(sample: Composable) -> dict[str, dict[str, int]]:
    query = SQL("SELECT key, type, count(*) FROM ({}) v GROUP BY key, type").format(property_values(sample))
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query)
        for name, kind, times in cursor.fetchall():
            found.setdefault(name, {})[kind] = times
    return found


def values(sample: Composable) -> dict[str, list[list[object]]]:
    """Property → [value, times], the most frequent first."""
    query = SQL(
        """
        SELECT key, value, times
        FROM (SELECT key, value, count(*) AS times,
                     row_number() OVER (PARTITION BY key ORDER BY count(*) DESC, value) AS place
              FROM ({}) v WHERE type NOT IN ('list', 'object') AND length(value::text) <= {}
              GROUP BY key, value) counted
        WHERE place <= {} ORDER BY key, place
        """
    ).format(property_values(sample), Literal(VALUE_LENGTH), Literal(VALUES))
    found: dict[str, list[list[object]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query)
        for name, value, times in cursor.fetchall():
            found.setdefault(name, []).append([orjson.loads(value), times])
    return found


def property_values(sample: Composable) -> Composable:
    return PROPERTY_VALUES.format(type=type_sql(SQL("value")), sample=sample)


def store(event: int | None, fresh: Sequence[Mapping[str, object]], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_propertyname
                (event_id, name, types, frequent, description, alias, is_hidden, is_discarded, first_seen_at,
                 refreshed_at)
            SELECT %s, name, types, frequent, '', '', false, false, %s, %s
            FROM jsonb_to_recordset(%s) AS new (name text, types jsonb, frequent jsonb) ORDER BY name
            ON CONFLICT (event_id, name) DO UPDATE
            SET types = EXCLUDED.types, frequent = EXCLUDED.frequent, refreshed_at = EXCLUDED.refreshed_at
            """,
            [event, now, now, rows.json(fresh)],
        )
