"""Writes what Identify facts say about people: folds them in order into the present values, one write a person."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.db import connection
from psycopg.sql import SQL, Identifier

from people import readdressing, rows
from people.checking import Person, operation
from people.properties import WRITABLE
from people.resolution import People

Values = dict[str, object]
FIELDS = SQL(", ").join(map(Identifier, WRITABLE))
NEW_FIELDS = SQL(", ").join(SQL("new.{}").format(Identifier(name)) for name in WRITABLE)
LIST_LENGTH = 100


@dataclass(frozen=True)
class State:
    """What is known of one person."""

    columns: Values = field(default_factory=dict)
    properties: Values = field(default_factory=dict)

    def row(self) -> Values:
        return {**self.columns, "properties": self.properties}


def fold(state: State, facts: Iterable[Person]) -> State:
    """The state after the facts, in their order. A property set to null is gone."""
    columns, properties = dict(state.columns), dict(state.properties)
    for fact in facts:
        columns |= fact.columns
        for name, value in fact.properties.items():
            after = applied(properties.get(name), value)
            if after is None:
                properties.pop(name, None)
            else:
                properties[name] = after
    return State(columns, properties)


def applied(present: object, value: object) -> object:
    """`value` may be an operation on the present value. Adding to a single value makes it a list."""
    match operation(value):
        case None:
            return value
        case ("$set", operand):
            return operand
        case ("$add", operand):
            return list(dict.fromkeys([*texts(present), *texts(operand)]))[-LIST_LENGTH:]
        case ("$remove", operand):
            removed = set(texts(operand))
            return [item for item in texts(present) if item not in removed] or None
        case ("$incr", operand):
            return added(present, operand, 1)
        case ("$decr", operand):
            return added(present, operand, -1)
        case _:
            return None


def texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [str(item) for item in items]


def added(present: object, operand: object, sign: int) -> float:
    before = present if isinstance(present, (int, float)) and not isinstance(present, bool) else 0
    after = before + sign * operand if isinstance(operand, (int, float)) else before
    return after if math.isfinite(after) and abs(after) < 2**63 else before


def write(facts: Sequence[Person], people: People, *, now: datetime) -> set[int]:
    """Bring the people up to date; returns the indexes of facts that PostgreSQL refused. Those who were made with
    these facts are up to date already."""
    new = {people.of(fact) for fact in facts if fact.user_id in people.made and fact.columns.get("email")}
    readdressing.follow(sorted(new), now=now)
    by_profile: dict[int, list[Person]] = defaultdict(list)
    for fact in facts:
        if fact.user_id not in people.made and (fact.columns or fact.properties):
            by_profile[people.of(fact)].append(fact)
    changed = [
        (profile, after)
        for profile, before in locked(by_profile).items()
        if (after := fold(before, by_profile[profile])) != before
    ]
    refused = rows.write(changed, lambda some: update(some, now))
    return {fact.index for profile, _ in refused for fact in by_profile[profile]}


def locked(profiles: Iterable[int]) -> dict[int, State]:
    """The present state of these people, locked in the order of their ids until the transaction ends."""
    wanted = sorted(profiles)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                "SELECT id, properties, {} FROM people_profile WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
            ).format(FIELDS),
            [rows.array(wanted)],
        )
        return {
            profile: State(dict(zip(WRITABLE, values, strict=True)), orjson.loads(properties))
            for profile, properties, *values in cursor.fetchall()
        }


def update(changed: Sequence[tuple[int, State]], now: datetime) -> None:
    """Who has another address than before is asked apart: a bounce is of an address."""
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                """
                UPDATE people_profile p
                SET ({fields}, properties, updated_at, email_since) = ROW({new}, new.properties, %s,
                    CASE WHEN lower(p.email COLLATE "C") IS DISTINCT FROM lower(new.email COLLATE "C")
                         THEN %s ELSE p.email_since END)
                FROM jsonb_populate_recordset(NULL::people_profile, %s) AS new WHERE p.id = new.id
                RETURNING p.id, p.email_since = %s
                """
            ).format(fields=FIELDS, new=NEW_FIELDS),
            [now, now, rows.json([{"id": profile, **state.row()} for profile, state in changed]), now],
        )
        moved = [profile for profile, has_moved in cursor.fetchall() if has_moved]
    readdressing.follow(moved, now=now)


def write_subscriptions(facts: Sequence[Person], people: People, *, now: datetime, resubscribe: bool) -> None:
    """Unsubscribing always counts. Subscribing again counts where a person said so now; never over a suppression."""
    said = {(people.of(fact), channel): on for fact in facts for channel, on in fact.subscriptions.items()}
    if not said:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_subscription AS present (profile_id, channel, state, cause, updated_at)
            SELECT profile, channel, CASE WHEN subscribed THEN 'subscribed' ELSE 'unsubscribed' END, '', %s
            FROM jsonb_to_recordset(%s) AS new (profile bigint, channel text, subscribed boolean)
            ON CONFLICT (profile_id, channel) DO UPDATE
            SET state = EXCLUDED.state, cause = '', code = '', words = '', campaign = NULL, before = '',
                updated_at = EXCLUDED.updated_at
            WHERE present.state <> EXCLUDED.state AND present.state <> 'suppressed'
              AND (EXCLUDED.state = 'unsubscribed' OR %s)
            """,
            [now, rows.json(subscription_rows(said)), resubscribe],
        )
    note_no([each for each, subscribed in said.items() if not subscribed])


