"""The step What: the copies as tabs, the pairs of the copy that is open, what can be added."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from campaigns import catalogue, editor, wording
from campaigns.aside import aside
from campaigns.editor import Draft
from campaigns.forms.what import WhatForm
from campaigns.models import Copy
from connectors import registry

SENDER, TEXT_PART = "sender", "text part"
FOLDED = {"from_name": SENDER, "from_address": SENDER, "text": TEXT_PART}  # fields that most mails leave empty


@dataclass(frozen=True)
class Group:
    """Fields that stand together; where there is a summary they are folded away behind it."""

    lines: Sequence[wording.Line]
    summary: str

    @property
    def is_open(self) -> bool:
        return any(line.text.strip() for line in self.lines)


@dataclass(frozen=True)
class Tab:
    copy: Copy
    name: str
    is_open: bool
    has_problem: bool


def what_context(draft: Draft, opened: str) -> dict[str, object]:
    copy = open_copy(draft, opened)
    lines = wording.lines(draft.channel, copy.pairs)
    return {
        "form": WhatForm.of(draft.message),
        "open_copy": copy,
        "aside": aside(draft),
        "tabs": tabs(draft, copy),
        "lines": lines,
        "groups": groups(draft, lines),
        "is_request_written": any(is_filled(line) for line in lines),
        "takes_pairs": wording.takes_pairs(draft.channel),
        "is_mail": registry.channel(draft.channel) == "email",
        "starts": registry.starts(draft.channel),
        "blocks": registry.blocks(draft.channel),
        "values": values_to_add(draft),
        "full": len(draft.copies) >= editor.MAX_COPIES,
    }


def groups(draft: Draft, lines: Sequence[wording.Line]) -> list[Group]:
    """The fields in their order, those of a mail that most leave empty folded away."""
    summaries = {SENDER: f"Sender: {sender(draft)}", TEXT_PART: "Text part: made from the mail"}
    is_mail = registry.channel(draft.channel) == "email"
    fields = [line for line in lines if line.field]
    folds = groupby(fields, lambda line: FOLDED.get(line.field.key, "") if is_mail and line.field else "")
    return [Group(list(each), summaries.get(fold, "")) for fold, each in folds]


def sender(draft: Draft) -> str:
    """Who mails are from unless they say otherwise, as the connection is set."""
    found = (str(draft.config.get(key, "")) for key in ("from_name", "from_address"))
    return ", ".join(filter(None, found)) or "as the connection says"


def is_filled(line: wording.Line) -> bool:
    """Whether a field says something else than what it begins with."""
    if line.field is None or not line.text.strip():
        return False
    return line.field.input != "choice" or line.text != line.field.choices[0]


def open_copy(draft: Draft, opened: str) -> Copy:
    """The copy that is open in the page: the one whose id it names, else the default one."""
    by_id = {str(copy.pk): copy for copy in draft.copies}
    return by_id.get(opened, draft.default) if draft.is_by_property else draft.default


def tabs(draft: Draft, opened: Copy) -> list[Tab]:
    """The default copy first."""
    ordered = sorted(draft.copies, key=lambda copy: copy.value != "")
    return [
        Tab(
            copy,
            editor.copy_name(copy),
            copy.pk == opened.pk,
            any(True for _ in wording.troubles(draft.channel, copy.pairs, draft.config)),
        )
        for copy in ordered
    ]


def values_to_add(draft: Draft) -> list[str]:
    """Frequent values of the property that have no copy yet."""
    taken = {copy.value for copy in draft.copies}
    return [value for value in catalogue.frequent_values(draft.message.property) if value not in taken]
