"""What a rule means, said again in plain Python over people and events in memory."""

import math
from collections.abc import Iterable
from datetime import date
from typing import assert_never

from people.properties import COLUMNS
from segments.tree import (
    Age,
    All,
    Any,
    Bucket,
    Did,
    DidNot,
    HasDevice,
    InList,
    InSegment,
    Interest,
    Near,
    Node,
    NoneOf,
    Point,
    Property,
    Reachable,
    Standing,
    Tree,
)
from tests.segments import oracle_events, oracle_values
from tests.segments.oracle_world import Person, World

METRES_OF_RADIUS = 6_371_008.8
TOUCHING = 1e-6  # metres between two ways to reckon the same distance


def members(tree: Tree, people: Iterable[Person], world: World) -> set[int]:
    return {person.id for person in people if matches(tree, person, world)}


def matches(node: Node, person: Person, world: World) -> bool:
    match node:
        case All(of):
            return all(matches(child, person, world) for child in of)
        case Any(of):
            return any(matches(child, person, world) for child in of)
        case NoneOf(of):
            return not any(matches(child, person, world) for child in of)
        case Did():
            return oracle_events.did(node, person, world)
        case DidNot(deeds, period, hours, weekdays):
            return not oracle_events.did(Did(deeds, period, hours, weekdays), person, world)
        case Interest():
            return oracle_events.is_interested(node, person, world)
        case InSegment(segment, is_in):
            return matches(world.segments[segment], person, world) is is_in
        case InList(of_people, is_in):
            return (person.id in world.lists[of_people]) is is_in
        case _:
            return is_so(node, person, world)


def is_so(
    node: Property | Age | Near | Reachable | HasDevice | Bucket,
    person: Person,
    world: World,
) -> bool:
    match node:
        case Property(name, comparison):
            return oracle_values.meets(value_of(person, name), comparison, world)
        case Age(comparison):
            years = age_of(person, world)
            return years is not None and oracle_values.meets(years, comparison, world)
        case Near(points, metres):
            return any(is_within(point, metres, person) for point in points)
        case Reachable(channel, standing):
            return stands(channel, standing, person)
        case HasDevice(where):
            return any(
                all(oracle_values.meets(device[one.name], one.comparison, world) for one in where)
                for device in person.devices
            )
        case Bucket(low, high):
            return low <= int(str(person.columns["bucket"])) <= high
        case _:
            assert_never(node)


def value_of(person: Person, name: str) -> object:
    return person.columns.get(name) if name in COLUMNS else person.properties.get(name)


def age_of(person: Person, world: World) -> int | None:
    """How many birthdays there have been."""
    born = person.columns.get("birth_date")
    if not isinstance(born, date) or born > world.today:
        return None
    years = world.today.year - born.year
    return years if (born.month, born.day) <= (world.today.month, world.today.day) else years - 1


def is_within(point: Point, metres: int, person: Person) -> bool:
    """By the chord between the two, where the product goes by the haversine."""
    latitude, longitude = person.columns.get("latitude"), person.columns.get("longitude")
    if not isinstance(latitude, float) or not isinstance(longitude, float):
        return False
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return False
    chord = math.dist(on_the_sphere(latitude, longitude), on_the_sphere(point.latitude, point.longitude))
    return METRES_OF_RADIUS * 2 * math.asin(min(1.0, chord / 2)) <= metres + TOUCHING


def on_the_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    north, east = math.radians(latitude), math.radians(longitude)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)


def stands(channel: str, standing: Standing, person: Person) -> bool:
    said = person.subscriptions.get(channel)
    match standing:
        case Standing.HAS_ADDRESS:
            return has_address(channel, person)
        case Standing.REACHABLE:
            return has_address(channel, person) and said not in ("unsubscribed", "suppressed")
        case _:
            return said == standing.value


def has_address(channel: str, person: Person) -> bool:
    match channel:
        case "email":
            return is_filled(person.columns.get("email"))
        case "sms" | "whatsapp":
            return is_filled(person.columns.get("phone"))
        case "push":
            return any(device["token"] for device in person.devices)
        case _:
            return is_filled(person.columns.get("identity")) or bool(person.identifiers)


def is_filled(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""
