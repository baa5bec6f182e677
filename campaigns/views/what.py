"""The step What: the copies as tabs, the pairs of the copy that is open, what can be added."""

from dataclasses import dataclass

from campaigns import catalogue, editor, wording
from campaigns.editor import Draft
from campaigns.forms.what import WhatForm
from campaigns.models import Copy
from connectors import registry


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
        "tabs": tabs(draft, copy),
        "lines": lines,
        "is_request_written": any(is_filled(line) for line in lines),
        "takes_pairs": wording.takes_pairs(draft.channel),
        "is_mail": registry.channel(draft.channel) == "email",
        "starts": registry.starts(draft.channel),
        "blocks": registry.blocks(draft.channel),
        "values": values_to_add(draft),
        "full": len(draft.copies) >= editor.MAX_COPIES,
    }


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
