"""Which column of a file becomes what: guesses for the mapping step, and the fact that each record tells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from people import cells, looking
from people.cleaning import Refused
from people.csv_files import clean
from people.looking import Look
from people.models import Import
from people.properties import WRITABLE
from people.records import Identify, Record, Track

IDENTITY, ANONYMOUS, EVENT, TIME, MESSAGE, CUSTOM, NOTHING = (
    "identity", "anonymous_id", "event", "time", "message_id", "custom", "",
)  # fmt: skip
CONSENT = {"consent:email": "email", "consent:sms": "sms", "consent:push": "push", "consent:whatsapp": "whatsapp"}
SYNONYMS = {
    IDENTITY: "identity id user_id userid customer_id customerid customer user external_id",
    ANONYMOUS: "anonymous_id anonymousid object_id objectid device_id",
    EVENT: "event event_name eventname evtname",
    TIME: "time timestamp ts at date event_time occurred_at datetime",
    MESSAGE: "message_id messageid event_id insert_id",
    "name": "name full_name fullname", "first_name": "first_name firstname given_name forename",
    "email": "email e_mail mail email_address", "phone": "phone mobile telephone phone_number",
    "language": "language lang locale", "zone": "zone timezone time_zone tz", "country": "country",
    "region": "region state province", "city": "city town", "latitude": "latitude lat",
    "longitude": "longitude lon lng", "birth_date": "birth_date birthday dob date_of_birth", "gender": "gender sex",
    "consent:email": "email_consent email_opt_in msg_email newsletter_consent",
}  # fmt: skip
TARGET_OF = {word: target for target, words in SYNONYMS.items() for word in words.split()}
DATES = ("date", "date_dmy", "date_mdy")
EVENT_ONLY = frozenset({EVENT, TIME, MESSAGE})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: what it becomes, under which name if a custom property, read as which type."""

    header: str
    target: str = NOTHING
    name: str = ""
    type: str = "text"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def guessed(headers: Sequence[str], looks: Sequence[Look], kind: str) -> list[Column]:
    """By its name, else a custom property; a target is given once, and people have no event columns."""
    taken: set[str] = set()
    columns = []
    for header, look in zip(headers, looks, strict=True):
        target = target_of(header)
        if target in taken or (target in EVENT_ONLY and kind == Import.Kind.PROFILES):
            target = CUSTOM
        if kind == Import.Kind.EVENTS and target in (*WRITABLE, *CONSENT):
            target = CUSTOM
        if target != CUSTOM:
            taken.add(target)
        type = looking.nearest(look, DATES) if target == "birth_date" else looking.guessed(look)
        columns.append(Column(header, target, header[:120], type))
    return columns


def target_of(header: str) -> str:
    """What a column of this name most likely is."""
    return TARGET_OF.get(re.sub(r"[\W_]+", "_", header.lower()).strip("_"), CUSTOM)


def columns_of(mapping: dict[str, Any]) -> list[Column]:
    return [Column(**each) for each in mapping["columns"]]


def looks_of(mapping: dict[str, Any]) -> list[Look]:
    """What was seen of each column, as long as nobody has confirmed what they become; nothing of a file that was put
    aside before anybody looked."""
    looks = [Look.of(each) for each in mapping.get("looks", [])]
    return looks or [Look() for _ in mapping["columns"]]


def problem(columns: Sequence[Column], kind: str, event_name: str) -> str:
    """What is missing before the import can start, in words; empty if nothing is."""
    targets = [column.target for column in columns if column.target not in (NOTHING, CUSTOM)]
    if not {IDENTITY, ANONYMOUS} & set(targets):
        return "Choose the column that says who: the identity or the anonymous id."
    twice = {target for target in targets if targets.count(target) > 1}
    if twice:
        return f"Two columns become {', '.join(sorted(twice))}: leave one out."
    names = [column.name for column in columns if column.target == CUSTOM]
    if not all(names):
        return "Give each custom property a name."
    if len(set(names)) < len(names):
        return "Two columns become the same custom property: leave one out or rename it."
    if kind == Import.Kind.EVENTS and EVENT not in targets and not event_name:
        return "Say what happened: a name for all events, or the column that has it."
    return ""


def fact(columns: Sequence[Column], values: Sequence[str], kind: str, event_name: str, now: datetime) -> Record:
    """The fact of one record. Empty values say nothing: they delete nothing. Raises Refused."""
    if any(map(clean, values[len(columns) :])):
        raise Refused("too_many_values", "The line has more values than there are columns.")
    given = {
        column: value for column, raw in zip(columns, values, strict=False) if column.target and (value := clean(raw))
    }
    said = {column.target: value for column, value in given.items()}
    properties = {
        column.name if column.target == CUSTOM else column.target: typed(column, value)
        for column, value in given.items()
        if column.target == CUSTOM or column.target in WRITABLE
    }
    if kind == Import.Kind.PROFILES:
        return Identify(
            user_id=said.get(IDENTITY),
            anonymous_id=said.get(ANONYMOUS),
            properties=properties,
            subscriptions=consent(given),
        )
    return Track(
        user_id=said.get(IDENTITY),
        anonymous_id=said.get(ANONYMOUS),
        event=said.get(EVENT, event_name),
        at=moment(said[TIME]) if TIME in said else now,
        properties=properties,
        message_id=said.get(MESSAGE),
    )


def consent(given: Mapping[Column, str]) -> dict[str, bool]:
    return {
        CONSENT[column.target]: yes_or_no(column, value) for column, value in given.items() if column.target in CONSENT
    }


def typed(column: Column, value: str) -> object:
    """Only a property of one's own is read as a type: what people are known by stays as it is written. Birth dates are
    read in the order of day and month that was chosen."""
    if column.target == CUSTOM or (column.target == "birth_date" and column.type in cells.DAY_ORDERS):
        return read(column, column.type, value)
    return value


def yes_or_no(column: Column, value: str) -> bool:
    return bool(read(column, "boolean", value))


def read(column: Column, type: str, value: str) -> object:
    """Raises Refused where the value is none of the type."""
    found = cells.read(type, value)
    if found is None:
        raise Refused("bad_value", f"{column.header}: “{value[:50]}” {cells.REFUSED[type]}.")
    return found


def moment(value: str) -> datetime:
    """ISO 8601, in UTC where no zone is given, or seconds since 1970."""
    try:
        if cells.NUMBER.fullmatch(value) and len(value) >= 9:
            return datetime.fromtimestamp(float(value), UTC)
        at = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise Refused("bad_time", f"“{value[:50]}” is no time: write it like 2026-11-22T10:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
