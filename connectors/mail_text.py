"""The text part of a mail from its HTML: the words as a person reads them who sees no HTML, links after their words."""

import re
import secrets
from dataclasses import dataclass, field

from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from lxml.etree import LxmlError

from connectors.base import FieldError
from connectors.markup import without_comments

BLANK_LINES = re.compile(r"\n{3,}")
SPACES = re.compile(r"[ \t\u00a0]{2,}")
SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)


def text_of(written: str) -> str:
    """Links as `words <address>`, those of a picture with what it shows. Raises FieldError."""
    if not written.strip():
        return ""
    links = Links()
    try:
        found = get_text(without_comments(written), links.config())
    except (LxmlError, ValueError):
        raise FieldError("html", "This HTML cannot be read.") from None
    lines = (SPACES.sub(" ", line).strip() for line in links.shown(found).splitlines())
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


@dataclass
class Links:
    """Where links begin and end in the text is marked until all of it is there, by a word that nobody can write."""

    addresses: list[str] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    word: str = field(default_factory=lambda: f"link{secrets.token_hex(6)}n")

    def config(self) -> ParserConfig:
        handlers = CustomHtmlTagHandlerMapping({"a": self.begin, "img": self.picture}, {"a": self.end})
        return ParserConfig(custom_html_tag_handler_mapping=handlers)

    def begin(self, state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        self.open.append(len(self.addresses))
        self.addresses.append(attributes.get("href", "").strip())
        state.tags[-1].write(f"{self.word}b")

    def picture(self, state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        if self.open:
            state.tags[-1].write(attributes.get("alt", ""))

    def end(self, state: HtmlDocumentState) -> None:
        state.tags[-1].write(f"{self.word}e{self.open.pop()}e")

    def shown(self, text: str) -> str:
        """The marked text with the addresses, in one pass."""
        pieces, begins = [""], [0]
        for part in re.split(rf"({self.word}(?:b|e\d+e))", text):
            if part == f"{self.word}b":
                begins.append(len(pieces))
            elif part.startswith(self.word):
                number = int(part.removeprefix(f"{self.word}e")[:-1])
                pieces.append(after(pieces[begins.pop() :], self.addresses[number]))
            else:
                pieces.append(part)
        return "".join(pieces)


def after(words: list[str], address: str) -> str:
    """What follows the words of a link: nothing where they are the address, or where it leads within the mail."""
    said = "".join(words).strip()
    if not address or address.startswith("#") or bare(said) == bare(address):
        return ""
    return f" <{address}>" if said else f"<{address}>"


def bare(address: str) -> str:
    return SCHEME.sub("", address, count=1).rstrip("/").lower()
