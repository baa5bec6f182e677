"""A copy's texts: the fields that messages over its kind of connection have, such as a subject, and free pairs.

Both are kept as [key, text]; a field's key begins with @, which no free key does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from campaigns import personalization
from campaigns.personalization import Escape
from connectors import registry
from connectors.base import Field, FieldError

SIGN = "@"
UNDECIDED = "file"  # the kind a copy is written for as long as no connection is chosen
Pairs = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Line:
    """One text as the editor shows it; `field` is None for a free pair. What is not `sent` is kept all the same."""

    key: str
    text: str
    field: Field | None = None
    sent: bool = True


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one text: `part` is "key" or "value" of the line in `row`."""

    row: int
    part: Literal["key", "value"]
    name: str
    words: str


def lines(kind: str, pairs: Pairs) -> list[Line]:
    """What the page shows of a copy: every field of the kind, then the free pairs, then what another kind had."""
    texts, fields = {each[0]: each[1] for each in pairs}, registry.fields(kind)
    shown = [Line(SIGN + field.key, texts.get(SIGN + field.key, ""), field) for field in fields]
    free = [Line(key, text, sent=takes_pairs(kind)) for key, text in pairs if not is_field(key)]
    if takes_pairs(kind) and not free:
        free.append(Line("", ""))
    known = {line.key for line in shown}
    others = [Line(key, text, sent=False) for key, text in pairs if is_field(key) and key not in known]
    return [*shown, *free, *others]


def sent(kind: str, pairs: Pairs) -> list[tuple[str, str]]:
    """What is rendered: the fields, blank ones too, in their order, then the free pairs; as `lines` numbers them."""
    return [(line.key, line.text) for line in lines(kind, pairs) if line.sent and (line.key or line.text)]


def prepared(kind: str, pairs: Pairs) -> list[tuple[str, str]]:
    """The texts as templates that are compiled: what the kind makes of its fields. Raises FieldError."""
    texts = registry.prepared(kind, {key.removeprefix(SIGN): text for key, text in pairs if is_field(key)})
    return [(key, texts[key.removeprefix(SIGN)] if is_field(key) else text) for key, text in pairs]


def escapes(kind: str) -> dict[str, Escape]:
    return {SIGN + field.key: field.escape for field in registry.fields(kind)}


def name_of(kind: str, key: str) -> str:
    """What a page calls a text."""
    return next((field.label for field in registry.fields(kind) if SIGN + field.key == key), key)


def takes_pairs(kind: str) -> bool:
    return registry.pairs(kind) != "none"


def is_field(key: str) -> bool:
    return key.startswith(SIGN)


def troubles(kind: str, pairs: Pairs) -> Iterator[Trouble]:
    """Everything that keeps a copy from being sent, by its line: none may be blank, no key twice, no text broken."""
    shown = [line for line in lines(kind, pairs) if line.sent]
    free = [line.key.strip() for line in shown if line.field is None]
    may_be_left = registry.pairs(kind) == "optional" and len(free) == 1
    for row, line in enumerate(shown):
        if line.field:
            yield from field_troubles(row, line.field, line.text)
        elif line.key.strip() or line.text.strip() or not may_be_left:
            name = line.key.strip()
            yield from pair_troubles(row, name, line.text, twice=free.count(name) > 1)
    yield from made_troubles(kind, shown)


def made_troubles(kind: str, shown: Sequence[Line]) -> Iterator[Trouble]:
    """What the kind itself cannot make a message of."""
    try:
        prepared(kind, [(line.key, line.text) for line in shown if line.field])
    except FieldError as error:
        row = next(row for row, line in enumerate(shown) if line.field and line.field.key == error.key)
        yield Trouble(row, "value", shown[row].field.label, str(error))  # type: ignore[union-attr]  # it has one


def field_troubles(row: int, field: Field, text: str) -> Iterator[Trouble]:
    if not text.strip():
        if field.required:
            yield Trouble(row, "value", field.label, "This is blank. Write something.")
    elif words := template_trouble(text):
        yield Trouble(row, "value", field.label, words)


def pair_troubles(row: int, name: str, text: str, *, twice: bool) -> Iterator[Trouble]:
    if not name:
        yield Trouble(row, "key", name, "Give the key a name.")
    elif twice:
        yield Trouble(row, "key", name, f"“{name}” is there twice.")
    if not text.strip():
        yield Trouble(row, "value", name, "This is blank. Write something, or take the pair away.")
    elif words := template_trouble(text):
        yield Trouble(row, "value", name, words)


def template_trouble(text: str) -> str:
    try:
        personalization.check(text)
    except personalization.TemplateError as error:
        return str(error)
    return ""


def words_of(copy: str, kind: str, pairs: Pairs) -> Iterator[str]:
    """The troubles of a copy as sentences that name it, each once."""
    if not any(line.text.strip() or (not line.field and line.key.strip()) for line in lines(kind, pairs) if line.sent):
        yield f"Copy “{copy}” is blank: {'write it' if registry.fields(kind) else 'add at least one key and value'}."
        return
    yield from dict.fromkeys(
        f"Copy “{copy}”, “{each.name}”: {each.words}" if each.name else f"Copy “{copy}”: {each.words}"
        for each in troubles(kind, pairs)
    )
