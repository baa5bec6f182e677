"""Who people are: age, place, channels, devices, membership, bucket, read from JSON."""

from collections.abc import Mapping
from decimal import Decimal

from people.models import Subscription
from segments import inputs
from segments.inputs import UNFIT
from segments.parse.comparisons import numbers_of, parse_device_field, parse_number
from segments.parse.reading import (
    NAME_LENGTH,
    TreeError,
    checked,
    identifier,
    members,
    one_of,
    several,
    whole,
)
from segments.parse.whereabouts import Path
from segments.tree import Age, Bucket, HasDevice, InList, InSegment, Near, Point, Reachable, Standing

OLDEST = 150
POINTS = 50
METRES = 1_000_000
DEVICE_FILTERS = 10


def parse_age(path: Path, json: object) -> Age:
    here = (*path, "age")
    parts = members(here, members(path, json, required={"age"})["age"], required={"operator", "value"})
    comparison = parse_number(here, parts)
    if any(years != years.to_integral_value() or not 0 <= years <= OLDEST for years in numbers_of(comparison)):
        raise TreeError((*here, "value"), f"An age is a whole number from 0 to {OLDEST}.")
    return Age(comparison)


def parse_near(path: Path, json: object) -> Near:
    parts, here = members(path, json, required={"near", "metres"}), (*path, "near")
    given = several(here, parts["near"], POINTS, f"Choose one to {POINTS} places.")
    points = tuple(parse_point((*here, number), each) for number, each in enumerate(given))
    message = "Type a distance from 1 metre to 1,000 km."
    return Near(points, whole((*path, "metres"), parts["metres"], 1, METRES, message))


def parse_point(path: Path, json: object) -> Point:
    parts = members(path, json, required={"latitude", "longitude"}, optional={"name"})
    latitude, longitude = degrees(path, parts, "latitude", 90), degrees(path, parts, "longitude", 180)
    name = parts.get("name", "")
    if not isinstance(name, str) or len(name) > NAME_LENGTH or UNFIT.search(name):
        raise TreeError((*path, "name"), f"The name of a place has at most {NAME_LENGTH} characters.")
    return Point(latitude, longitude, name)


def degrees(path: Path, parts: Mapping[str, object], name: str, most: int) -> float:
    given = parts[name]
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal) or not -most <= given <= most:
        raise TreeError((*path, name), f"The {name} is a number of degrees from −{most} to {most}.")
    return float(given) + 0.0  # + 0 makes −0 a plain 0


def parse_channel(path: Path, json: object) -> Reachable:
    parts = members(path, json, required={"channel", "is"})
    channel = one_of((*path, "channel"), parts["channel"], Subscription.Channel.values, "Choose a channel.")
    standing = one_of((*path, "is"), parts["is"], tuple(Standing), "Choose how the person stands to the channel.")
    return Reachable(channel, Standing(standing))


def parse_device(path: Path, json: object) -> HasDevice:
    here = (*path, "device")
    given = members(path, json, required={"device"})["device"]
    filters = several(here, given, DEVICE_FILTERS, f"Say one to {DEVICE_FILTERS} things of the device.")
    return HasDevice(tuple(parse_device_field((*here, number), each) for number, each in enumerate(filters)))


def parse_in_segment(path: Path, json: object) -> InSegment:
    parts = members(path, json, required={"segment", "is"})
    pk = identifier((*path, "segment"), parts["segment"], "Choose a segment.")
    return InSegment(pk, parse_is_in(path, parts))


def parse_in_list(path: Path, json: object) -> InList:
    parts = members(path, json, required={"list", "is"})
    pk = identifier((*path, "list"), parts["list"], "Choose a list.")
    return InList(pk, parse_is_in(path, parts))


def parse_is_in(path: Path, parts: Mapping[str, object]) -> bool:
    return one_of((*path, "is"), parts["is"], ("in", "not_in"), "Choose in or not in.") == "in"


def parse_bucket(path: Path, json: object) -> Bucket:
    ends = members(path, json, required={"bucket"})["bucket"]
    here = (*path, "bucket")
    parts = members(here, ends, required={"from", "to"})
    low, high = (checked((*here, end), inputs.parse_amount, parts[end]) for end in ("from", "to"))
    if high > 999:
        raise TreeError((*here, "to"), "Buckets go from 0 to 999.")
    if low > high:
        raise TreeError((*here, "to"), "The first bucket is above the second.")
    return Bucket(low, high)
