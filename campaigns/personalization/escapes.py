"""What a printed value becomes where a text is more than text: HTML, part of an address, JSON, a header of a mail."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal
from urllib.parse import quote

import orjson

Escape = Literal["none", "html", "url", "json", "header"]
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Escaped(str):
    """A text whose values are escaped already; whatever a filter makes of it is a plain text again."""

    __slots__ = ()


def escaped(text: str, escape: Escape) -> str:
    """What is printed of a value."""
    return text if escape == "none" or isinstance(text, Escaped) else ESCAPES[escape](text)


def of_html(text: str) -> str:
    return html.escape(text, quote=True)


def of_url(text: str) -> str:
    return quote(text, safe="")


def of_json(text: str) -> str:
    """What stands between the quotes of a JSON string."""
    return orjson.dumps(text)[1:-1].decode()


def of_header(text: str) -> str:
    """One line: no value may begin another header."""
    return CONTROL.sub(" ", text)


ESCAPES: Final[Mapping[Escape, Callable[[str], str]]] = {
    "html": of_html,
    "url": of_url,
    "json": of_json,
    "header": of_header,
}
# A value that the marketer's own filter has made safe already is left as it is.
SAFE_AFTER: Final[Mapping[Escape, frozenset[str]]] = {
    "html": frozenset({"escape", "escape_once"}),
    "url": frozenset({"url_encode"}),
}
HARMLESS: Final = frozenset({"newline_to_br"})  # after an escape it adds tags of its own only


def is_safe(filters: Sequence[str], escape: Escape) -> bool:
    """Whether the names of an output's filters, in order, end in one that escapes."""
    ends = [name for name in filters if name not in HARMLESS or escape != "html"]
    return bool(ends) and ends[-1] in SAFE_AFTER.get(escape, ())
