"""What the compiled functions call; every name here is known to them."""

from collections.abc import Mapping, Sequence
from typing import Any

from liquid.builtin.expressions.logical import _contains, _le, _lt
from liquid.exceptions import LoopIterationLimitError, OutputStreamLimitError

from .filters import default
from .language import abort, stop_for_missing
from .limits import OUTPUT_BYTES
from .values import MISSING, is_missing, is_nothing, is_same, is_true, present, text_of, walk

__all__ = [
    "MISSING",
    "abort",
    "contains",
    "is_same",
    "is_true",
    "less",
    "less_or_same",
    "present",
    "stop_for_missing",
    "text_of",
    "walk",
]

contains, less, less_or_same = _contains, _lt, _le


def needed(value: object, label: str) -> str:
    if is_missing(value):
        stop_for_missing(label)
    return text_of(value)


def text_or(value: object, fallback: object) -> str:
    return text_of(default(value, fallback))


def text_or_blank(value: object, _label: str) -> str:
    return "" if is_missing(value) else text_of(value)


def finished(value: object, label: str, about_data: bool) -> str:
    if is_nothing(value) or (about_data and is_missing(value)):
        stop_for_missing(label)
    return text_of(value)


def finished_or_blank(value: object, about_data: bool) -> str:
    return "" if about_data and is_missing(value) else text_of(value)


def loop_items(value: Any, limit: int | None, offset: int, is_reversed: bool) -> Sequence[Any]:
    """The items a `for` runs over, as python-liquid chooses them (a limit of 0 with no offset is no limit)."""
    items = _items(value)
    end = min((0 if limit is None else limit + offset) or len(items), len(items))
    chosen = items[min(offset, len(items)) : end]
    return chosen[::-1] if is_reversed else chosen


def refuse_large(text: str) -> None:
    if len(text.encode()) > OUTPUT_BYTES:
        raise OutputStreamLimitError("the text is too long", token=None)


def refuse_turns() -> None:
    raise LoopIterationLimitError("the loops take too many turns", token=None)


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, str):
        return [value] if value else []
    return value if isinstance(value, Sequence) else []
