"""Finds what begins here and ends there, in one pass: a text of any author never takes longer than it is long."""

import re
from collections.abc import Callable, Iterator, Mapping

COMMENT: Mapping[str, str] = {"<!--": "-->"}


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
