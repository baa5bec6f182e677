"""What a value of a person, an event or a campaign means to a template: when it is missing, how it prints."""

from collections.abc import Mapping, Sequence, Sized
from datetime import datetime
from itertools import islice
from typing import Any, Final

import orjson
from liquid.builtin.expressions.logical import _eq
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.undefined import Undefined

MISSING: Final = Undefined("missing")
"""The one missing value: absent, null, only white space and an empty list all become this."""


# Asking whether a text is an `Undefined`, an abstract class, costs more than printing it: 2 µs of 10 in a message.
PLAIN: Final = frozenset({str, int, float, bool, list, dict})


def is_nothing(value: object) -> bool:
    return value is None or (value.__class__ not in PLAIN and isinstance(value, Undefined))


def is_missing(value: object) -> bool:
    if is_nothing(value):
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, list | tuple | dict) and not value


def present(value: object) -> object:
    """`value`, or `MISSING` in place of everything that counts as missing."""
    return MISSING if is_missing(value) else value


def is_true(value: object) -> bool:
    """What `{% if %}` thinks of a value: false for a missing one, for nil and for false."""
    return not (value is False or is_nothing(value))


def is_same(left: object, right: object) -> bool:
    """Liquid's `==`, with a missing value equal to `blank`, `empty`, `""` and `nil`."""
    if left.__class__ is str and right.__class__ is str:
        return left == right
    if isinstance(left, Undefined) and _equals_nothing(right):
        return True
    if isinstance(right, Undefined) and _equals_nothing(left):
        return True
    return _eq(left, right)


def text_of(value: object) -> str:
    """The text a value prints as; times in ISO 8601, lists one after the other, maps as JSON."""
    if isinstance(value, str):
        return value
    if value.__class__ is int:
        return str(value)
    if is_nothing(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return _composite_text(value)


def walk(value: Any, path: Sequence[str | int]) -> object:
    """Follow `path` from `value` through maps and lists; `MISSING` where it leads nowhere."""
    if value is MISSING:
        return MISSING
    try:
        for key in path:
            value = step(value, key)
    except (KeyError, IndexError, TypeError):
        return MISSING
    return present(value)


def step(value: Any, key: Any) -> Any:
    """One key, with Liquid's `size`, `first` and `last`; raises KeyError, IndexError or TypeError."""
    if isinstance(value, str):
        if key == "size":
            return len(value)
        raise TypeError("a text has no parts")
    if key in ("size", "first", "last"):
        return _special(value, key)
    return value[key]


def _special(value: Any, key: str) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if key == "size":
        if isinstance(value, Sized):
            return len(value)
        raise TypeError("no size")
    if isinstance(value, Mapping):
        if key == "first" and value:
            return next(islice(value.items(), 1))
        raise KeyError(key)
    if not isinstance(value, Sequence):
        raise TypeError("no sequence")
    return value[0 if key == "first" else -1]


def _composite_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "".join(text_of(item) for item in value)
    if isinstance(value, Mapping):
        return orjson.dumps(dict(value), default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, Empty | Blank):
        return ""
    return str(value)


def _equals_nothing(value: object) -> bool:
    return isinstance(value, Empty | Blank) or is_missing(value)
