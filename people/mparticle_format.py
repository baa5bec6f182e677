"""The wire format of mParticle's webhook output: one batch about one person, turned into facts part by part."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from people import bodies, columns, mparticle_events, mparticle_person
from people.bodies import BadBody
from people.cleaning import Refused
from people.mparticle_events import Event, Number
from people.properties import WRITABLE
from people.records import Identify, Record, Rejected

EVENTS = 5000
PERSON = 0  # the place of what a batch says of its person; its events follow

Facts = tuple[list[tuple[int, Record]], list[Rejected]]


class Batch(msgspec.Struct, gc=False):
    """What leaves mParticle writes large numbers as texts. Fields that are not named here are not kept."""

    events: list[Event] | None = None
    user_identities: list[mparticle_person.UserIdentity] | None = None
    user_attributes: dict[str, object] | None = None
    deleted_user_attributes: list[str] | None = None
    consent_state: dict[str, object] | None = None
    device_info: dict[str, object] | None = None
    application_info: dict[str, object] | None = None
    context: dict[str, object] | None = None
    mpid: Number = None
    mp_deviceid: str | None = None
    batch_id: Number = None
    environment: str | None = None
    sdk_version: str | None = None
    timestamp_unixtime_ms: Number = None


class Choice(msgspec.Struct, frozen=True):
    """Which types of identity hold ours and, if one does, the anonymous id; whether texts of digits become numbers."""

    identity: str = "customer_id"
    anonymous: str = ""
    numbers: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Choice":
        """As the address says: `?identity=other_id_2&anonymous=other&numbers=1`."""
        return cls(asked.get("identity") or "customer_id", asked.get("anonymous", ""), asked.get("numbers") == "1")


def read(body: bytes) -> tuple[Batch, list[object]]:
    """The batch without its events, and those as they came: they are judged one by one. Raises BadBody."""
    found, events = apart(body)
    if found.get("request_type") == "alias":
        raise BadBody(400, "Requests to alias people are not taken: switch “Send Alias Requests” off in mParticle.")
    if isinstance(found.get("user_identities"), dict):
        raise BadBody(400, "This is what goes into mParticle; its webhook sends a list of user_identities.")
    good, bad = bodies.converted([found], Batch)
    if bad:
        raise BadBody(400, bad[0].reason)
    if len(events) > EVENTS:
        raise BadBody(413, f"A batch holds at most {EVENTS:,} events.")
    return good[0][1], events


def apart(body: bytes) -> tuple[dict[str, object], list[object]]:
    found = bodies.parsed(body)
    events = found.pop("events", None)
    if not isinstance(events, list | None):
        raise BadBody(400, "“events” must be a list.")
    return found, events or []


def facts(batch: Batch, given: Sequence[object], choice: Choice, received: datetime) -> Facts:
    """What the batch tells, part by part, and which parts of it cannot be kept."""
    user_id, anonymous_id = ids(batch, choice)
    person, refused = cleaned(of_person(batch, choice, user_id, anonymous_id))
    told: list[tuple[int, Record]] = [(PERSON, person)] if says_something(person) else []
    events, misshapen = bodies.converted(given, Event)
    refused += [msgspec.structs.replace(each, index=each.index + 1) for each in misshapen]
    for index, event in events:
        try:
            told.append((index + 1, of_event(event, batch, choice, user_id, anonymous_id, received)))
        except Refused as why:
            refused.append(Rejected(index + 1, why.code, why.reason))
    return told, refused


def raw(body: bytes) -> list[object]:
    """The parts as they came: the batch without its events, then those."""
    found, events = apart(body)
    return [found, *events]


def ids(batch: Batch, choice: Choice) -> tuple[str | None, str | None]:
    """(identity, anonymous id). mParticle's own id is the same person on all devices, so it comes before theirs."""
    known = mparticle_person.newest(batch.user_identities or [])
    anonymous = known.get(choice.anonymous) or mparticle_person.anonymous_id(
        batch.mpid, batch.mp_deviceid, batch.device_info or {}
    )
    return known.get(choice.identity), anonymous


def of_person(batch: Batch, choice: Choice, user_id: str | None, anonymous_id: str | None) -> Identify:
    identities = mparticle_person.newest(batch.user_identities or [])
    others = {kind: value for kind, value in identities.items() if kind not in (choice.identity, choice.anonymous)}
    attributes = mparticle_events.typed(batch.user_attributes or {}, numbers=choice.numbers)
    consents, subscriptions = mparticle_person.consent(batch.consent_state or {})
    device = mparticle_person.device(batch.device_info or {}, batch.application_info or {}, batch.sdk_version)
    properties = {
        **mparticle_person.place(batch.device_info or {}, batch.context or {}),
        **{mparticle_person.name_of(name): None for name in batch.deleted_user_attributes or ()},
        **{mparticle_person.name_of(name): value for name, value in attributes.items()},
        **{mparticle_person.IDENTITIES.get(kind, kind): value for kind, value in others.items()},
        **consents,
    }
    said = Identify(properties=properties, subscriptions=subscriptions, device=device)
    id = mark(batch, digest(said)) if batch.batch_id else None
    return msgspec.structs.replace(said, user_id=user_id, anonymous_id=anonymous_id, message_id=id)


def digest(said: Identify) -> str:
    """Of what is said, whatever the order: parts of one batch that come one by one may say different things."""
    text = json.dumps(msgspec.to_builtins(said), sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def cleaned(person: Identify) -> tuple[Identify, list[Rejected]]:
    """A value that its column does not take is refused alone: a batch always says everything of its person."""
    kept, refused = dict(person.properties), []
    for name in WRITABLE:
        try:
            columns.cleaned(name, kept.get(name))
        except Refused as why:
            del kept[name]
            refused.append(Rejected(PERSON, why.code, f"{why.reason} The rest was taken in."))
    return msgspec.structs.replace(person, properties=kept), refused


def says_something(person: Identify) -> bool:
    return bool(person.properties or person.subscriptions or person.device)


def of_event(
    event: Event, batch: Batch, choice: Choice, user_id: str | None, anonymous_id: str | None, received: datetime
) -> Record:
    """Raises Refused."""
    fact = mparticle_events.fact(event, numbers=choice.numbers)
    data = event.data
    id = data.event_id or data.message_id or data.source_message_id
    common = {
        "user_id": user_id,
        "anonymous_id": anonymous_id,
        "message_id": mark(batch, str(id)) if id else None,
    }
    if isinstance(fact, Identify):
        device = mparticle_person.registered(data.registration_token, batch.device_info or {})
        return msgspec.structs.replace(fact, device=fact.device or device, **common)
    at = moment(data.timestamp_unixtime_ms or batch.timestamp_unixtime_ms, received)
    test = {"environment": batch.environment} if batch.environment == "development" else {}
    return msgspec.structs.replace(fact, at=at, properties={**test, **fact.properties}, **common)


def mark(batch: Batch, id: str) -> str:
    return f"{batch.batch_id or ''}:{id}"


def moment(milliseconds: Number, otherwise: datetime) -> datetime:
    if milliseconds is None:
        return otherwise
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused("bad_time", f"“{str(milliseconds)[:50]}” is no time in milliseconds.") from None
