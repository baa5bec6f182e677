"""The filters of our templates: python-liquid's, bounded in size, with the few that we do differently."""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast

from dateutil import parser as date_parser  # type: ignore[import-untyped]  # it has no types
from liquid import Environment
from liquid.exceptions import FilterArgumentError, OutputStreamLimitError
from liquid.undefined import Undefined

from . import limits
from .values import is_missing, text_of

Filter = Callable[..., Any]

LISTS = frozenset(("compact", "concat", "find", "find_index", "has", "join", "map", "reject")) | frozenset(
    ("reverse", "sort", "sort_natural", "sum", "uniq", "where")
)
NUMBERS = frozenset(("abs", "at_least", "at_most", "ceil", "divided_by", "floor")) | frozenset(
    ("minus", "modulo", "plus", "round", "times")
)
HARMLESS = frozenset(("default", "first", "last", "size"))
ANY_VALUE = LISTS | NUMBERS | frozenset(("date", "slice"))


def install(environment: Environment) -> None:
    """Give `environment` its filters, each ready to be called with the value and its arguments alone."""
    environment.add_filter("date", formatted_date)
    environment.add_filter("default", default)
    environment.add_filter("join", join)
    environment.add_filter("raw", raw)
    environment.add_filter("strip_html", strip_html)
    environment.add_filter("uniq", uniq)
    environment.add_filter("replace", replace)
    for name, filter_ in list(environment.filters.items()):
        environment.filters[name] = _bounded(name, _bound(filter_, environment))


def default(value: object, fallback: object = "", *, allow_false: bool = False) -> object:
    """`fallback` for a missing value, and for false unless it is allowed."""
    if is_missing(value) or (value is False and allow_false is not True):
        return fallback
    return value


def raw(value: object) -> object:
    """What the marketer knows to be a part of an address: it is not encoded where it stands in one."""
    return value


def join(items: object, separator: object = " ") -> str:
    texts = [text_of(item) for item in _items(items)]
    between = text_of(separator)
    _refuse_over(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def replace(text: str, old: object, new: object = "") -> str:
    old, new = text_of(old), text_of(new)
    _refuse_over(len(text) + text.count(old) * max(len(new) - len(old), 0))
    return text.replace(old, new)


def strip_html(text: str) -> str:
    """Without tags, comments, scripts and styles; one pass, whatever is left open."""
    kept, position = [], 0
    while (start := text.find("<", position)) >= 0:
        kept.append(text[position:start])
        end = _end_of_markup(text, start)
        if end < 0:
            return "".join(kept) + text[start:]
        position = end
    return "".join(kept) + text[position:]


def uniq(items: object, key: object = None) -> list[object]:
    """The first of each value, or of each value of `key`; linear, so that long lists are no trap."""
    seen: set[object] = set()
    kept = []
    for item in _items(items):
        value = item.get(str(key)) if key is not None and isinstance(item, Mapping) else item
        mark = repr(value) if isinstance(value, list | dict) else value
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    return kept


def formatted_date(value: object, pattern: object = "") -> str:
    """`value` by a strftime pattern; what is no date stays as it is. Numbers are Unix seconds in UTC."""
    pattern = text_of(pattern)
    if len(pattern) > 100 or re.search(r"%[-_0^#]*\d{3}", pattern):
        raise FilterArgumentError("the date pattern is too long", token=None)
    moment = _moment(value)
    return text_of(value) if moment is None or not pattern else moment.strftime(pattern)


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime) or value is None:
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min, UTC)
    if value in ("now", "today"):
        return datetime.now(UTC)
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
            return datetime.fromtimestamp(float(value), UTC)
        return _parsed(value) if isinstance(value, str) and len(value) <= 64 else None
    except (ValueError, OverflowError, OSError):
        return None


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return cast(datetime, date_parser.parse(text, tzinfos=lambda _zone, offset: offset or 0))


def _items(value: object) -> Iterable[Any]:
    if isinstance(value, list | tuple):
        return [*_flat(value, 5)]
    if isinstance(value, range):
        return value
    return [] if value is None or isinstance(value, Undefined) else [value]


def _flat(items: Iterable[Any], levels: int) -> Iterable[Any]:
    for item in items:
        if levels and isinstance(item, list | tuple):
            yield from _flat(item, levels - 1)
        else:
            yield item


def _end_of_markup(text: str, start: int) -> int:
    if text.startswith("<!--", start):
        end = text.find("-->", start)
        return end + 3 if end >= 0 else len(text)
    closing = re.compile(r"<(script|style)\b", re.IGNORECASE).match(text, start)
    if closing:
        end = text.lower().find(f"</{closing[1].lower()}", start)
        start = end if end >= 0 else len(text) - 1
    end = text.find(">", start)
    return end + 1 if end >= 0 else (len(text) if closing else -1)


def _bound(filter_: Filter, environment: Environment) -> Filter:
    if getattr(filter_, "with_environment", False):
        return functools.partial(filter_, environment=environment)
    return filter_


def _bounded(name: str, filter_: Filter) -> Filter:
    """`filter_` that takes no Python words for texts, and refuses to make or take anything large."""
    if name in HARMLESS:
        return filter_
    takes_text = name not in ANY_VALUE

    def bounded(value: Any, *arguments: Any, **named: Any) -> Any:
        if takes_text:
            value = text_of(value)
            arguments = tuple([_text_or_number(argument) for argument in arguments]) if arguments else ()
        elif value.__class__ is not str:
            _refuse_large(value)
        result = filter_(value, *arguments, **named)
        if result.__class__ is not str or len(result) > limits.VALUE_CHARACTERS:
            _refuse_large(result)
        return result

    return functools.update_wrapper(bounded, filter_)


def _text_or_number(argument: object) -> object:
    is_number = isinstance(argument, int | float) and not isinstance(argument, bool)
    return argument if is_number else text_of(argument)


def _refuse_large(value: Any) -> None:
    if isinstance(value, str):
        _refuse_over(len(value))
    elif isinstance(value, list | tuple | range | dict) and len(value) > limits.VALUE_ITEMS:
        raise OutputStreamLimitError("a list is too long", token=None)
    elif isinstance(value, int) and value.bit_length() > limits.NUMBER_BITS:
        raise FilterArgumentError("a number is too large", token=None)


def _refuse_over(characters: int) -> None:
    if characters > limits.VALUE_CHARACTERS:
        raise OutputStreamLimitError("a text is too long", token=None)
