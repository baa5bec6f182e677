"""Points and distances as they are typed: “-23.55, -46.63 São Paulo”, 50 km."""

import json
import re
from decimal import Decimal
from typing import Any

from segments.inputs import typed_number

NUMBER = r"[+-]?[0-9]{1,3}(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,3})?"
TYPED = re.compile(rf"\s*({NUMBER})°?\s*[,; ]\s*({NUMBER})°?(?:\s+(.*?))?\s*", re.DOTALL)
KILOMETRE = 1000


def read_point(text: str) -> Any:
    """A point, exactly as `write_point` wrote it or as a person types degrees; else the text as a name alone."""
    if text.startswith("{"):
        return written(text)
    match = TYPED.fullmatch(text)
    if match is None:
        return {"name": text}
    point = {"latitude": float(match[1]), "longitude": float(match[2])}
    return {**point, "name": match[3]} if match[3] else point


def written(text: str) -> Any:
    try:
        point = json.loads(text)
    except (ValueError, RecursionError):
        return {"name": text}
    return point if isinstance(point, dict) else {"name": text}


def write_point(point: object) -> str:
    """What the form holds of a chosen point."""
    return json.dumps(point, ensure_ascii=False)


def read_metres(distance: str, unit: str) -> object:
    """Metres of “50” and “km”; what is no number stays as it is; without any, 50 km."""
    if not unit:
        return 50 * KILOMETRE
    number = typed_number(distance)
    if unit != "km" or not isinstance(number, int | float):
        return number
    metres = Decimal(str(number)) * KILOMETRE
    return int(metres) if metres == metres.to_integral_value() else float(metres)


def write_metres(metres: object) -> tuple[str, str]:
    """The distance and its unit: whole kilometres and more than ten of them are said in kilometres."""
    if isinstance(metres, bool) or not isinstance(metres, int | float):
        return (metres if isinstance(metres, str) else ""), "km"
    if metres % 100 == 0 or metres > 10 * KILOMETRE:
        return f"{(Decimal(str(metres)) / KILOMETRE).normalize():f}", "km"
    return f"{Decimal(str(metres)).normalize():f}", "m"
