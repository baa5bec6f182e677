"""What a printed value becomes where a text is more than text: HTML, part of an address, JSON, a header of a mail."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, assert_never

import orjson

from .addresses import Place, of_beginning, of_path, of_query, of_root

Escape = Literal["none", "html", "url", "json", "header"]
Treatment = Callable[[str], str]
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Escaped(str):
    """A text whose values are escaped already; whatever a filter makes of it is a plain text again."""

    __slots__ = ()


def treatments(filters: Sequence[str], place: Place, escape: Escape) -> tuple[Treatment, ...]:
    """What a printed text goes through, by the names of its output's filters, where in an address it stands, and what
    the whole text is. Within an address it is encoded as it was before any filter escaped it for HTML."""
    own = () if escape == "none" else (ESCAPES[escape],)
    unless_done = () if is_safe(filters, escape) else own
    if escape == "url":
        return unless_done
    match place:
        case "root" | "path" | "query":
            undone = (html.unescape,) if is_safe(filters, "html") else ()
            return (*undone, ENCODINGS[place], *own)
        case "beginning":
            return (of_beginning, *unless_done)
        case "none" | "host":
            return unless_done
        case _:
            assert_never(place)


def escaped(text: str, treatments: Sequence[Treatment]) -> str:
    """What is printed of a value."""
    if isinstance(text, Escaped):
        return text
    for treat in treatments:
        text = treat(text)
    return text


def of_html(text: str) -> str:
    return html.escape(text, quote=True)


def of_json(text: str) -> str:
    """What stands between the quotes of a JSON string."""
    return orjson.dumps(text)[1:-1].decode()


def of_header(text: str) -> str:
    """One line: no value may begin another header."""
    return CONTROL.sub(" ", text)


ESCAPES: Final[Mapping[Escape, Treatment]] = {
    "html": of_html,
    "url": of_query,
    "json": of_json,
    "header": of_header,
}
ENCODINGS: Final[Mapping[Place, Treatment]] = {"root": of_root, "path": of_path, "query": of_query}
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
