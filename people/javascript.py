"""JSON as JavaScript writes it: signatures are made over what `JSON.stringify` gives."""

import json
import math
import re
from collections.abc import Iterable
from decimal import Decimal

Object = dict[str, object]

INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
LAST_INDEX = 2**32 - 2
EXACT = 2**53
ESCAPED = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def rewritten(text: bytes) -> bytes | None:
    """`JSON.stringify(JSON.parse(text))`; None where that is no JSON."""
    try:
        return stringify(json.loads(text, object_pairs_hook=ordered, parse_constant=refused)).encode()
    except (ValueError, RecursionError):
        return None


def refused(word: str) -> object:
    raise ValueError(word)


def ordered(pairs: Iterable[tuple[str, object]]) -> Object:
    """A repeated name keeps its first place and its last value; names that are array indexes come first, in order."""
    found = dict(pairs)
    indexes = sorted((name for name in found if is_index(name)), key=int)
    return {name: found[name] for name in (*indexes, *(name for name in found if not is_index(name)))}


def is_index(name: str) -> bool:
    return INDEX.fullmatch(name) is not None and int(name) <= LAST_INDEX


def stringify(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{ESCAPED.sub(escape, value)}"'
        case int() | float():
            return number(value)
        case list():
            return f"[{','.join(map(stringify, value))}]"
        case dict():
            members = (f"{stringify(name)}:{stringify(each)}" for name, each in value.items())
            return f"{{{','.join(members)}}}"
        case _:
            raise TypeError(type(value))


def escape(found: re.Match[str]) -> str:
    return SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"


def number(value: float) -> str:
    """As ECMAScript's Number::toString: the shortest digits, an exponent from 1e21 on and below 1e-6."""
    if isinstance(value, int) and abs(value) < EXACT:
        return str(value)
    try:
        near = float(value)
    except OverflowError:
        return "null"
    if not math.isfinite(near):
        return "null"
    if near == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(near)).normalize().as_tuple()
    text = "".join(map(str, digits))
    return ("-" if sign else "") + spelled(text, len(text) + int(exponent))


def spelled(digits: str, point: int) -> str:
    """0.`digits` times ten to the power of `point`."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"
