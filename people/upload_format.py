"""The wire format of `POST /1/upload`: profiles and events mixed, answers with a code for each refused record."""

import math
from datetime import UTC, datetime

import msgspec

from people.bodies import Reader
from people.cleaning import Refused
from people.records import Identify, Record, Track

RECORDS = 1000
STANDARD = {
    "Name": "name", "First Name": "first_name", "Email": "email", "Phone": "phone", "Gender": "gender",
    "DOB": "birth_date", "Tz": "zone", "Language": "language", "Country": "country", "Region": "region",
    "City": "city", "Latitude": "latitude", "Longitude": "longitude",
}  # fmt: skip
CONSENT = {"MSG-email": "email", "MSG-sms": "sms", "MSG-push": "push", "MSG-whatsapp": "whatsapp"}
IDENTIFIERS = ("identity", "objectId", "FBID", "GPID")
CODES = {
    "no_event_name": 509, "bad_event_name": 512, "bad_shape": 512, "system_event": 513, "bad_gender": 514,
    "bad_email": 515, "bad_phone": 516, "bad_property_name": 522, "too_many_properties": 522,
    "too_many_event_names": 522, "no_identity": 523, "identity_too_long": 523, "neither": 524, "bad_time": 525,
    "time_out_of_range": 525, "discarded_event": 528,
}  # fmt: skip
OTHER = 555
OF_FIELDS = {"ts": "bad_time", "identity": "no_identity", "evtName": "no_event_name"}  # of the wrong type


class UploadRecord(msgspec.Struct, gc=False):
    type: str = ""
    identity: str | int | None = None
    objectId: str | None = None
    FBID: str | int | None = None
    GPID: str | int | None = None
    ts: int | float | None = None
    evtName: str | None = None
    evtData: dict[str, object] | None = None
    profileData: dict[str, object] | None = None


class Upload(msgspec.Struct):
    d: list[UploadRecord]


reader = Reader(Upload, UploadRecord, "d", RECORDS, OF_FIELDS)


def fact(record: UploadRecord, now: datetime, message_id: str | None) -> Record:
    """The fact that a record tells. Raises Refused."""
    user_id, anonymous_id = identifiers(record)
    match record.type:
        case "event":
            return Track(
                user_id=user_id,
                anonymous_id=anonymous_id,
                event=record.evtName or "",
                at=now if record.ts is None else moment(record.ts),
                properties=with_dates(record.evtData or {}),
                message_id=message_id,
            )
        case "profile":
            given = with_dates(record.profileData or {})
            return Identify(
                user_id=user_id,
                anonymous_id=anonymous_id,
                properties={STANDARD.get(key, key): value for key, value in given.items() if key not in CONSENT},
                subscriptions={
                    CONSENT[key]: value for key, value in given.items() if isinstance(value, bool) and key in CONSENT
                },
                message_id=message_id,
            )
        case _:
            raise Refused("neither", "The type must be “event” or “profile”.")


def identifiers(record: UploadRecord) -> tuple[str | None, str | None]:
    """(identity, anonymous id): exactly one of the four is given; the others but `identity` name a device or login."""
    if record.identity is not None and record.objectId is record.FBID is record.GPID is None:
        return str(record.identity), None
    given = [(name, str(value)) for name in IDENTIFIERS if (value := getattr(record, name)) is not None]
    if len(given) != 1:
        raise Refused("no_identity", "A record names exactly one of identity, objectId, FBID, GPID.")
    [(name, value)] = given
    return None, value if name == "objectId" else f"{name}:{value}"


def moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused("bad_time", "ts must be seconds since 1970.") from None


def with_dates(values: dict[str, object]) -> dict[str, object]:
    """`"$D_1767225600"` → `"2026-01-01"`; a time of day is kept."""
    found = {name: day(value) for name, value in values.items() if type(value) is str and value[:3] == "$D_"}
    return values | found if found else values


def day(value: str) -> str:
    try:
        seconds = float(value[3:])
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise Refused("bad_time", f"“{value[:50]}” is no date.")
    at = moment(seconds)
    return f"{at:%Y-%m-%d}" if seconds % 86_400 == 0 else f"{at:%Y-%m-%dT%H:%M:%SZ}"
