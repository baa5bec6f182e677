"""What an mParticle batch says of its person: identities, reserved attributes, consent, place, push token."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from people.records import Device

Values = Mapping[str, object]

# mParticle's name → ours; identities and attributes that do not stand here keep theirs.
IDENTITIES = {"email": "email", "mobile_number": "phone"}
ATTRIBUTES = {
    "$firstname": "first_name", "$lastname": "last_name", "$gender": "gender", "$mobile": "phone",
    "$country": "country", "$state": "region", "$city": "city", "$zip": "zip", "$address": "address", "$age": "age",
}  # fmt: skip
PLACE = {
    "latitude": "latitude", "longitude": "longitude", "country_code": "country", "region_code": "region",
    "city_name": "city",
}  # fmt: skip
PLATFORMS = {"ios": "ios", "android": "android", "web": "web"}
DEVICE_IDS = ("ios_idfv", "android_uuid", "android_advertising_id", "ios_advertising_id")
NOBODYS = "00000000-0000-0000-0000-000000000000"  # what devices say whose owners do not want to be known
CHANNELS = frozenset({"email", "sms", "push", "whatsapp"})


class UserIdentity(msgspec.Struct, gc=False):
    identity_type: str
    identity: str | int | None = None
    timestamp_unixtime_ms: int | str | None = None


def newest(identities: Sequence[UserIdentity]) -> dict[str, str]:
    """Type → the value that was set last."""
    in_time = sorted(identities, key=lambda each: when(each.timestamp_unixtime_ms))
    return {each.identity_type: str(each.identity) for each in in_time if each.identity not in (None, "")}


def when(milliseconds: int | str | None) -> int:
    try:
        return int(milliseconds or 0)
    except ValueError:
        return 0


def anonymous_id(mpid: float | str | None, mp_deviceid: str | None, device: Values) -> str | None:
    if mpid not in (None, "", 0, "0"):
        return f"mpid:{mpid}"
    if is_somebodys(mp_deviceid):
        return f"mp_deviceid:{mp_deviceid}"
    return next((f"{name}:{device[name]}" for name in DEVICE_IDS if is_somebodys(device.get(name))), None)


def is_somebodys(id: object) -> bool:
    return isinstance(id, str) and id not in ("", NOBODYS)


def name_of(attribute: str) -> str:
    return ATTRIBUTES.get(attribute.lower(), attribute.removeprefix("$"))


def consent(state: Values) -> tuple[dict[str, object], dict[str, bool]]:
    """Each purpose as a property of its own; purposes that are called like a channel subscribe to it or unsubscribe."""
    properties: dict[str, object] = {}
    subscriptions: dict[str, bool] = {}
    for regulation, purpose, given in purposes(state):
        if regulation == "gdpr" and purpose.lower() in CHANNELS:
            subscriptions[purpose.lower()] = given
        else:
            properties[f"{regulation} {purpose}"] = given
    return properties, subscriptions


def purposes(state: Values) -> Iterator[tuple[str, str, bool]]:
    """(regulation, purpose, given) of what was asked."""
    for regulation, asked in state.items():
        for purpose, answer in asked.items() if isinstance(asked, dict) else ():
            if isinstance(answer, dict) and isinstance(answer.get("consented"), bool):
                yield regulation, purpose, answer["consented"]


def place(device: Values, context: Values) -> dict[str, object]:
    """Language and place, where they are known."""
    found: dict[str, object] = {}
    if language := device.get("locale_language"):
        country = device.get("locale_country")
        found["language"] = f"{language}-{country}" if country else language
    location = context.get("location")
    if isinstance(location, dict):
        found |= {ours: location[theirs] for theirs, ours in PLACE.items() if location.get(theirs) is not None}
    return found


def device(info: Values, application: Values, sdk_version: str | None) -> Device | None:
    made = registered(info.get("push_token"), info)
    if made is None:
        return None
    version = text(application, "application_version")
    return msgspec.structs.replace(made, app_version=version, sdk_version=sdk_version or "")


def registered(token: object, info: Values) -> Device | None:
    platform = PLATFORMS.get(text(info, "platform").lower())
    if platform is None or not isinstance(token, str) or not token.strip("<> "):
        return None
    return Device(
        platform=platform,
        token=plain(token),
        make=text(info, "device_manufacturer"),
        model=text(info, "device_model"),
        os_version=text(info, "os_version"),
    )


def plain(token: str) -> str:
    """`<e481f135 9629f0c3>`, as Apple's systems print tokens, → `e481f1359629f0c3`."""
    return token[1:-1].replace(" ", "") if token.startswith("<") and token.endswith(">") else token


def text(values: Values, name: str) -> str:
    found = values.get(name)
    return found if isinstance(found, str) else ""
