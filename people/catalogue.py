"""The catalogue of names: admits new event and property names within the account's limits, refuses the rest."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.conf import settings
from django.db import connection

from accounts.models import AccountSettings
from people import rows
from people.cleaning import Pairs
from people.properties import COLUMNS

Seen = Mapping[str | None, Pairs]


@dataclass(frozen=True)
class Known:
    """One event name (or, with id None, the people themselves) as the catalogue has it."""

    id: int | None
    is_discarded: bool
    types: Mapping[str, Collection[str]]
    discarded: frozenset[str]


Catalogue = dict[str | None, Known]
LookUp = Callable[[Seen], Catalogue]


@dataclass
class Admission:
    """Which names a batch may use: `ids` of event names; refused names with their code and reason."""

    ids: dict[str, int] = field(default_factory=dict)
    refused_events: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused_properties: dict[str | None, set[str]] = field(default_factory=lambda: defaultdict(set))
    dropped_properties: dict[str | None, frozenset[str]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Every name may be used."""
        return not (self.refused_events or self.refused_properties or self.dropped_properties)


def admit(seen: Seen, look_up: LookUp, *, now: datetime) -> Admission:
    """Look the names up and add what is new, within the limits. Runs in the caller's transaction.

    Only a batch with something new takes the catalogue's lock, so ordinary batches never wait for each other here.
    """
    known = look_up(seen)
    if any(is_new(known.get(name), pairs) for name, pairs in seen.items()):
        lock()
        known = add(seen, read(seen), now)
    return admission(seen, known)


class Kept:
    """What this process read lately, for `settings.CATALOGUE_SECONDS`: names stay, and types only become more, so all
    that may be late by that time is an operator's word that a name is discarded.

    Read by the first statement of a transaction: nothing that may be rolled back comes here.
    """

    def __init__(self) -> None:
        self.known: Catalogue = {}
        self.until = 0.0

    def look_up(self, seen: Seen) -> Catalogue:
        if time.monotonic() >= self.until:
            self.known, self.until = {}, time.monotonic() + settings.CATALOGUE_SECONDS
        known = self.known
        if any(is_new(known.get(name), pairs) for name, pairs in seen.items()):
            known = self.known = {**known, **read(seen)}
        return known


kept = Kept()


def is_new(known: Known | None, pairs: Pairs) -> bool:
    return known is None or any(
        kind not in known.types.get(name, ()) and name not in known.discarded for name, kind in pairs
    )


def read(seen: Seen) -> Catalogue:
    names = [name for name in seen if name is not None]
    found = rows.asked(
        """
        SELECT n.id, n.name, n.is_discarded,
               (jsonb_object_agg(p.name, p.types) FILTER (WHERE p.id IS NOT NULL))::text,
               array_agg(p.name) FILTER (WHERE p.is_discarded)
        FROM people_eventname n LEFT JOIN people_propertyname p ON p.event_id = n.id
        WHERE n.name = ANY(%s) GROUP BY n.id
        UNION ALL
        SELECT NULL, NULL, false, jsonb_object_agg(name, types)::text, array_agg(name) FILTER (WHERE is_discarded)
        FROM people_propertyname WHERE event_id IS NULL
        """,
        [names],
    )
    return {
        name: Known(pk, is_discarded, orjson.loads(types or "{}"), frozenset(discarded or ()))
        for pk, name, is_discarded, types, discarded in found
    }


def lock() -> None:
    """One transaction at a time adds names; held to its end, so limits are exact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('people catalogue'))")


def add(seen: Seen, known: Catalogue, now: datetime) -> Catalogue:
    """Add the new names that the limits have room for; returns the catalogue as it is then."""
    limits = AccountSettings.current()
    add_events([name for name in seen if name is not None and name not in known], limits.event_name_limit, now)
    known = read(seen)
    new = [
        (known[event].id, name, dict.fromkeys(kinds, 1))
        for event, pairs in seen.items()
        if event in known and not known[event].is_discarded
        for name, kinds in within(pairs, known[event], limits.event_property_limit).items()
    ]
    add_properties(new, now)
    return read(seen)


def within(pairs: Pairs, known: Known, limit: int) -> dict[str, set[str]]:
    """Property → new types, for properties that are known already and as many new ones as fit."""
    new: dict[str, set[str]] = defaultdict(set)
    room = limit - sum(name not in COLUMNS for name in known.types)
    for name, kind in sorted(pairs):
        if name not in known.types and name not in new and room <= 0:
            continue
        if name not in known.types and name not in new:
            room -= 1
        if kind not in known.types.get(name, ()):
            new[name].add(kind)
    return new


def add_events(names: list[str], limit: int, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_eventname
                (name, description, is_hidden, is_discarded, revenue_property, times, people, first_seen_at)
            SELECT name, '', false, false, '', 0, 0, %s FROM unnest(%s::text[]) WITH ORDINALITY AS new (name, position)
            WHERE position <= %s - (SELECT count(*) FROM people_eventname)
            ON CONFLICT (name) DO NOTHING
            """,
            [now, sorted(names), limit],
        )


def add_properties(new: Iterable[tuple[int | None, str, dict[str, int]]], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_propertyname
                (event_id, name, types, frequent, description, alias, is_hidden, is_discarded, first_seen_at)
            SELECT event, name, types, '[]', '', '', false, false, %s
            FROM jsonb_to_recordset(%s) AS new (event int, name text, types jsonb)
            ON CONFLICT (event_id, name) DO UPDATE SET types = EXCLUDED.types || people_propertyname.types
            """,
            [now, rows.json([{"event": event, "name": name, "types": types} for event, name, types in new])],
        )


def admission(seen: Seen, known: Mapping[str | None, Known]) -> Admission:
    found = Admission()
    for name, pairs in seen.items():
        entry = known.get(name)
        if entry is None:
            found.refused_events[str(name)] = (
                "too_many_event_names",
                "The account has no room for another event name.",
            )
            continue
        if entry.is_discarded:
            found.refused_events[str(name)] = ("discarded_event", "Events of this name are discarded.")
            continue
        if name is not None and entry.id is not None:
            found.ids[name] = entry.id
        missing = {name for name, _ in pairs if name not in entry.types}
        if missing:
            found.refused_properties[name] = missing
        if entry.discarded:
            found.dropped_properties[name] = entry.discarded
    return found
