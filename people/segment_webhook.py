"""The wire format of Segment's webhooks: one message of its tracking API or a list of them, signed over the first one;
besides, `{"type": "delete", "userId": …}`."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from people import bodies, javascript, segment_format
from people.bodies import BadBody
from people.cleaning import Refused
from people.records import Record, Rejected
from people.segment_format import Batch, Message

EVENTS = 4000
SIGNED_BYTES = 64 * 1024  # Segment's own events have at most 32 kB
ERASE = "delete"

Items = tuple[list[tuple[int, Message]], list[Rejected]]


def signed_texts(body: bytes) -> Iterator[bytes]:
    """What may have been signed, the likeliest first: the first event as it stands in the body, or as JavaScript would
    write it anew."""
    first = first_event(body)
    yield first
    if len(first) <= SIGNED_BYTES and (anew := javascript.rewritten(first)):
        yield anew


def first_event(body: bytes) -> bytes:
    if not is_list(body):
        return body.strip()
    try:
        events = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b""
    return bytes(events[0]) if events else b""


def read(body: bytes) -> tuple[Items, list[object]]:
    """The events, those of the wrong shape, and all as they came. Raises BadBody."""
    found = raw(body)
    if len(found) > EVENTS:
        raise BadBody(413, f"A request holds at most {EVENTS:,} events.")
    return bodies.converted(found, Message), found


def raw(body: bytes) -> list[object]:
    found = bodies.decoded(body)
    return found if isinstance(found, list) else [found]


def is_list(body: bytes) -> bool:
    return body.lstrip()[:1] == b"["


def fact(message: Message, received: datetime) -> Record:
    """The fact that an event tells. Raises Refused."""
    if message.type == ERASE:
        raise Refused("erase_not_built", "Belfry does not erase people yet: this deletion was not carried out.")
    return segment_format.fact(message, Batch([message]), received)
