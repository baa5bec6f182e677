"""Rows of who people are: a property, age, place, channel, device, membership, bucket."""

from typing import Any

from people.models import Subscription
from segments.builder.comparisons import box, filter_row, measures, of_devices, of_people
from segments.builder.rows import AgeRow, BucketRow, Choice, Choices, DeviceRow, NearRow, PickRow, PointChip, WhoseRow
from segments.builder.scene import Scene, choices, text
from segments.drafts import Json
from segments.drafts.reading import measure_row
from segments.parse.people import DEVICE_FILTERS
from segments.places import write_metres, write_point
from segments.tree import Place

UNITS = {"km": "km", "m": "m"}
CHANNELS = {str(value): str(label) for value, label in Subscription.Channel.choices}


def whose_row(node: Json, place: Place, scene: Scene, *, is_named: bool) -> WhoseRow:
    """`is_named`: the family says which property it is."""
    groups = () if is_named else of_people(scene.known.people)
    row = filter_row(node, place, scene, scene.known.people, groups)
    return WhoseRow(row)


def age_row(age: object) -> AgeRow:
    parts = age if isinstance(age, dict) else {}
    row = measure_row(parts.get("operator"))
    return AgeRow((Choices("", measures(row)),), box(row, parts.get("value"), ()))


def near_row(node: Json) -> NearRow:
    """The last point that has no degrees is what is being typed."""
    points = list(node["near"])
    is_typing = bool(points) and not is_known(points[-1])
    typed = text(points.pop().get("name")) if is_typing else ""
    distance, unit = write_metres(node.get("metres"))
    return NearRow(distance, choices(UNITS, unit), tuple(map(chip, points)), typed)


def chip(point: Json) -> PointChip:
    if not is_known(point):
        return PointChip(text(point.get("name")), text(point.get("name")), "Not found: choose it from the list", False)
    degrees = f"{point['latitude']:.4g}, {point['longitude']:.4g}".replace("-", "−")
    return PointChip(write_point(point), text(point.get("name")) or degrees, degrees, True)


def is_known(point: Json) -> bool:
    return all(is_number(point.get(name)) for name in ("latitude", "longitude"))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def channel_row(node: Json) -> PickRow:
    return PickRow("channel", "Channel", "", choices(CHANNELS, text(node.get("channel"))))


def segment_row(node: Json, scene: Scene) -> PickRow:
    return member_row("segment", "Segment", node.get("segment"), scene.known.segments)


def list_row(node: Json, scene: Scene) -> PickRow:
    return member_row("list", "List", node.get("list"), scene.known.lists)


def member_row(field: str, label: str, chosen: object, offered: tuple[tuple[int, str], ...]) -> PickRow:
    found = tuple(Choice(str(pk), name, pk == chosen) for pk, name in offered)
    if text(chosen) and not any(each.selected for each in found):
        found = (*found, Choice(text(chosen), f"{label} {text(chosen)}, which is gone", True))
    return PickRow(field, label, f"Choose a {label.lower()}" if offered else f"There is no {label.lower()} yet", found)


def device_row(node: Json, place: Place, scene: Scene) -> DeviceRow:
    groups, filters = of_devices(scene.known.devices), node["device"]
    return DeviceRow(
        tuple(
            filter_row(each, (*place, number), scene, scene.known.devices, groups)
            for number, each in enumerate(filters)
        ),
        takes_filters=len(filters) < DEVICE_FILTERS,
    )


def bucket_row(ends: object) -> BucketRow:
    parts = ends if isinstance(ends, dict) else {}
    return BucketRow(text(parts.get("from")), text(parts.get("to")))
