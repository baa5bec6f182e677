"""Finds what begins here and ends there, in one pass: a text of any author never takes longer than it is long."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.entities import html5

COMMENT: Mapping[str, str] = {"<!--": "-->"}
NAME = re.compile(r"[ \t\n\f\r/]*([^ \t\n\f\r/>][^ \t\n\f\r/>=]*)")
EQUALS = re.compile(r"[ \t\n\f\r]*=[ \t\n\f\r]*")
BARE = re.compile(r"[^ \t\n\f\r>]*")
CLOSE = re.compile(r"[ \t\n\f\r/]*>")
REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|([a-zA-Z][a-zA-Z0-9]*;?)(=?))")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One of a tag: it stands from `start` to `end`, `before` it the space or slash that parts it from what precedes;
    `value` is where its value stands."""

    name: str
    before: int
    start: int
    end: int
    value: tuple[int, int]


def enclosed(text: str, ends: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Where that stands which begins with a key of `ends` and ends with its value, from left to right."""
    beginning = re.compile("|".join(map(re.escape, ends)))
    absent: set[str] = set()  # ends that do not come any more
    at = 0
    while found := beginning.search(text, at):
        end = ends[found[0]]
        place = -1 if end in absent else text.find(end, found.end())
        if place < 0:
            absent.add(end)
            at = found.start() + 1
        else:
            at = place + len(end)
            yield found.start(), at


def replaced(text: str, ends: Mapping[str, str], by: Callable[[str], str]) -> str:
    """The text with `by(it)` in the place of each that is enclosed."""
    pieces, at = [], 0
    for start, end in enclosed(text, ends):
        pieces += [text[at:start], by(text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


def without_comments(text: str) -> str:
    return replaced(text, COMMENT, lambda comment: "")


def opening_tag(text: str, name: str) -> int | None:
    """Where the first opening tag of that name ends; None if there is none."""
    found = re.search(rf"<{name}(?=[\s>/])", text, re.IGNORECASE)
    end = text.find(">", found.end()) if found else -1
    return None if end < 0 else end + 1


def attributes(text: str, at: int) -> tuple[list[Attribute], int]:
    """Those of a tag whose name ends there, as browsers read them, and where the tag ends; 0 if it does not."""
    found: list[Attribute] = []
    while name := NAME.match(text, at):
        value = value_after(text, name.end())
        if value is None:
            return found, 0
        begins, ends, at = value
        found.append(Attribute(name[1].lower(), name.start(), name.start(1), at, (begins, ends)))
    closed = CLOSE.match(text, at)
    return found, closed.end() if closed else 0


def value_after(text: str, at: int) -> tuple[int, int, int] | None:
    """Where the value of an attribute begins and ends whose name ends there, and where it goes on; None where its
    quotes are never closed."""
    equals = EQUALS.match(text, at)
    if equals is None:
        return at, at, at
    begins = equals.end()
    if (quote := text[begins : begins + 1]) and quote in "\"'":
        ends = text.find(quote, begins + 1)
        return None if ends < 0 else (begins + 1, ends, ends + 1)
    ends = BARE.match(text, begins).end()  # type: ignore[union-attr]  # it matches nothing, too
    return begins, ends, ends


def of_attribute(value: str) -> str:
    """What browsers read in a value: in `?a=1&copy=2` there is no copyright sign."""
    return REFERENCE.sub(read_reference, value)


def read_reference(found: re.Match[str]) -> str:
    name, equals = found[1], found[2]
    if name and (name not in html5 or (equals and not name.endswith(";"))):
        return found[0]
    return html.unescape(found[0])
