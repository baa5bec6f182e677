"""Within a distance of points: a box that an index can find, then the haversine of those in the box."""

import math
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Literal

from segments.sets import conjunction, disjunction
from segments.tree import Near, Point

RADIUS = 6_371_008.8  # metres, the mean of the earth
RADIANS = math.pi / 180  # of a degree
LEAST = 1e-100  # degrees
MARGIN = 1e-6  # degrees that a box is wider than it need be, 10 cm: rounding never cuts anybody off


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees; with `west` above `east` it reaches across the 180th meridian."""

    south: float
    north: float
    west: float
    east: float


def is_near(node: Near) -> Composable:
    """Index: profile_place (latitude, longitude)."""
    return disjunction([is_within(point, node.metres) for point in node.points])


def is_within(point: Point, metres: int) -> Composable:
    """CASE, since PostgreSQL may ask for the distance first, and of an infinite latitude there is no sine."""
    inside = is_inside(box_around(point, metres))
    return SQL("{inside} AND CASE WHEN {inside} THEN {distance} <= {metres} ELSE FALSE END").format(
        inside=inside, distance=distance_sql(point), metres=Literal(metres)
    )


def box_around(point: Point, metres: int) -> Box:
    """All within `metres` of the point is in it, at the poles on every meridian."""
    reach = metres / RADIUS / RADIANS + MARGIN
    south, north = max(-90.0, point.latitude - reach), min(90.0, point.latitude + reach)
    if south == -90.0 or north == 90.0:
        return Box(south, north, -180.0, 180.0)
    widest = math.sin(reach * RADIANS) / math.cos(point.latitude * RADIANS)
    across = math.asin(min(1.0, widest)) / RADIANS + MARGIN
    return Box(south, north, turned(point.longitude - across), turned(point.longitude + across))


def turned(longitude: float) -> float:
    """Within −180 and 180."""
    if longitude < -180:
        return longitude + 360
    return longitude - 360 if longitude > 180 else longitude


def is_inside(box: Box) -> Composable:
    latitude = SQL("p.latitude BETWEEN {} AND {}").format(float8(box.south), float8(box.north))
    if box.west <= box.east:
        longitude = SQL("p.longitude BETWEEN {} AND {}").format(float8(box.west), float8(box.east))
    else:
        longitude = SQL("(p.longitude BETWEEN {} AND 180 OR p.longitude BETWEEN -180 AND {})").format(
            float8(box.west), float8(box.east)
        )
    return conjunction([latitude, longitude])


def distance_sql(point: Point) -> Composable:
    """Metres from `p` to the point, as `distance`: the same operations in the same order.

    No angle is below `LEAST`: where a product of floats is too small for one, PostgreSQL raises an error.
    """
    sine = SQL("sin(GREATEST(abs({} - {}), {}) * {} / 2)")
    north = sine.format(SQL("p.latitude"), float8(point.latitude), float8(LEAST), float8(RADIANS))
    east = sine.format(SQL("p.longitude"), float8(point.longitude), float8(LEAST), float8(RADIANS))
    return SQL(
        "2 * {radius} * asin(sqrt(LEAST(1.0::float8, {north} * {north}"
        " + cos(GREATEST(abs(p.latitude), {least}) * {radians}) * {cosine} * {east} * {east})))"
    ).format(
        radius=float8(RADIUS),
        north=north,
        east=east,
        least=float8(LEAST),
        radians=float8(RADIANS),
        cosine=float8(math.cos(point.latitude * RADIANS)),
    )


def distance(latitude: float, longitude: float, point: Point) -> float:
    """Metres along the sphere."""
    north = math.sin((latitude - point.latitude) * RADIANS / 2)
    east = math.sin((longitude - point.longitude) * RADIANS / 2)
    cosines = math.cos(latitude * RADIANS) * math.cos(point.latitude * RADIANS)
    return 2 * RADIUS * math.asin(math.sqrt(min(1.0, north * north + cosines * east * east)))


def float8(number: float) -> Composable:
    return SQL("{}::float8").format(Literal(repr(number)))
