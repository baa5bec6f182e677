"""The wire format of Segment's HTTP tracking API: track, identify, page, screen, group, alias, alone or in a batch."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

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
PLATFORMS = {"ios": "ios", "ipados": "ios", "android": "android", "web": "web"}

Values = Mapping[str, object]


class Message(msgspec.Struct, rename="camel", gc=False):
    type: str = ""
    user_id: str | int | float | None = None
    anonymous_id: str | int | float | None = None
    previous_id: str | int | float | None = None
    group_id: str | int | float | None = None
    message_id: str | None = None
    event: str | None = None
    name: str | None = None
    properties: dict[str, object] | None = None
    traits: dict[str, object] | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    context: dict[str, object] | None = None
    write_key: str | None = None


class Batch(msgspec.Struct, rename="camel"):
    batch: list[Message]
    sent_at: str | None = None
    write_key: str | None = None
    context: dict[str, object] | None = None


reader = Reader(Batch, Message, "batch")


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
                message_id=message.message_id,
            )
        case _:
            raise Refused("neither", f"The type must be one of {', '.join(TYPES)}.")


def track(message: Message, event: str, context: Values, batch: Batch, received: datetime) -> Track:
    named = {"name": message.name} if message.name and message.type != "track" else {}
    return Track(
        user_id=as_id(message.user_id),
        anonymous_id=as_id(message.anonymous_id),
        event=event,
        at=happened_at(message, message.sent_at or batch.sent_at, received),
        properties={**session(context), **named, **(message.properties or {})},
        message_id=message.message_id,
    )


def identify(message: Message, context: Values) -> Identify:
    if message.type == "group":
        properties: dict[str, object] = {"group_id": as_id(message.group_id)}
    else:
        zone = {"zone": context["timezone"]} if context.get("timezone") else {}
        properties = {**zone, **renamed({**within(context, "traits"), **(message.traits or {})})}
    return Identify(
        user_id=as_id(message.user_id),
        anonymous_id=as_id(message.anonymous_id),
        properties=properties,
        device=device(context),
        message_id=message.message_id,
    )


def renamed(traits: Values) -> dict[str, object]:
    """Segment's names of traits → ours; lastName and the rest stay custom properties."""
    properties = {STANDARD.get(name, name): value for name, value in traits.items() if name != "address"}
    address = within(traits, "address")
    return {ours: address[theirs] for theirs, ours in ADDRESS.items() if theirs in address} | properties


def session(context: Values) -> dict[str, object]:
    """What a browser says of the visit: UTM values, referrer, address of the page."""
    page, campaign = within(context, "page"), within(context, "campaign")
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


def happened_at(message: Message, sent_at: str | None, received: datetime) -> datetime:
    """The sender's clock may be wrong: what counts is how long before sending it happened."""
    given = message.original_timestamp or message.timestamp
    if not given:
        return received
    at = moment(given)
    skew = received - moment(sent_at) if sent_at else timedelta()
    try:
        return at + skew
    except OverflowError:
        raise Refused("bad_time", f"“{given}” is no possible time.") from None


def moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("bad_time", f"“{text[:50]}” is no ISO 8601 time.") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
