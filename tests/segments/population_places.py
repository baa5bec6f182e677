"""Places on the earth: at the poles, along the 180th meridian, and on the very edge of a distance."""

import math

from segments.tree import Point
from tests.segments.oracle import METRES_OF_RADIUS

Place = tuple[float | None, float | None]
MILLIMETRE = 0.001
SAO_PAULO = Point(-23.55052, -46.633308, "São Paulo")
TAVEUNI = Point(-16.8, 179.95, "O'Taveuni % “x” \\")
GREENWICH = Point(51.4779, 0.0)
NULL_ISLAND = Point(0.0, 0.0)
POINTS = [
    SAO_PAULO, TAVEUNI, GREENWICH, NULL_ISLAND, Point(0.0, 180.0), Point(0.0, -180.0), Point(90.0, 0.0),
    Point(-90.0, 45.0), Point(89.95, 10.0), Point(-89.9999, -170.0),
]  # fmt: skip
METRES = [1, 500, 20_000, 50_000, 400_000, 1_000_000]
ODD: list[Place] = [
    (None, None), (None, 13.4), (48.0, None), (90.5, 10.0), (-91.0, 0.0), (10.0, 180.5), (0.0, -540.0), (1 / 3, 0.1),
]  # fmt: skip
EDGE = 20_000  # metres: who is exactly that far from `NULL_ISLAND` is within it


def places() -> list[Place]:
    there: list[Place] = [(point.latitude, point.longitude) for point in POINTS]
    around = [
        moved(point, (metres + shift) * way)
        for point in POINTS
        for metres in METRES
        for shift in (-MILLIMETRE, MILLIMETRE)
        for way in (1, -1)
    ]
    beside: list[Place] = [
        (0.0, turned(180 + degrees(metres + shift) * way))
        for metres in METRES
        for shift in (-MILLIMETRE, MILLIMETRE)
        for way in (1, -1)
    ]
    west: list[Place] = [(-16.8, 179.8), (-16.8, -179.9), (-16.8, 180.0), (-16.8, -180.0), (51.4779, -0.0)]
    return [*ODD, *there, *around, *beside, *west, (on_the_edge(), 0.0)]


def moved(point: Point, metres: float) -> Place:
    """To the north (south where it is negative), perhaps over a pole and down on the other side."""
    latitude = point.latitude + degrees(metres)
    if abs(latitude) <= 90:
        return latitude, point.longitude
    return math.copysign(180.0, latitude) - latitude, turned(point.longitude + 180)


def turned(longitude: float) -> float:
    return longitude - 360 if longitude > 180 else longitude


def degrees(metres: float) -> float:
    return math.degrees(metres / METRES_OF_RADIUS)


def on_the_edge() -> float:
    """A latitude whose distance to `NULL_ISLAND` is `EDGE` to the last digit."""
    latitude = degrees(EDGE) - 1e-15
    while northward(latitude) != EDGE:
        latitude = math.nextafter(latitude, 90)
    return latitude


def northward(latitude: float) -> float:
    half = math.sin(latitude * (math.pi / 180) / 2)
    return 2 * METRES_OF_RADIUS * math.asin(math.sqrt(half * half))
