"""Where in an address a value stands, and what it becomes there: a value never changes where a link leads.

An address begins with its scheme, wherever it stands, with the quote of an attribute such as href, or with a bracket
that a value follows, as in the text part of a mail. Nothing is encoded up to the end of its host, which says where the
link leads. In the path a slash stays one.
"""

import html
import re
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote

from liquid.exceptions import FilterArgumentError

Place = Literal["none", "host", "beginning", "path", "query"]
ORDER: Final[tuple[Place, ...]] = ("none", "host", "beginning", "path", "query")  # the first changes the least

BEGINNING: Final = re.compile(
    r"""<\Z|\b(?:href|src|action|background|poster)\s{0,9}=\s{0,9}(["'])"""
    r"""|(?<![\w+.-])(?:[a-z][a-z0-9+.-]{1,30}://|(?:mailto|tel|sms):)""",
    re.IGNORECASE,
)
END: Final = re.compile(r"""[\s"'<>]|\]\(""")
SCHEME_ALONE: Final = re.compile(r"\s*(?!https?:)[a-z][a-z0-9+.-]*:(?!/)", re.IGNORECASE)
HOST: Final = re.compile(r"\s*(?:(?:[^/?#]*:)?//|(?!(?:[^/?#]*:)?//))[^/?#]*/")
RUNS: Final = re.compile(r"(?:javascript|vbscript|file|data(?!:image/)):", re.IGNORECASE)
NO_LETTERS: Final = re.compile(r"[\x00-\x20]+")
IN_PATH: Final = "/:@!$&*+,;="
SHORT: Final[dict[Place, str]] = {"path": "/", "query": "?"}
VALUE: Final = "\0"  # stands for a value in what was written of an address
TAIL: Final = 60  # letters that the beginning of an address may have, and more


@dataclass(frozen=True, slots=True)
class Written:
    """What stands before a place of a text: `address` is the beginning of the address that it is in, None outside of
    one; `quote` ends it, "" where it has none; `tail` are the last letters of the text itself."""

    address: str | None = None
    quote: str = ""
    tail: str = ""

    @property
    def place(self) -> Place:
        if self.address is None:
            return "none"
        address = html.unescape(self.address) if self.quote else self.address
        if "?" in address or "#" in address:
            return "query"
        if not address.strip():
            return "beginning"
        return "path" if HOST.match(address) or SCHEME_ALONE.match(address) else "host"

    def followed_by(self, text: str) -> "Written":
        """After the text's own letters, in one pass."""
        written, seen, at = self, self.tail + text, len(self.tail)
        while at < len(seen):
            if written.address is None:
                begins = next((each for each in BEGINNING.finditer(seen, max(at - TAIL, 0)) if each.end() > at), None)
                if begins is None:
                    break
                written = Written("" if begins[1] else begins[0], begins[1] or "")
                at = begins.end()
            else:
                ends = end_of(written.quote, seen, at)
                written = replace(written, address=None) if ends else written.grown(seen[at:])
                at = ends or len(seen)
        return replace(written, tail=seen[-TAIL:])

    def grown(self, text: str) -> "Written":
        """With more of the address, of which no more is kept than says where it has got to."""
        longer = replace(self, address=(self.address or "") + text)
        return replace(longer, address=SHORT.get(longer.place, longer.address))

    def followed_by_value(self) -> "Written":
        after = replace(self, tail=(self.tail + VALUE)[-TAIL:])
        return after if self.address is None else after.grown(VALUE)


def end_of(quote: str, text: str, at: int) -> int:
    """Where the address that goes on there ends, and the text after it begins; 0 where it does not end."""
    if quote:
        return text.find(quote, at) + 1
    found = END.search(text, at)
    return found.end() if found else 0


def least(places: list[Written]) -> Written:
    """Where several ways lead to a place, the one in which a value is changed the least."""
    return min(places, key=lambda each: ORDER.index(each.place))


def of_query(text: str) -> str:
    return quote(text, safe="", errors="replace")


def of_path(text: str) -> str:
    return quote(text, safe=IN_PATH, errors="replace")


def of_beginning(text: str) -> str:
    """The text, which is an address or its beginning. Raises FilterArgumentError for one that would run something."""
    bare = NO_LETTERS.sub("", html.unescape(text))
    if found := RUNS.match(bare):
        raise FilterArgumentError(f"no link may lead to {found[0].lower()}", token=None)
    return text
