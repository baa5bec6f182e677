"""A mail as its preview shows it: what the preview's box refuses, as mailboxes do, is taken out before and named.

The box itself is what keeps a mail from doing anything. This keeps the browser from complaining of each refusal.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from connectors.markup import Attribute, of_attribute
from connectors.markup import attributes as attributes_of

SCRIPTS, PARTS = "scripts", "frames, videos and other things that are loaded into a mail"
PICTURES, STYLES = "pictures that are not at an https address", "styles and fonts that are not at an https address"
TAG = re.compile(r"<!--|<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
SCRIPT = re.compile(r"</script\s*>", re.IGNORECASE)
HANDLER = re.compile(r"on[a-z]+")
SOURCES = frozenset({"src", "srcset", "background", "poster"})
RUNS = re.compile(r"javascript:", re.IGNORECASE)
IN_STYLE = re.compile(r"""url\(\s*(?!(?:["']|&quot;|&#39;)?\s*(?:https:|data:|#))[^()]*\)""", re.IGNORECASE)
ALLOWED = re.compile(r"https:|data:", re.IGNORECASE)
REFRESH = re.compile(r"refresh|content-security-policy", re.IGNORECASE)
LOADED = frozenset({"iframe", "frame", "object", "embed", "applet", "video", "audio", "base"})


@dataclass(frozen=True)
class Shown:
    html: str
    left_out: tuple[str, ...]


def shown(html: str) -> Shown:
    """In one pass, whatever the mail holds."""
    found: dict[str, None] = {}
    return Shown("".join(pieces_of(html, found)), tuple(found))


def pieces_of(html: str, found: dict[str, None]) -> Iterator[str]:
    at, is_style = 0, False
    while begins := TAG.search(html, at):
        words = html[at : begins.start()]
        yield styled(words, found) if is_style else words
        tag = tag_at(html, begins)
        if not tag.end:
            yield html[begins.start() :]
            return
        at, is_style = tag.end, tag.name == "style"
        if tag.name in ("script", "/script"):
            found[SCRIPTS] = None
            end = SCRIPT.search(html, begins.start()) if tag.name == "script" else None
            at = end.end() if end else at
        else:
            yield quiet(html, tag, found)
    yield html[at:]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag or a comment, which has no name; that of a closing tag begins with a slash. 0 is the end of one that is
    never closed: browsers show nothing of it."""

    start: int
    end: int
    name: str = ""
    attributes: Sequence[Attribute] = ()

    def value(self, html: str, name: str) -> str:
        """That of its first attribute of the name, as browsers read it."""
        found = next((each for each in self.attributes if each.name == name), None)
        return value_of(html, found) if found else ""


def tag_at(html: str, begins: re.Match[str]) -> Tag:
    if not begins[2]:
        ends = html.find("-->", begins.start() + 2)
        return Tag(begins.start(), ends + 3 if ends >= 0 else 0)
    attributes, end = attributes_of(html, begins.end())
    return Tag(begins.start(), end, begins[1] + begins[2].lower(), attributes)


def value_of(html: str, attribute: Attribute) -> str:
    return of_attribute(html[slice(*attribute.value)]).strip()


def quiet(html: str, tag: Tag, found: dict[str, None]) -> str:
    """The tag without what would be refused; none at all where it is nothing else."""
    name = tag.name.removeprefix("/")
    if name in LOADED or (name == "meta" and REFRESH.match(tag.value(html, "http-equiv"))):
        found[PARTS] = None
        return ""
    if name == "link":
        is_sheet = tag.value(html, "rel").lower().startswith("stylesheet")
        if not (is_sheet and ALLOWED.match(tag.value(html, "href"))):
            found.update({STYLES: None} if is_sheet else {})
            return ""
    pieces, at = [], tag.start
    for each in tag.attributes:
        if refusal := refused(html, each):
            found[refusal] = None
            pieces.append(html[at : each.before])
            at = each.end
        elif each.name == "style":
            pieces += [html[at : each.value[0]], styled(html[slice(*each.value)], found)]
            at = each.value[1]
    return "".join([*pieces, html[at : tag.end]])


def refused(html: str, attribute: Attribute) -> str:
    """What of the mail an attribute is that is taken out; "" for one that stays."""
    if HANDLER.fullmatch(attribute.name):
        return SCRIPTS
    value = value_of(html, attribute)
    if attribute.name == "href" and RUNS.match("".join(value.split())):
        return SCRIPTS
    return PICTURES if attribute.name in SOURCES and value and not ALLOWED.match(value) else ""


def styled(text: str, found: dict[str, None]) -> str:
    return IN_STYLE.sub(noted(found, STYLES, "none"), text)


def noted(found: dict[str, None], what: str, instead: str) -> Callable[[re.Match[str]], str]:
    def note(_: re.Match[str]) -> str:
        found[what] = None
        return instead

    return note
