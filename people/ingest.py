"""The one way in: facts of any source become people and events, all at once, and twice is the same as once."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

from people import catalogue, events, merging, profiles, resolution, rows
from people.catalogue import Admission, LookUp
from people.checking import Checked, Event, Fact, Person, check
from people.cleaning import payload
from people.joining import joined, parted, size
from people.profiles import State, fold
from people.records import Outcome, Record, Rejected
from people.together import Turns

TRIES = 5
MOST_TOGETHER = 1_000  # records in a transaction that requests share: it ends soon, so nobody waits for long
Result = TypeVar("Result")


def ingest(records: Sequence[Record], *, source: str, now: datetime, live: bool) -> Outcome:
    """Keep the good records, refuse the bad ones one by one, in one transaction.

    A message id is taken once per `source`, so a repeated record changes nothing. Safe to kill and to run in any number
    of processes: locks are taken in one order, and what still collides is tried again. `live` is false for history:
    then nothing triggers messages and nobody is subscribed again.
    """
    checked = check(records, now=now)
    return retried(lambda: store(checked, catalogue.read, source=source, now=now, live=live))


def ingest_live(records: Sequence[Record], *, source: str, now: datetime) -> Outcome:
    """As `ingest`, of what comes in live: requests that wait for one another are stored in one transaction. Each has
    its own outcome; where storing them together fails, each is stored alone."""
    checked = check(records, now=now)
    if not (checked.events or checked.people):
        return Outcome(0, checked.rejected, checked.notes)
    if connection.in_atomic_block:
        return store(checked, catalogue.read, source=source, now=now, live=True)
    return turns(source).take((checked, now), len(records))


@lru_cache(maxsize=64)
def turns(source: str) -> Turns[tuple[Checked, datetime], Outcome]:
    return Turns(lambda works, call_next: store_together(works, source, call_next), MOST_TOGETHER)


def store_together(
    works: Sequence[tuple[Checked, datetime]], source: str, call_next: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """In one transaction; one outcome for each. The next ones begin while this is being committed."""
    parts, now, names = [checked for checked, _ in works], works[0][1], catalogue.kept.look_up

    def stored(whole: Checked) -> Outcome:
        outcome = store(whole, names, source=source, now=now, live=True)
        call_next()
        return outcome

    if len(parts) == 1:
        return [retried(lambda: stored(parts[0]))]
    with joined(parts) as whole:
        outcome = retried(lambda: stored(whole))
    return parted(outcome.rejected, parts)


def store(checked: Checked, names: LookUp, *, source: str, now: datetime, live: bool) -> Outcome:
    """The database's half of `ingest`, in the order in which locks are taken:

    1. catalogue: are these event and property names admitted?
    2. message ids: what of this is here already?
    3. people: whose is it? (anonymous ids, then identities)
    4. their properties, consent and devices
    5. events, the summary, arrivals
    """
    admission = catalogue.admit(checked.seen, names, now=now)
    rejected = [*checked.rejected, *alias_clashes(checked.people)]
    happened, rejected = admitted_events(checked.events, admission, rejected)
    said, rejected = admitted_people(checked.people, admission, rejected)
    repeated = seen_before([*happened, *said], source, now)
    happened = [fact for fact in happened if fact.index not in repeated]
    said = [fact for fact in said if fact.index not in repeated]
    people = resolution.resolve([*happened, *said], newcomer(said), now=now)
    merged = merging.merge(people.merges, now=now)
    refused = profiles.write(said, people, now=now)
    profiles.write_subscriptions(said, people, now=now, resubscribe=live)
    profiles.write_devices(said, people, now=now)
    refused |= events.write(happened, people, admission.ids, merged, live_at=now if live else None)
    rejected += [Rejected(index, "refused_by_database", "The database refused a value.") for index in refused]
    return Outcome(size(checked) - len(rejected), sorted(rejected), checked.notes)


def retried(work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction; another process in the way (a deadlock, the same new person) means trying again.
    Within a transaction of the caller there is no second try: the caller's is over."""
    if connection.in_atomic_block:
        return work()
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return work()
        except IntegrityError:
            continue
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in ("40P01", "40001"):
                raise
    with transaction.atomic():
        return work()


