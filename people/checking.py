"""First step of ingest: sorts the good facts from the bad ones, without the database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

import msgspec

from people import cleaning, columns, registry
from people.cleaning import Pairs, Refused
from people.properties import READ_ONLY, WRITABLE
from people.records import Alias, Device, Identify, Record, Rejected, Track

OPERATIONS = frozenset({"$set", "$delete", "$add", "$remove", "$incr", "$decr"})
CHANNELS = frozenset({"email", "sms", "push", "whatsapp", "export"})
PLATFORMS = frozenset({"android", "ios", "web"})
NOBODY = "The record names no person."


class Event(msgspec.Struct, gc=False):
    """A checked Track; `payload` is its properties as JSON."""

    index: int
    user_id: str | None
    anonymous_id: str | None
    message_id: str | None
    name: str
    at: datetime
    properties: dict[str, object]
    payload: bytes


class Person(msgspec.Struct):
    """A checked Identify or Alias: values of standard columns, custom properties (or operations on them)."""

    index: int
    user_id: str | None
    anonymous_id: str | None
    message_id: str | None
    columns: dict[str, object] = {}
    properties: dict[str, object] = {}
    subscriptions: dict[str, bool] = {}
    device: Device | None = None
    is_alias: bool = False


Fact = Event | Person


@dataclass
class Checked:
    """`seen` holds the property names and types of each event name, those of people under None; `room` says how many
    more it takes."""

    events: list[Event] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    seen: dict[str | None, Pairs] = field(default_factory=lambda: defaultdict(set))
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Rejected] = field(default_factory=list)
    room: int = cleaning.NAMES


def check(records: Sequence[Record], *, now: datetime) -> Checked:
    checked = Checked()
    for index, record in enumerate(records):
        try:
            match record:
                case Track():
                    checked.events.append(event(index, record, checked, now))
                case Identify():
                    checked.people.append(person(index, record, checked))
                case Alias():
                    checked.people.append(alias(index, record))
                case _:
                    assert_never(record)
        except Refused as refused:
            checked.rejected.append(Rejected(index, refused.code, refused.reason))
    return checked


def event(index: int, record: Track, checked: Checked, now: datetime) -> Event:
    user_id, anonymous_id = identities(record)
    name = cleaning.event_name(record.event)
    if name not in checked.seen and registry.event_relation(name):
        raise Refused("system_event", f"“{name}” is written by the system alone.")
    at = cleaning.moment(record.at, now)
    payload = cleaning.payload(record.properties)
    names = checked.seen.get(name, set())
    checked.room -= cleaning.note_types(record.properties, names, checked.room)
    checked.seen[name] = names
    return Event(index, user_id, anonymous_id, record.message_id, name, at, record.properties, payload)


def person(index: int, record: Identify, checked: Checked) -> Person:
    user_id, anonymous_id = identities(record)
    standard, custom = {}, {}
    for name, value in record.properties.items():
        if name in WRITABLE:
            standard[name] = standard_value(name, value)
        elif name in READ_ONLY:
            checked.notes.append(Rejected(index, "reserved_name", f"“{name}” cannot be set and was left out."))
        else:
            custom[name] = value
    cleaning.payload(custom)
    names = checked.seen.get(None, set())
    checked.room -= cleaning.note_types(present_values(custom), names, checked.room)
    checked.seen[None] = names
    note_unknown(index, record.properties, standard, checked.notes)
    subscriptions = {channel: on for channel, on in record.subscriptions.items() if channel in CHANNELS}
    return Person(
        index, user_id, anonymous_id, record.message_id, standard, custom, subscriptions, usable(record.device)
    )


def alias(index: int, record: Alias) -> Person:
    user_id, previous = cleaning.identity(record.user_id), cleaning.identity(record.previous_id)
    return Person(index, user_id, previous, record.message_id, is_alias=True)


def identities(record: Track | Identify) -> tuple[str | None, str | None]:
    user_id = cleaning.identity(record.user_id) if record.user_id is not None else None
    anonymous_id = cleaning.identity(record.anonymous_id) if record.anonymous_id is not None else None
    if user_id is None and anonymous_id is None:
        raise Refused("no_identity", NOBODY)
    return user_id, anonymous_id


def operation(value: object) -> tuple[str, object] | None:
    """("$add", […]) of {"$add": […]}; None of anything else."""
    if isinstance(value, dict) and len(value) == 1:
        [(word, operand)] = value.items()
        return (word, operand) if word in OPERATIONS else None
    return None


def standard_value(name: str, value: object) -> object:
    match operation(value):
        case None:
            return columns.cleaned(name, value)
        case ("$set", operand):
            return columns.cleaned(name, operand)
        case ("$delete", _):
            return None
        case _:
            raise Refused("bad_value", f"{name} has one value: only $set and $delete work on it.")


def present_values(custom: Mapping[str, object]) -> dict[str, object]:
    """What custom properties will hold, for their types: the operand of $set, a list for $add, a number for $incr."""
    found: dict[str, object] = {}
    for name, value in custom.items():
        match operation(value):
            case None:
                found[name] = value
            case ("$set", operand):
                found[name] = operand
            case ("$add", _):
                found[name] = []
            case ("$incr" | "$decr", operand):
                if isinstance(operand, bool) or not isinstance(operand, (int, float)):
                    raise Refused("bad_value", f"{name} can only be raised or lowered by a number.")
                found[name] = operand
            case _:
                pass
    return found


def note_unknown(
    index: int, given: Mapping[str, object], standard: Mapping[str, object], notes: list[Rejected]
) -> None:
    """A zone or language that nobody knows is kept as missing, and said."""
    for name, words in (("zone", "time zone"), ("language", "language")):
        if (
            given.get(name) not in (None, "")
            and name in standard
            and standard[name] is None
            and not operation(given[name])
        ):
            notes.append(
                Rejected(index, f"unknown_{name}", f"“{str(given[name])[:50]}” is no {words}; it was left empty.")
            )


def usable(device: Device | None) -> Device | None:
    if device is None or device.platform not in PLATFORMS or not device.token:
        return None
    cleaning.payload(msgspec.to_builtins(device))
    return device
