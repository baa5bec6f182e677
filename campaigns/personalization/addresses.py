"""Where in an address a value stands, and what it becomes there, so that it stays the part of the link that it is in.

Addresses are known by what they stand in, as a bare one in running text has no end that could be told: a quoted
attribute such as href, angle brackets as the text part of a mail has them, a string in quotes that begins with http, or
a whole text that is one. Nothing is encoded up to the end of the host: what stands there says where the link leads.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote

from liquid.exceptions import FilterArgumentError

Place = Literal["none", "host", "beginning", "root", "path", "query"]
# How far an address has got: a slash alone is "root", "colon" follows http or a value and "other" any other scheme.
Stage = Literal["start", "value", "name", "colon", "other", "slash", "root", "host", "path", "query"]
# What an address stands in: a quoted attribute, angle brackets, a string, or nothing as it is the whole text.
Kind = Literal["", '"', "'", "<", "string", "whole"]

PLACES: Final[dict[Stage, Place]] = {
    "start": "beginning", "value": "beginning", "name": "host", "colon": "host", "other": "path", "slash": "host",
    "root": "root", "host": "host", "path": "path", "query": "query",
}  # fmt: skip
AFTER_VALUE: Final[dict[Stage, Stage]] = {
    "start": "value", "colon": "host", "other": "path", "slash": "host", "root": "path",
}  # fmt: skip
LEAST: Final[tuple[Place, ...]] = ("none", "host", "beginning", "root", "path", "query")
WITHIN: Final[frozenset[Place]] = frozenset({"root", "path", "query"})

BEGINNING: Final = re.compile(
    r"""\b(?:href|src|formaction|action|background|poster)\s{0,9}=\s{0,9}(["'])"""
    r"""|(<)(?=https?://|mailto:|tel:|\Z)|(")(?=https?://)""",
    re.IGNORECASE,
)
ENDS: Final = {"<": re.compile(r"[\s>|]"), "string": re.compile(r"""["\\\s|<>]""")}
WEB: Final = frozenset({"http", "https"})
RUNS: Final = re.compile(r"(?:javascript|vbscript|file|data(?!:image/(?!svg))):", re.IGNORECASE)
NO_LETTERS: Final = re.compile(r"[\x00-\x20]+")
IN_PATH: Final = "/:@!$&*+,;="
DOTS: Final = frozenset({".", ".."})
NAME_LETTERS: Final = 6  # more than the longest scheme of the web has
TAIL: Final = 60  # letters that the beginning of an address may have, and more


@dataclass(frozen=True, slots=True)
class Written:
    """What stands before a place of a text, as far as it decides on the place: `name` may be a scheme, `tail` are
    the last letters."""

    kind: Kind = ""
    stage: Stage = "start"
    name: str = ""
    tail: str = ""

    @property
    def place(self) -> Place:
        if not self.kind:
            return "none"
        place = PLACES[self.stage]
        return "host" if place == "beginning" and self.kind not in "\"'" else place

    def followed_by(self, text: str) -> "Written":
        """After the text's own letters, each of which is looked at once."""
        written, seen, at = self, self.tail + text, len(self.tail)
        while at < len(seen):
            if not written.kind:
                begins = next((each for each in BEGINNING.finditer(seen, max(at - TAIL, 0)) if each.end() > at), None)
                if begins is None:
                    break
                written, at = Written(kind_of(begins)), begins.end()
            else:
                ends = end_of(written.kind, seen, at)
                written = Written() if ends else written.grown(seen[at:])
                at = ends or len(seen)
        return replace(written, tail=seen[-TAIL:])

    def grown(self, text: str) -> "Written":
        stage, name = self.stage, self.name
        letters = html.unescape(text) if self.kind in "\"'" else text
        for at, letter in enumerate(letters):
            if stage == "path" or stage == "query":
                is_query = stage == "query" or "?" in letters[at:] or "#" in letters[at:]
                return replace(self, stage="query" if is_query else "path", name="")
            stage = after_letter(stage, name, letter)
            name = (name + letter)[:NAME_LETTERS] if stage == "name" else name
        return replace(self, stage=stage, name=name)

    def followed_by_value(self) -> "Written":
        stage = AFTER_VALUE.get(self.stage, self.stage) if self.kind else self.stage
        return replace(self, stage=stage, name="", tail="")


def kind_of(begins: re.Match[str]) -> Kind:
    if begins[1]:
        return '"' if begins[1] == '"' else "'"
    return "<" if begins[2] else "string"


def end_of(kind: Kind, text: str, at: int) -> int:
    """Where the address that goes on there ends, and the text after it begins; 0 where it does not end."""
    if kind == "whole":
        return 0
    if kind in "\"'":
        return text.find(kind, at) + 1
    found = ENDS[kind].search(text, at)
    return found.end() if found else 0


def after_letter(stage: Stage, name: str, letter: str) -> Stage:
    if letter in "?#":
        return "query"
    is_slash = letter in "/\\"
    match stage:
        case "start":
            return "start" if letter.isspace() else ("root" if is_slash else "name")
        case "value" | "name":
            if letter == ":":
                return "other" if name and name.lower() not in WEB else "colon"
            return "path" if is_slash else stage if stage == "value" else "name"
        case "colon":
            return "slash" if is_slash else "host"
        case "other":
            return "slash" if is_slash else "path"
        case "slash" | "root":
            return "host" if is_slash else "path"
        case _:
            return "path" if is_slash else "host"


def joined(ways: Sequence[Written]) -> Written:
    """Where several ways lead to a place: within an address what encodes the most, so that no value adds a parameter;
    the least where one of them is none or has no host yet."""
    is_within = all(each.place in WITHIN for each in ways)
    return (max if is_within else min)(ways, key=lambda each: LEAST.index(each.place))


def of_query(text: str) -> str:
    return quote(text, safe="", errors="replace")


def of_path(text: str) -> str:
    """A slash stays one, but not where it would lead up and out of the folder."""
    is_leading_up = not DOTS.isdisjoint(text.split("/"))
    return quote(text, safe=IN_PATH.replace("/", "") if is_leading_up else IN_PATH, errors="replace")


def of_root(text: str) -> str:
    """What follows a slash that is the first letter of the address: another one would begin a host."""
    rest = text.lstrip("/")
    return "%2F" * (len(text) - len(rest)) + of_path(rest)


def of_beginning(text: str) -> str:
    """The text, which is an address or its beginning. Raises FilterArgumentError for one that would run something."""
    bare = NO_LETTERS.sub("", html.unescape(text))
    if found := RUNS.match(bare):
        raise FilterArgumentError(f"no link may lead to {found[0].lower()}", token=None)
    return text
