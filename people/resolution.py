"""Whose each fact is: finds people by identity and anonymous id, makes the new ones, says who is one with whom."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from people import rows
from people.checking import Fact

# identity → the values to make this person with
Newcomer = Callable[[str], Mapping[str, object]]


@dataclass
class People:
    """Profile ids by identity and by anonymous id. `made` holds the known people made with their properties;
    `merges` the (anonymous, known) profiles that are one person now."""

    users: dict[str, int] = field(default_factory=dict)
    anonymous: dict[str, int] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    merges: list[tuple[int, int]] = field(default_factory=list)

    def of(self, fact: Fact) -> int:
        return self.users[fact.user_id] if fact.user_id is not None else self.anonymous[str(fact.anonymous_id)]


def resolve(facts: Sequence[Fact], newcomer: Newcomer, *, now: datetime) -> People:
    """Every lock is taken in one order: anonymous ids by value, then identities by value.

    1. lock the anonymous ids, so that nobody merges their people meanwhile
    2. an anonymous person whose identity nobody has yet takes it on and stays the same person
    3. make the identities that are missing, with the values that `newcomer` has for them
    4. make the anonymous ids that are missing
    5. an anonymous person whose identity belongs to another profile is to be merged into it
    """
    people = People(users=known_users({fact.user_id for fact in facts if fact.user_id is not None}))
    wanted = {fact.anonymous_id for fact in facts if fact.anonymous_id is not None}
    pairs = first_pairs(facts)
    nameless = claim(wanted, people)
    promote(pairs, nameless, people)
    make_users(
        sorted({str(fact.user_id) for fact in facts if fact.user_id} - people.users.keys()), newcomer, people, now
    )
    while missing := wanted - people.anonymous.keys():
        make_anonymous(sorted(missing), pairs, people, now)
        nameless |= claim(missing - people.anonymous.keys(), people)
    for value, user in pairs.items():
        if value in nameless and people.anonymous[value] != people.users[user]:
            people.merges.append((people.anonymous[value], people.users[user]))
            people.anonymous[value] = people.users[user]
    return people


def first_pairs(facts: Iterable[Fact]) -> dict[str, str]:
    """Anonymous id → the first identity it came with."""
    pairs: dict[str, str] = {}
    for fact in facts:
        if fact.anonymous_id is not None and fact.user_id is not None:
            pairs.setdefault(fact.anonymous_id, fact.user_id)
    return pairs


def known_users(identities: Collection[str]) -> dict[str, int]:
    if not identities:
        return {}
    statement = "SELECT identity, id FROM people_profile WHERE identity = ANY(%s::text[])"
    return dict(rows.asked(statement, [rows.texts(identities)]))


def claim(values: Collection[str], people: People) -> set[str]:
    """Lock these anonymous ids and note whose they are; returns those whose person has no identity."""
    if not values:
        return set()
    with connection.cursor() as cursor:
        # Two statements: a join in the locking one would read the person as of before the wait.
        cursor.execute(
            "SELECT 1 FROM people_identifier WHERE value = ANY(%s) ORDER BY value FOR NO KEY UPDATE", [list(values)]
        )
        cursor.execute(
            """
            SELECT i.value, i.profile_id, p.identity IS NULL FROM people_identifier i
            JOIN people_profile p ON p.id = i.profile_id WHERE i.value = ANY(%s)
            """,
            [list(values)],
        )
        found = cursor.fetchall()
    people.anonymous |= {value: profile for value, profile, _ in found}
    return {value for value, _, is_nameless in found if is_nameless}


def promote(pairs: Mapping[str, str], nameless: Collection[str], people: People) -> None:
    """A race for the same new identity ends in a UniqueViolation, and the second try finds the person."""
    chosen: dict[str, int] = {}
    for value in sorted(pairs):
        if value in nameless and pairs[value] not in people.users:
            chosen.setdefault(pairs[value], people.anonymous[value])
    if not chosen:
        return
    new = [{"id": profile, "identity": identity} for identity, profile in sorted(chosen.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE people_profile p SET identity = new.identity
            FROM jsonb_to_recordset(%s) AS new (id bigint, identity text) WHERE p.id = new.id
            """,
            [rows.json(new)],
        )
    people.users |= chosen


def make_users(missing: list[str], newcomer: Newcomer, people: People, now: datetime) -> None:
    if not missing:
        return
    new = [{"properties": {}, **newcomer(identity), "identity": identity} for identity in missing]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_profile
                (identity, name, first_name, email, phone, language, zone, country, region, city, latitude, longitude,
                 birth_date, gender, properties, bucket, created_at, updated_at)
            SELECT identity, name, first_name, email, phone, language, zone, country, region, city, latitude, longitude,
                   birth_date, gender, properties, floor(random() * 1000), %s, %s
            FROM jsonb_to_recordset(%s) AS new
                (identity text, name text, first_name text, email text, phone text, language text, zone text,
                 country text, region text, city text, latitude float8, longitude float8, birth_date date, gender text,
                 properties jsonb)
            ON CONFLICT (identity) DO NOTHING RETURNING identity, id
            """,
            [now, now, rows.json(new)],
        )
        made = dict(cursor.fetchall())
    people.made |= made.keys()
    people.users |= made | known_users(set(missing) - made.keys())


def make_anonymous(missing: list[str], pairs: Mapping[str, str], people: People, now: datetime) -> None:
    """Anonymous ids that came with an identity become its own; the others get a person each. Those that another
    transaction made meanwhile are left to be claimed."""
    new = [{"value": value, "profile": people.users.get(pairs.get(value, ""))} for value in missing]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_identifier (value, profile_id, created_at)
            SELECT value, COALESCE(profile, nextval(pg_get_serial_sequence('people_profile', 'id'))), %s
            FROM jsonb_to_recordset(%s) AS new (value text, profile bigint)
            ON CONFLICT (value) DO NOTHING RETURNING value, profile_id
            """,
            [now, rows.json(new)],
        )
        made = dict(cursor.fetchall())
        people.anonymous |= made
        # The foreign key is checked at the end of the transaction: the person may follow the id.
        cursor.execute(
            """
            INSERT INTO people_profile (id, properties, bucket, created_at, updated_at)
            SELECT id, '{}', floor(random() * 1000), %s, %s FROM unnest(%s::bigint[]) AS new (id)
            """,
            [now, now, [profile for value, profile in made.items() if value not in pairs]],
        )
