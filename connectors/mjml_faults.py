"""What is wrong with the MJML of a mail, and in which line: the library that makes HTML of it says neither."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NoReturn

from connectors.markup import COMMENT, replaced

HEAD: Final = ("mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-font", "mj-preview", "mj-style", "mj-title")
BODY: Final = (
    "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-button", "mj-carousel",
    "mj-carousel-image", "mj-column", "mj-divider", "mj-group", "mj-hero", "mj-image", "mj-navbar", "mj-navbar-link",
    "mj-raw", "mj-section", "mj-social", "mj-social-element", "mj-spacer", "mj-table", "mj-text", "mj-wrapper",
)  # fmt: skip
ELEMENTS: Final = frozenset({"mjml", "mj-head", "mj-body", "mj-include", *HEAD, *BODY})
EMPTY: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
PART: Final = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9_.:-]*)|<")
NAME: Final = re.compile(r"\s*([^\s\"'<>/=]+)")
VALUE: Final = re.compile(r"\s*=\s*(\"[^\"]*\"|'[^']*'|[\"']?[^\s<>\"']*)")
CLOSE: Final = re.compile(r"\s*(/?>)")
AFTER: Final = re.compile(r"\S")
INCLUDE: Final = "mj-include"
ALONE: Final = frozenset({"mj-image", "mj-divider", "mj-spacer", "mj-carousel-image", "mj-font", "mj-all", "mj-class"})


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that stands from `at` to `end`."""

    name: str
    at: int
    end: int
    opens: bool
    closes: bool


def broken(text: str) -> str:
    """The first thing that keeps the text from being read, with its line; "" where nothing is found."""
    try:
        left = unclosed(text)
    except Broken as found:
        return said(text, found.at, str(found))
    if not left:
        return ""
    return said(text, left[-1].at, f"<{left[-1].name}> is never closed. {ending(left[-1].name)}")


def unknown(text: str) -> Iterator[str]:
    """The elements that are none of MJML, each with its line: nobody's mailbox shows what they were meant to be."""
    blank = replaced(text, COMMENT, blanked)
    line, seen = 1, 0
    for found in PART.finditer(blank):
        name = found[2] or ""
        if not found[1] and name.lower().startswith("mj") and name not in ELEMENTS:
            line, seen = line + blank.count("\n", seen, found.start()), found.start()
            yield f"Line {line}: {name} is no MJML element{meant(name)}"


def said(text: str, at: int, words: str) -> str:
    return f"Line {line_of(text, at)}: {words}"


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


class Broken(Exception):
    """The text cannot be read from `at` on; the message says why."""

    def __init__(self, at: int, words: str) -> None:
        super().__init__(words)
        self.at = at


def unclosed(text: str) -> list[Tag]:
    """What is still open at the end. Raises Broken."""
    opened: list[Tag] = []
    for tag in tags(text):
        if tag.name == INCLUDE:
            raise Broken(tag.at, "mj-include reads a file, and there is none here. Put the text of it there instead.")
        if tag.opens and not tag.closes:
            opened.append(tag)
        elif not tag.opens:
            close(tag, opened, text)
            refuse_more(text, tag.end, opened)
    return opened


def close(tag: Tag, opened: list[Tag], text: str) -> None:
    """Takes the element away that the tag closes."""
    if tag.name not in {each.name for each in opened[-1:]}:
        refuse(tag, opened, text)
    opened.pop()


def refuse(tag: Tag, opened: list[Tag], text: str) -> NoReturn:
    if tag.name not in {each.name for each in opened}:
        raise Broken(tag.at, f"</{tag.name}> closes nothing. Take it away, or write <{tag.name}> where it begins.")
    last = opened[-1]
    since = f"<{last.name}> of line {line_of(text, last.at)} is still open"
    raise Broken(tag.at, f"</{tag.name}> comes too early: {since}. {ending(last.name)}")


def ending(name: str) -> str:
    return f"Write <{name} … />." if name in ALONE else f"Write </{name}> where it ends."


def refuse_more(text: str, end: int, opened: list[Tag]) -> None:
    """The mail ends with its outermost element."""
    if not opened and (more := AFTER.search(text, end)):
        raise Broken(more.start(), "nothing can stand after </mjml>. Take it away, or put it into the mail.")


def tags(text: str) -> Iterator[Tag]:
    """All of them, in their order, those of comments left out. Raises Broken at what is no tag."""
    at = 0
    while found := PART.search(text, at):
        if found[0] == "<!--":
            at = after_comment(text, found.start())
        elif found[2] is None:
            raise Broken(found.start(), "a < stands alone. Write &lt; for the sign.")
        else:
            tag = read(text, found)
            yield tag
            at = tag.end


def after_comment(text: str, at: int) -> int:
    end = text.find("-->", at)
    if end < 0:
        raise Broken(at, "a comment begins with <!-- and does not end. Write --> where it ends.")
    return end + 3


def read(text: str, found: re.Match[str]) -> Tag:
    """The tag that begins there, with its attributes. Raises Broken."""
    name, at = found[2], found.end()
    while not (closed := CLOSE.match(text, at)):
        at = after_attribute(text, at, name)
    is_empty = closed[1] == "/>" or name.lower() in EMPTY
    return Tag(name, found.start(), closed.end(), opens=not found[1], closes=is_empty)


def after_attribute(text: str, at: int, tag: str) -> int:
    attribute = NAME.match(text, at)
    if not attribute:
        raise Broken(at, f"<{tag} … does not end. Write > where it ends.")
    value = VALUE.match(text, attribute.end())
    if not value:
        return attribute.end()
    written, name = value[1], attribute[1]
    if not name[0].isalpha():
        raise Broken(attribute.start(1), f"{name[:40]} is no name of an attribute. It begins with a letter.")
    if written[:1] not in ('"', "'"):
        raise Broken(attribute.start(1), f'the value of {name} has no quotes. Write {name}="{written[:40]}".')
    if len(written) < 2 or written[-1] != written[0] or "<" in written:
        raise Broken(attribute.start(1), f"the quotes of {name} are not closed.")
    return value.end()


def meant(name: str) -> str:
    close = get_close_matches(name.lower(), ELEMENTS, 1)
    return f"; did you mean {close[0]}?" if close else ". Take it away, or write it as HTML between <mj-raw> tags."


def blanked(text: str) -> str:
    return "\n" * text.count("\n")
