"""A mail as its preview shows it: what the preview's box refuses, as mailboxes do, is taken out before and named.

The box itself is what keeps a mail from doing anything. This keeps the browser from complaining of each refusal.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SCRIPTS, PARTS = "scripts", "frames, videos and other things that are loaded into a mail"
PICTURES, STYLES = "pictures that are not at an https address", "styles and fonts that are not at an https address"
VALUE = r"""\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+)"""
TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b([^<>]*)>", re.IGNORECASE)
SCRIPT = re.compile(r"</script\s*>", re.IGNORECASE)
HANDLER = re.compile(rf"\son[a-z]+{VALUE}", re.IGNORECASE)
RUNS = re.compile(r"""\shref\s*=\s*["']?\s*javascript:[^"'<>]*["']?""", re.IGNORECASE)
SOURCE = re.compile(rf"\s(?:src|srcset|background|poster){VALUE}", re.IGNORECASE)
IN_STYLE = re.compile(r"""url\(\s*(?!["']?\s*(?:https:|data:|#))[^()]*\)""", re.IGNORECASE)
ALLOWED = re.compile(r"""[^=]*=\s*["']?\s*(?:https:|data:)""", re.IGNORECASE)
SHEET = re.compile(r"""\srel\s*=\s*["']?\s*stylesheet""", re.IGNORECASE)
HREF = re.compile(rf"\shref{VALUE}", re.IGNORECASE)
REFRESH = re.compile(r"""\shttp-equiv\s*=\s*["']?\s*(?:refresh|content-security-policy)""", re.IGNORECASE)
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
    while tag := TAG.search(html, at):
        words = html[at : tag.start()]
        yield styled(words, found) if is_style else words
        at, is_style = tag.end(), tag[2].lower() == "style" and not tag[1]
        if tag[2].lower() == "script":
            found[SCRIPTS] = None
            end = None if tag[1] else SCRIPT.search(html, at)
            at = end.end() if end else at
        else:
            yield quiet(tag, found)
    yield html[at:]


def quiet(tag: re.Match[str], found: dict[str, None]) -> str:
    """The tag without what would be refused; none at all where it is nothing else."""
    name, attributes = tag[2].lower(), tag[3]
    if name in LOADED or (name == "meta" and REFRESH.search(attributes)):
        found[PARTS] = None
        return ""
    if name == "link" and not (SHEET.search(attributes) and allowed(HREF, attributes)):
        if SHEET.search(attributes):
            found[STYLES] = None
        return ""
    for pattern in (HANDLER, RUNS):
        attributes = pattern.sub(noted(found, SCRIPTS, ""), attributes)
    attributes = styled(attributes, found)
    attributes = SOURCE.sub(lambda each: each[0] if ALLOWED.match(each[0]) else refused(found), attributes)
    return f"<{tag[1]}{tag[2]}{attributes}>"


def styled(text: str, found: dict[str, None]) -> str:
    return IN_STYLE.sub(noted(found, STYLES, "none"), text)


def allowed(attribute: re.Pattern[str], attributes: str) -> bool:
    found = attribute.search(attributes)
    return found is not None and ALLOWED.match(found[0]) is not None


def refused(found: dict[str, None]) -> str:
    found[PICTURES] = None
    return ""


def noted(found: dict[str, None], what: str, instead: str) -> Callable[[re.Match[str]], str]:
    def note(_: re.Match[str]) -> str:
        found[what] = None
        return instead

    return note
