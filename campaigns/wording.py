"""A copy's texts: the fields that messages over its kind of connection have, such as a subject, and free pairs.

Both are kept as [key, text]; a field's key begins with @, which no free key does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from campaigns import personalization
from campaigns.personalization import Escape, Rendered
from connectors import registry
from connectors.base import Field, FieldError

SIGN = "@"
UNDECIDED = "file"  # the kind a copy is written for as long as no connection is chosen
Pairs = Sequence[Sequence[str]]
Config = Mapping[str, object]  # a connection's
NOT_SET: Final[Config] = {}
OUTPUT: Final = re.compile(r"\{\{(-?)(?:(?!\{\{).)*?(-?)\}\}", re.DOTALL)
STAND_IN: Final = "1"  # a value that is harmless between quotes and without them


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


def begun(pairs: Pairs, texts: Mapping[str, str]) -> list[list[str]]:
    """The pairs with these texts in those fields that are blank; what is written stays."""
    written = {key: text for key, text in pairs if is_field(key) and text.strip()}
    fields = {**{SIGN + key: text for key, text in texts.items()}, **written}
    return [*([key, text] for key, text in fields.items()), *([key, text] for key, text in pairs if not is_field(key))]


def escapes(kind: str) -> dict[str, Escape]:
    return {SIGN + field.key: field.escape for field in registry.fields(kind)}


def name_of(kind: str, key: str) -> str:
    """What a page calls a text."""
    return next((field.label for field in registry.fields(kind) if SIGN + field.key == key), key)


def takes_pairs(kind: str) -> bool:
    return registry.pairs(kind) != "none"


def is_field(key: str) -> bool:
    return key.startswith(SIGN)


def troubles(kind: str, pairs: Pairs, config: Config = NOT_SET) -> Iterator[Trouble]:
    """Everything that keeps a copy from being sent, by its line: none may be blank, no key twice, no text broken, none
    that the connection, which is set so, may not send."""
    shown = [line for line in lines(kind, pairs) if line.sent]
    free = [line.key.strip() for line in shown if line.field is None]
    unused = any(line.field and line.field.replaces_pairs and line.text.strip() for line in shown)
    may_be_left = registry.pairs(kind) == "optional" and len(free) == 1
    for row, line in enumerate(shown):
        if line.field:
            yield from field_troubles(row, line.field, line.text)
        elif line.text.strip() or not (unused or (may_be_left and not line.key.strip())):
            name = line.key.strip()
            yield from pair_troubles(row, name, line.text, twice=free.count(name) > 1)
    yield from made_troubles(kind, shown, config)


def made_troubles(kind: str, shown: Sequence[Line], config: Config) -> Iterator[Trouble]:
    """What the kind itself cannot make a message of."""
    texts = {line.field.key: line.text for line in shown if line.field}
    rows = {line.field.key: (row, line.field.label) for row, line in enumerate(shown) if line.field}
    for error in list(field_errors(kind, texts, config)) or registry.proofread(kind, texts):
        row, label = rows[error.key]
        yield Trouble(row, "value", label, str(error))


def field_errors(kind: str, texts: Mapping[str, str], config: Config = NOT_SET) -> Iterator[FieldError]:
    """The fields' texts that make no message, whoever it is for; a broken template is told elsewhere."""
    try:
        yield from grown(texts, registry.prepared(kind, texts))
    except FieldError as error:
        yield error
    if not any(map(template_trouble, texts.values())):
        yield from registry.check(kind, {key: example(text) for key, text in texts.items()}, config)


def grown(texts: Mapping[str, str], made: Mapping[str, str]) -> Iterator[FieldError]:
    """The texts that are right as they are written, but not as what the kind makes of them, such as too long."""
    for key, text in texts.items():
        if made[key] != text and not template_trouble(text) and (words := template_trouble(made[key])):
            yield FieldError(key, f"As it is sent: {words[:1].lower()}{words[1:]}")
            return


class Anybody(dict[str, object]):
    """Somebody who has a value of every name."""

    def __missing__(self, key: str) -> object:
        return STAND_IN

    def get(self, key: str, default: object = None) -> object:
        return STAND_IN


def example(text: str) -> str:
    """The text with a harmless value for every token; "" where it sends nothing to such a person."""
    filled = OUTPUT.sub(rf"{{{{\1 {STAND_IN} \2}}}}", text)
    try:
        compiled = personalization.compile_copy([("", filled)], missing="blank")
    except personalization.TemplateError:  # the text grew over the longest that there may be
        return ""
    found = compiled.render({source: Anybody() for source in personalization.SOURCES})
    return found.values[0] if isinstance(found, Rendered) else ""


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


def words_of(copy: str, kind: str, pairs: Pairs, config: Config = NOT_SET) -> Iterator[str]:
    """The troubles of a copy as sentences that name it, each once."""
    if not any(line.text.strip() or (not line.field and line.key.strip()) for line in lines(kind, pairs) if line.sent):
        yield f"Copy “{copy}” is blank: {'write it' if registry.fields(kind) else 'add at least one key and value'}."
        return
    yield from dict.fromkeys(
        f"Copy “{copy}”, “{each.name}”: {each.words}" if each.name else f"Copy “{copy}”: {each.words}"
        for each in troubles(kind, pairs, config)
    )
