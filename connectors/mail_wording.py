"""What a mail's fields become before anybody's values are filled in: MJML to HTML, a preheader, a text part.

Liquid is taken out meanwhile and put back afterwards, so that nothing in a tag is read as HTML.
"""

import html
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice

import msgspec
from mjml import mjml2html

from connectors import mjml_faults
from connectors.base import FieldError, Outgoing
from connectors.mail_text import text_of
from connectors.markup import opening_tag, replaced, without_comments

LIQUID = {"{{": "}}", "{%": "%}"}
MJML = re.compile(r"<mjml[\s>]")
PLACE = re.compile(r" at position (\d+):(\d+)$")
IS_HTML = re.compile(r"<[a-zA-Z!/]")
HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"
TELLS = "Begin the subject with [Test]"
MJML_CHARACTERS = 100_000
TAG_NAME = re.compile(r"^<?([A-Za-z][\w-]*)$")
MOST_MISSPELT = 3
DEEP_STACK = 512 * 1024 * 1024  # bytes of addresses; memory is taken only as deep as elements are nested
PADDING = "&#8199;&#65279;" * 40  # keeps the mail's first words from following the preheader in a list of mails

only_here = threading.Lock()  # the size of the next thread's stack is one for the process


@dataclass
class Liquid:
    """The tags of a text, kept while it is changed. What stands for them nobody can write who does not know `word`."""

    tags: list[str] = field(default_factory=list)
    word: str = field(default_factory=lambda: f"liquid{secrets.token_hex(6)}n")

    def hidden(self, text: str) -> str:
        return replaced(text, LIQUID, self.mark)

    def mark(self, tag: str) -> str:
        self.tags.append(tag)
        return f"{self.word}{len(self.tags) - 1}e"

    def shown(self, text: str) -> str:
        return re.sub(rf"{self.word}(\d+)e", lambda mark: self.tags[int(mark[1])], text)

    def as_lines(self, text: str) -> str:
        """A letter for each tag and the ends of its lines: every other letter stays in the line that it is in."""
        return re.sub(rf"{self.word}(\d+)e", lambda mark: "x" + "\n" * self.tags[int(mark[1])].count("\n"), text)

    def places(self, text: str) -> set[int]:
        """The numbers of the tags that stand in the text."""
        return {int(number) for number in re.findall(rf"{self.word}(\d+)e", text)}


def prepared(texts: Mapping[str, str]) -> dict[str, str]:
    """The fields as templates that can be sent. Raises FieldError."""
    liquid = Liquid()
    written = html_of(liquid.hidden(texts.get("html", "")), liquid)
    text = texts.get("text", "")
    if not text.strip():
        text = liquid.shown(text_of(written))
    if preheader := texts.get("preheader", "").strip():
        written = with_preheader(written, html.escape(liquid.hidden(preheader)))
    return {**texts, "html": liquid.shown(written), "text": text}


def told(message: Outgoing) -> Outgoing:
    """With a subject that says it is a test."""
    subject = f"[Test] {message.fields.get('subject', '')}"
    return msgspec.structs.replace(message, fields={**message.fields, "subject": subject})


def html_of(written: str, liquid: Liquid) -> str:
    """Of MJML the HTML that it stands for; of a text without any tags, its paragraphs; else what was written."""
    if is_mjml(written):
        return compiled(written, liquid)
    if IS_HTML.search(written) or not written.strip():
        return written
    paragraphs = html.escape(written.strip(), quote=False).replace("\n\n", "</p><p>").replace("\n", "<br>")
    return f"<p>{paragraphs}</p>"


def is_mjml(written: str) -> bool:
    return MJML.match(without_comments(written).lstrip()) is not None


def compiled(source: str, liquid: Liquid) -> str:
    if len(source) > MJML_CHARACTERS:
        raise FieldError("html", f"MJML has up to {MJML_CHARACTERS:,} characters.")
    try:
        made = deeply_compiled(source)
    except ValueError as error:
        raise FieldError("html", trouble(source, liquid, str(error))) from None
    if lost := liquid.places(without_comments(source)) - liquid.places(made):
        tag = liquid.tags[min(lost)]
        words = f"MJML leaves out {tag[:60]} where it stands. Put it into a text, or between <mj-raw> and </mj-raw>."
        raise FieldError("html", words)
    return made


def trouble(source: str, liquid: Liquid, error: str) -> str:
    """Why the library cannot read it, with the line; `error` is what it says, at times with a place in the text."""
    lined = liquid.as_lines(source)
    if words := mjml_faults.broken(lined) or next(mjml_faults.unknown(lined), ""):
        return words
    if place := PLACE.search(error):
        begins, ends = (len(source.encode()[: int(each)].decode(errors="ignore")) for each in place.groups())
        line = liquid.as_lines(source[:begins]).count("\n") + 1
        what = TAG_NAME.sub(r"<\1>", liquid.shown(source[begins:ends])[:40])
        return f"Line {line}: {what} cannot stand there."
    return f"This MJML cannot be read: {error}."


def misspelt(texts: Mapping[str, str]) -> Iterator[FieldError]:
    """Elements that are none of MJML: what they hold goes out, and looks like nothing that was meant."""
    liquid = Liquid()
    source = liquid.hidden(texts.get("html", ""))
    if is_mjml(source):
        found = islice(mjml_faults.unknown(liquid.as_lines(source)), MOST_MISSPELT)
        yield from (FieldError("html", words) for words in found)


def deeply_compiled(source: str) -> str:
    """The library goes down one call for each nested element, and where a thread's stack ends the whole process would.
    Raises ValueError."""
    made = Future[str]()

    def make() -> None:
        try:
            made.set_result(mjml2html(source))
        except BaseException as error:  # a panic of the library too: it belongs to who waits
            made.set_exception(error)

    with only_here:
        usual = threading.stack_size(DEEP_STACK)
        try:
            threading.Thread(target=make, name="mjml", daemon=True).start()
        finally:
            threading.stack_size(usual)
    return made.result()


def with_preheader(written: str, words: str) -> str:
    """The words that a list of mails shows after the subject, first in the body and never seen in it."""
    line = f'<div style="{HIDDEN}">{words}{PADDING}</div>'
    begins = opening_tag(written, "body") or 0
    return f"{written[:begins]}{line}{written[begins:]}"