def admitted_events(
    happened: Sequence[Event], admission: Admission, rejected: list[Rejected]
) -> tuple[list[Event], list[Rejected]]:
    """The events whose names the catalogue admits, without the properties it discards."""
    if admission.is_whole:
        return list(happened), rejected
    kept, refused = [], list(rejected)
    for fact in happened:
        why = admission.refused_events.get(fact.name) or too_many(fact.properties, admission, fact.name)
        if why:
            refused.append(Rejected(fact.index, *why))
            continue
        if dropped := admission.dropped_properties.get(fact.name, frozenset()) & fact.properties.keys():
            fact.properties = {name: value for name, value in fact.properties.items() if name not in dropped}
            fact.payload = payload(fact.properties)
        kept.append(fact)
    return kept, refused


def admitted_people(
    said: Sequence[Person], admission: Admission, rejected: list[Rejected]
) -> tuple[list[Person], list[Rejected]]:
    clashing = {refusal.index for refusal in rejected}
    dropped = admission.dropped_properties.get(None, frozenset())
    kept, refused = [], list(rejected)
    for fact in said:
        if fact.index in clashing:
            continue
        if why := too_many(fact.properties, admission, None):
            refused.append(Rejected(fact.index, *why))
            continue
        fact.properties = {name: value for name, value in fact.properties.items() if name not in dropped}
        kept.append(fact)
    return kept, refused


def too_many(properties: dict[str, object], admission: Admission, event: str | None) -> tuple[str, str] | None:
    missing = admission.refused_properties.get(event, set()) & properties.keys()
    if not missing:
        return None
    return "too_many_properties", f"There is no room for another property: {', '.join(sorted(missing))}."


def alias_clashes(said: Sequence[Person]) -> list[Rejected]:
    """Two known people are never made one."""
    aliases = [fact for fact in said if fact.is_alias]
    known = resolution.known_users({str(fact.anonymous_id) for fact in aliases})
    return [
        Rejected(fact.index, "two_known", "Both ids belong to known people, who are never merged.")
        for fact in aliases
        if fact.anonymous_id in known
    ]


def seen_before(facts: Sequence[Fact], source: str, now: datetime) -> set[int]:
    """Note the message ids; returns the indexes of facts whose id was here before, in the database or in this batch."""
    first: dict[str, int] = {}
    repeated = set()
    for fact in facts:
        if fact.message_id and first.setdefault(message_key(source, fact.message_id), fact.index) != fact.index:
            repeated.add(fact.index)
    if not first:
        return repeated
    # In the order of the key: two batches with the same ids wait for each other, never in a circle.
    known = rows.asked(
        """
        WITH given AS (SELECT key FROM unnest(%s::uuid[]) AS given (key)),
            new AS (
                INSERT INTO people_seenmessage (key, received_on) SELECT key, %s FROM given
                ON CONFLICT DO NOTHING RETURNING key
            )
        SELECT key FROM given EXCEPT SELECT key FROM new
        """,
        [rows.array(sorted(first)), now.date()],
    )
    return repeated | {first[key.hex] for (key,) in known}


def message_key(source: str, message_id: str) -> str:
    """A UUID's 32 digits."""
    return hashlib.md5(f"{source}\n{message_id}".encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()


def newcomer(said: Sequence[Person]) -> resolution.Newcomer:
    """What this batch says of an identity, to make a person with it in one write."""
    by_identity: dict[str, list[Person]] = defaultdict(list)
    for fact in said:
        if fact.user_id is not None:
            by_identity[fact.user_id].append(fact)
    return lambda identity: fold(State(), by_identity.get(identity, ())).row()
