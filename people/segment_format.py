"""The wire format of Segment's HTTP tracking API: track, identify, page, screen, group, alias, alone or in a batch."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from people.bodies import Reader
from people.cleaning import Refused
from people.records import Alias, Device, Identify, Record, Track

MESSAGES = 5000
TYPES = ("track", "identify", "page", "screen", "group", "alias")
# Address → the type of its one message; None: a batch. Browsers send the first letter alone.
ADDRESSES: dict[str, str | None] = {
    "batch": None, "import": None, "b": None,
    **{name: name for name in TYPES}, **{name[0]: name for name in TYPES},
}  # fmt: skip
STANDARD = {
    "firstName": "first_name", "birthday": "birth_date", "timezone": "zone", "locale": "language",
}  # fmt: skip
ADDRESS = {"country": "country", "state": "region", "city": "city"}
CONTEXT = {"timezone": "zone", "locale": "language"}
PLATFORMS = {"ios": "ios", "ipados": "ios", "android": "android", "web": "web"}
LEAST_MILLISECONDS = 10**11  # since 1970 that is March 1973; as many seconds would be the year 5138

Values = Mapping[str, object]
Word = str | int | float | None  # ids and times: some senders write numbers


class Message(msgspec.Struct, rename="camel", gc=False):
    type: str = ""
    user_id: Word = None
    anonymous_id: Word = None
    previous_id: Word = None
    group_id: Word = None
    message_id: Word = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    properties: dict[str, object] | None = None
    traits: dict[str, object] | None = None
    timestamp: Word = None
    original_timestamp: Word = None
    sent_at: Word = None
    received_at: Word = None
    context: dict[str, object] | None = None


class Batch(msgspec.Struct, rename="camel"):
    batch: list[Message]
    sent_at: Word = None
    write_key: str | None = None
    context: dict[str, object] | None = None


reader = Reader(Batch, Message, "batch", MESSAGES)


def fact(message: Message, batch: Batch, received: datetime) -> Record:
    """The fact that a message tells. Raises Refused."""
    context = {**(batch.context or {}), **(message.context or {})}
    match message.type:
        case "track":
            return track(message, message.event or "", context, batch, received)
        case "page" | "screen":
            return track(message, f"{message.type.title()} Viewed", context, batch, received)
        case "identify" | "group":
            return identify(message, context)
        case "alias":
            return Alias(
                user_id=as_id(message.user_id) or "",
                previous_id=as_id(message.previous_id) or "",
                message_id=as_id(message.message_id),
            )
        case _:
            raise Refused("neither", f"The type must be one of {', '.join(TYPES)}.")


def track(message: Message, event: str, context: Values, batch: Batch, received: datetime) -> Track:
    return Track(
        user_id=as_id(message.user_id),
        anonymous_id=as_id(message.anonymous_id),
        event=event,
        at=happened_at(message, message.sent_at or batch.sent_at, received),
        properties={**session(context), **named(message), **(message.properties or {})},
        message_id=as_id(message.message_id),
    )


def named(message: Message) -> dict[str, object]:
    """What pages and screens say beside their properties."""
    if message.type == "track":
        return {}
    found = {"name": message.name, "category": message.category}
    return {name: value for name, value in found.items() if value}


def identify(message: Message, context: Values) -> Identify:
    return Identify(
        user_id=as_id(message.user_id),
        anonymous_id=as_id(message.anonymous_id),
        properties=of_group(message) if message.type == "group" else of_person(message, context),
        device=device(context),
        message_id=as_id(message.message_id),
    )


def of_group(message: Message) -> dict[str, object]:
    """The group's traits become the member's own, so that segments can ask for them."""
    traits = {f"group_{name}": value for name, value in (message.traits or {}).items()}
    id = as_id(message.group_id)
    return {**traits, "group_id": id} if id else traits


def of_person(message: Message, context: Values) -> dict[str, object]:
    """Traits say it best, whether they stand in the message or in its context, which some libraries prefer."""
    known = {ours: context[theirs] for theirs, ours in CONTEXT.items() if context.get(theirs)}
    return {**known, **renamed({**within(context, "traits"), **(message.traits or {})})}


def renamed(traits: Values) -> dict[str, object]:
    """Segment's names of traits → ours; lastName and the rest stay custom properties."""
    address = traits.get("address")
    if not isinstance(address, dict):
        return {STANDARD.get(name, name): value for name, value in traits.items()}
    properties = {STANDARD.get(name, name): value for name, value in traits.items() if name != "address"}
    return {ours: address[theirs] for theirs, ours in ADDRESS.items() if theirs in address} | properties


def session(context: Values) -> dict[str, object]:
    """What a browser says of the visit: UTM values, referrer, address of the page."""
    page, campaign = within(context, "page"), within(context, "campaign")
    if not (page or campaign):
        return {}
    found = {
        "page_url": page.get("url"),
        "referrer": page.get("referrer"),
        "utm_source": campaign.get("source"),
        "utm_medium": campaign.get("medium"),
        "utm_campaign": campaign.get("name"),
    }
    return {name: value for name, value in found.items() if value}


def device(context: Values) -> Device | None:
    found = within(context, "device")
    platform = PLATFORMS.get(str(found.get("type", "")).lower())
    if not platform or not isinstance(found.get("token"), str):
        return None
    return Device(
        platform=platform,
        token=str(found["token"]),
        app_version=str(within(context, "app").get("version") or ""),
        make=str(found.get("manufacturer") or ""),
        model=str(found.get("model") or ""),
        os_version=str(within(context, "os").get("version") or ""),
        sdk_version=str(within(context, "library").get("version") or ""),
    )


def within(values: Values, name: str) -> dict[str, object]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def as_id(value: str | float | None) -> str | None:
    """Numbers are written without a point; an empty text is no id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None or value == "" else str(value)


def happened_at(message: Message, sent_at: Word, received: datetime) -> datetime:
    """The sender's clock may be wrong: what counts is how long before sending it happened. Who passes a message on
    with the time he got it has corrected its time already. A time of sending that cannot be read corrects nothing."""
    if message.received_at and message.timestamp:
        return moment(message.timestamp)
    given = message.original_timestamp or message.timestamp
    if not given:
        return received
    at = moment(given)
    try:
        return at + (received - moment_of_sending(sent_at)) if sent_at else at
    except Refused:
        return at
    except OverflowError:
        raise bad_time(given) from None


def moment(given: str | float) -> datetime:
    """Of ISO 8601, or of a number of seconds or milliseconds since 1970. Raises Refused."""
    try:
        if not isinstance(given, str):
            return datetime.fromtimestamp(given / 1000 if given >= LEAST_MILLISECONDS else given, UTC)
        at = datetime.fromisoformat(given)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        raise bad_time(given) from None


@lru_cache(maxsize=64)
def moment_of_sending(given: str | float) -> datetime:
    """The same for all messages of a batch."""
    return moment(given)


def bad_time(given: str | float) -> Refused:
    return Refused("bad_time", f"“{str(given)[:50]}” is no possible ISO 8601 time.")
