"""How much JSON a rule may be, and its values made such that they can be drawn and stored, wherever they come from."""

import json
import math
from typing import Any

from segments.inputs import TEXT_LENGTH, UNFIT
from segments.parse import DEPTH, SIZE, VALUES, WIDTH

Json = dict[str, Any]
DEEPEST_VALUE = 8  # the value of a filter of a deed of a condition
DEEPEST = 2 * DEPTH + DEEPEST_VALUE + 2  # a group is an object with a list; what holds the rule is around it
NODES = 2 * SIZE  # each event is counted there, the condition it belongs to is not
PARTS = VALUES + 20 * NODES  # objects, lists and values of the largest rule
TEXT = VALUES * TEXT_LENGTH + 256 * 1024
WHOLE = 2**63


def posted(text: str) -> Json | None:
    """The rule that stands in a text as JSON; None where there is none, or more than any rule can be."""
    try:
        return bounded(json.loads(text)) if len(text) <= TEXT else None
    except (ValueError, RecursionError):
        return None


def bounded(given: object) -> Json | None:
    """The object with values that can be stored; None where it is none or larger than any rule can be."""
    if not isinstance(given, dict) or not is_small(given):
        return None
    made: Json = storable(given)
    return made


def is_small(given: object) -> bool:
    """Looks at no more than the largest rule has."""
    ahead, parts, nodes = [(given, 0)], 0, 0
    while ahead:
        value, depth = ahead.pop()
        inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        parts += len(inside)
        if parts > PARTS or depth > DEEPEST:
            return False
        width = sum(isinstance(each, dict | list) for each in inside) if isinstance(value, list) else 0
        nodes += width
        if width > WIDTH or nodes > NODES:
            return False
        ahead += [(each, depth + 1) for each in inside]
    return True


def storable(value: Any, deeper: int = DEEPEST) -> Any:
    """A copy that every database and every writer of JSON takes: a whole number that is too large is the text of it,
    what can be no part of a text and what is no number is empty, and what is deeper than any rule is left out."""
    match value:
        case dict():
            fit = [name for name in value if not UNFIT.search(str(name))] if deeper else []
            return {str(name): storable(value[name], deeper - 1) for name in fit}
        case list() | tuple():
            return [storable(each, deeper - 1) for each in value] if deeper else []
        case str():
            return "" if UNFIT.search(value) else value
        case bool() | None:
            return value
        case int():
            return value if -WHOLE <= value < WHOLE else digits(value)
        case float():
            return value if math.isfinite(value) else ""
        case _:
            return ""


def keepable(draft: Json) -> Json:
    """As a database gives it back: a number it would make a whole one that is too large is kept as its text."""
    made: Json = json.loads(json.dumps(storable(draft)), parse_float=kept_number)
    return made


def kept_number(text: str) -> float | str:
    return float(text) if abs(float(text)) < WHOLE else text


def digits(number: int) -> str:
    try:
        return str(number)
    except ValueError:  # more of them than Python writes
        return ""