def note_no(said: Collection[tuple[int, str]]) -> None:
    """Whoever says no on a channel under a suppression stays unsubscribed when it is lifted."""
    if not said:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH meant AS (
                SELECT s.id FROM people_subscription s
                JOIN jsonb_to_recordset(%s) AS new (profile bigint, channel text)
                  ON s.profile_id = new.profile AND s.channel = new.channel
                WHERE s.state = 'suppressed' AND s.before <> 'unsubscribed'
                ORDER BY s.profile_id, s.channel FOR UPDATE OF s
            )
            UPDATE people_subscription SET before = 'unsubscribed' WHERE id IN (SELECT id FROM meant)
            """,
            [rows.json([{"profile": profile, "channel": channel} for profile, channel in said])],
        )


def subscription_rows(said: Mapping[tuple[int, str], bool]) -> list[Values]:
    return [
        {"profile": profile, "channel": channel, "subscribed": on} for (profile, channel), on in sorted(said.items())
    ]


def write_devices(facts: Sequence[Person], people: People, *, now: datetime) -> None:
    """A token belongs to the person who used it last."""
    devices = {fact.device.token: (people.of(fact), fact.device) for fact in facts if fact.device is not None}
    if not devices:
        return
    fields = ("platform", "token", "app_version", "make", "model", "os_version", "sdk_version")
    new = [
        {"profile": profile, **{name: getattr(device, name)[: 50 if "version" in name else 100] for name in fields[2:]},
         "platform": device.platform, "token": token}
        for token, (profile, device) in sorted(devices.items())
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_device
                (profile_id, platform, token, app_version, make, model, os_version, sdk_version, last_seen_at)
            SELECT profile, platform, token, app_version, make, model, os_version, sdk_version, %s
            FROM jsonb_to_recordset(%s) AS new (profile bigint, platform text, token text, app_version text, make text,
                                                model text, os_version text, sdk_version text)
            ON CONFLICT (token) DO UPDATE SET
                profile_id = EXCLUDED.profile_id, platform = EXCLUDED.platform, app_version = EXCLUDED.app_version,
                make = EXCLUDED.make, model = EXCLUDED.model, os_version = EXCLUDED.os_version,
                sdk_version = EXCLUDED.sdk_version, last_seen_at = EXCLUDED.last_seen_at
            """,
            [now, rows.json(new)],
        )
