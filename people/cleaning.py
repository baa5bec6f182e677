"""Checks one fact before it meets the database: identities, times, JSON values. Raises Refused with a reason."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import orjson

from people.properties import DATE

FIRST_MOMENT = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)
IDENTITY_BYTES = 1024  # a b-tree entry holds 2,704
NAME_LENGTH = 120
PROPERTIES_BYTES = 64 * 1024
PROPERTIES = 1000  # of one record
NAMES = 20_000  # of the properties of all records that come together, each counted once for each event and type
DEPTH = 8
JUNK = frozenset(
    {"", "undefined", "null", "na", "n/a", "0", "nil", "-1", "inf", "-inf", "nan", "none", "[object object]"}
)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TYPES = {str: "text", int: "number", float: "number", bool: "boolean", list: "list", dict: "object"}

Pairs = set[tuple[str, str]]


class Refused(Exception):
    """This record cannot be kept; `code` is a word, `reason` a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def identity(value: str) -> str:
    """An identity or anonymous id without the space around it; refuses junk that would melt people into one."""
    cleaned = value.strip()
    if cleaned.lower() in JUNK:
        raise Refused("no_identity", f"“{cleaned}” is no identity.")
    if not is_storable(cleaned):
        raise Refused("bad_text", "The identity has characters that cannot be stored.")
    if len(cleaned.encode()) > IDENTITY_BYTES:
        raise Refused("identity_too_long", f"The identity is longer than {IDENTITY_BYTES:,} bytes.")
    return cleaned


@lru_cache(maxsize=1024)
def event_name(value: str) -> str:
    cleaned = value.strip()
    if not cleaned:
        raise Refused("no_event_name", "The event has no name.")
    return checked_name(cleaned, "bad_event_name", "event name")


def checked_name(value: str, code: str, what: str) -> str:
    if not value or len(value) > NAME_LENGTH:
        raise Refused(code, f"{article(what)} {what} has 1 to {NAME_LENGTH} characters.")
    if not is_storable(value):
        raise Refused(code, f"The {what} has characters that cannot be stored.")
    return value


def article(noun: str) -> str:
    return "An" if noun[0] in "aeiou" else "A"


def moment(value: datetime, now: datetime) -> datetime:
    if FIRST_MOMENT <= value <= now + FUTURE:
        return value
    raise Refused("time_out_of_range", "The time must lie between 1990 and a day from now.")


def payload(properties: Mapping[str, object]) -> bytes:
    """The properties as JSON that jsonb takes; refuses what it would not, with everything else in its batch."""
    try:
        encoded = orjson.dumps(properties)
    except TypeError as error:
        raise unencodable(properties) from error
    if len(encoded) > PROPERTIES_BYTES:
        raise Refused("too_large", f"The properties take more than {PROPERTIES_BYTES // 1024} kB.")
    if b"null" in encoded and not all(map(math.isfinite, floats(properties))):
        raise Refused("number_out_of_range", "A number is too large.")
    if b"\\u0000" in encoded and any("\x00" in text for text in texts(properties)):
        raise Refused("bad_text", "A text has a NUL character, which cannot be stored.")
    if (b"[" in encoded or b"{" in encoded[1:]) and depth(properties) > DEPTH:
        raise Refused("nested_too_deeply", f"Values may be nested {DEPTH} levels deep.")
    return encoded


def note_types(properties: Mapping[str, object], seen: Pairs, room: int = NAMES) -> int:
    """Add each (property, type) to `seen`; returns how many were new. Refuses names that cannot be stored, and more
    properties than a record has or than there is `room` for."""
    if len(properties) > PROPERTIES:
        raise Refused("too_many_properties", f"A record has at most {PROPERTIES:,} properties.")
    new = []
    for name, value in properties.items():
        kind = TYPES.get(type(value))
        if kind is None:
            continue
        if isinstance(value, str) and len(value) >= 10 and value[4] == "-" and DATE.fullmatch(value):
            kind = "date"
        if (name, kind) not in seen:
            new.append((checked_name(name, "bad_property_name", "property name"), kind))
    if len(new) > room:
        raise Refused("too_many_properties", f"One request brings at most {NAMES:,} names of properties.")
    seen.update(new)
    return len(new)


def unencodable(properties: Mapping[str, object]) -> Refused:
    if depth(properties) > DEPTH:
        return Refused("nested_too_deeply", f"Values may be nested {DEPTH} levels deep.")
    if not all(encodes(text) for text in texts(properties)):
        return Refused("bad_text", "A text has half a surrogate pair, which cannot be stored.")
    return Refused("number_out_of_range", "A number does not fit into 64 bits.")


def is_storable(text: str) -> bool:
    """No control characters, no half surrogates."""
    if text.isascii():
        return text.isprintable()
    return encodes(text) and not CONTROL.search(text)


def encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def texts(value: object) -> Iterator[str]:
    """Every key and text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, Mapping):
        yield from map(str, value)
        for item in value.values():
            yield from texts(item)


def floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from floats(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from floats(item)


def depth(value: object, limit: int = DEPTH + 1) -> int:
    """How deep lists and objects are nested, counted no further than `limit`."""
    if limit == 0 or not isinstance(value, (list, dict)):
        return 0
    below = value.values() if isinstance(value, dict) else value
    return 1 + max((depth(item, limit - 1) for item in below), default=0)
