"""Writes events: one COPY into the partitions, one statement for the summary, arrivals for who asked for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import connection

from people import registry, rows
from people.checking import Event
from people.models import Arrival
from people.resolution import People

LIVE_FOR = timedelta(hours=2)  # an older event never triggers a live message
COPY = "COPY people_event (profile_id, name_id, at, properties) FROM STDIN"
COPY_WITH_IDS = "COPY people_event (id, profile_id, name_id, at, properties) FROM STDIN"


class Summary(msgspec.Struct, frozen=True, gc=False):
    """How often one person did one event, first and last."""

    count: int
    first_at: datetime
    last_at: datetime

    def plus(self, other: "Summary") -> "Summary":
        return Summary(self.count + other.count, min(self.first_at, other.first_at), max(self.last_at, other.last_at))


Summaries = dict[tuple[int, int], Summary]


class Row(msgspec.Struct, frozen=True, gc=False):
    """An event with its keys; `text` is its time in ISO 8601, `line` how COPY reads it."""

    index: int
    profile: int
    name: int
    at: datetime
    text: str
    line: bytes


def write(
    facts: Sequence[Event], people: People, names: Mapping[str, int], merged: Summaries, *, live_at: datetime | None
) -> set[int]:
    """Write the events and add them, with `merged`, to the summary. `live_at` is the present for live events, None for
    history. Returns the indexes of facts that PostgreSQL refused."""
    new = [row(fact, people.of(fact), names[fact.name]) for fact in facts]
    wanted = consumers(facts, names) if live_at is not None else {}
    refused = write_live(new, wanted, live_at) if wanted and live_at else rows.write(new, copy)
    gone = {row.index for row in refused}
    summarise([row for row in new if row.index not in gone], merged)
    return gone


def row(fact: Event, profile: int, name: int) -> Row:
    at, properties = fact.at.isoformat(), fact.payload.replace(b"\\", b"\\\\")
    return Row(fact.index, profile, name, fact.at, at, b"%d\t%d\t%s\t%s\n" % (profile, name, at.encode(), properties))


def copy(new: Sequence[Row]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY) as lines:
        lines.write(b"".join(row.line for row in new))


def summarise(new: Sequence[Row], merged: Summaries) -> None:
    """Add the events to the summary, in the order of its key: batches wait for each other, never in a circle."""
    if not new and not merged:
        return
    sums = merged.values()
    rows.asked(
        """
        INSERT INTO people_profileevent AS present (profile_id, name_id, count, first_at, last_at)
        SELECT profile, name, sum(count), min(first_at), max(last_at)
        FROM (
            SELECT profile, name, 1, at, at
            FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[]) AS event (profile, name, at)
            UNION ALL
            SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
        ) AS new (profile, name, count, first_at, last_at)
        GROUP BY profile, name ORDER BY profile, name
        ON CONFLICT (profile_id, name_id) DO UPDATE SET
            count = present.count + EXCLUDED.count,
            first_at = LEAST(present.first_at, EXCLUDED.first_at),
            last_at = GREATEST(present.last_at, EXCLUDED.last_at)
        """,
        [
            rows.array([row.profile for row in new]),
            rows.array([row.name for row in new]),
            rows.array([row.text for row in new]),
            rows.array([profile for profile, _ in merged]),
            rows.array([name for _, name in merged]),
            rows.array([each.count for each in sums]),
            rows.array([each.first_at.isoformat() for each in sums]),
            rows.array([each.last_at.isoformat() for each in sums]),
        ],
    )


def consumers(facts: Sequence[Event], names: Mapping[str, int]) -> dict[str, set[int]]:
    """Consumer → the ids of those event names in this batch that it wants."""
    present = {fact.name for fact in facts}
    wanted = {
        consumer.name: {names[name] for name in present if consumer.wants(name)}
        for consumer in registry.ARRIVAL_CONSUMERS
    }
    return {consumer: ids for consumer, ids in wanted.items() if ids}


def write_live(new: Sequence[Row], wanted: Mapping[str, set[int]], now: datetime) -> list[Row]:
    """As `rows.write`, with ids taken beforehand: the arrivals name the events."""
    ids = dict(zip((row.index for row in new), event_ids(len(new)), strict=True))

    def copy_with_ids(some: Sequence[Row]) -> None:
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY_WITH_IDS) as lines:
            lines.write(b"".join(b"%d\t%s" % (ids[row.index], row.line) for row in some))

    refused = rows.write(new, copy_with_ids)
    gone = {row.index for row in refused}
    fresh = [row for row in new if row.index not in gone and row.at >= now - LIVE_FOR]
    arrivals = (
        arrival(consumer, [row for row in fresh if row.name in names], ids, now) for consumer, names in wanted.items()
    )
    Arrival.objects.bulk_create(arrival for arrival in arrivals if arrival is not None)
    return refused


def arrival(consumer: str, arrived: Sequence[Row], ids: Mapping[int, int], now: datetime) -> Arrival | None:
    if not arrived:
        return None
    return Arrival(
        consumer=consumer,
        names=sorted({row.name for row in arrived}),
        keys=[ids[row.index] for row in arrived],
        from_at=min(row.at for row in arrived),
        to_at=max(row.at for row in arrived),
        created_at=now,
    )


def event_ids(count: int) -> list[int]:
    found = rows.asked(
        "SELECT nextval(pg_get_serial_sequence('people_event', 'id')) FROM generate_series(1, %s)", [count]
    )
    return [number for (number,) in found]
