"""Each step of the editor: what its page shows, what it reads from a request, what is wrong at which field."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

from campaigns import editor, listing, schedule_json, wording
from campaigns.aside import aside
from campaigns.editor import Draft
from campaigns.forms.start import StartForm
from campaigns.forms.what import WhatForm, WordingError, initial, read_wording, what_edit
from campaigns.forms.when import ZoneError, when_edit
from campaigns.forms.who import WhoForm
from campaigns.saving import Edit
from campaigns.views import review, when
from campaigns.views.connections import choices
from campaigns.views.what import open_copy, what_context
from connectors import registry

Context = dict[str, object]
F = TypeVar("F", bound=forms.Form)


@dataclass(frozen=True)
class FieldMark:
    """A message at one field; `row` counts fields of the same name."""

    field: str
    words: str
    row: int = 0


class Refused(ValueError):
    """What was posted cannot be kept; `marks` says at which fields."""

    def __init__(self, words: str, marks: Sequence[FieldMark] = ()) -> None:
        super().__init__(words)
        self.marks = [asdict(mark) for mark in marks]


def context(draft: Draft, step: str, opened: str) -> Context:
    """What the page of a step shows; `opened` is the id of the copy that is open, as text."""
    match step:
        case "start":
            page: Context = {
                "form": StartForm.of(draft.campaign),
                "connections": choices(draft.campaign),
                "labels_in_use": listing.labels(),
                "aside": aside(draft),
            }
        case "who":
            page = who_context(draft)
        case "what":
            page = what_context(draft, opened)
        case "when":
            page = when.when_context(draft)
        case _:
            page = review.review_context(draft)
    return page | {"marks": marks(draft, step, opened)}


def around(draft: Draft, step: str, opened: str) -> Context:
    """What an answer to autosave brings along beside the frame."""
    more: Context = {}
    match step:
        case "start":
            more = {"aside": aside(draft)}
        case "when":
            more = {"upcoming": when.next_runs(draft, now=timezone.now())}
    return {"marks": marks(draft, step, opened), **more}


def who_context(draft: Draft) -> Context:
    source = "saved" if draft.campaign.segment else "made" if draft.campaign.tree else ""
    form = WhoForm.of(draft.campaign, source=source)
    segments = form.fields["segment"].queryset.exists()  # type: ignore[attr-defined]  # a model choice field
    if not source and not segments:
        form.initial["source"] = "made"
    return {"form": form, "has_segments": segments}


def read(posted: QueryDict, draft: Draft, step: str) -> Edit:
    """The posted values of a step; raises Refused where they cannot be kept."""
    match step:
        case "start":
            return valid(StartForm(posted)).edit()
        case "who":
            return valid(WhoForm(posted)).edit()
        case "what":
            return read_what(posted, draft)
        case "when":
            return read_when(posted)
        case _:
            raise Refused("There is nothing to save on this step.")


def read_what(posted: QueryDict, draft: Draft) -> Edit:
    try:
        typed = read_wording(posted)
    except WordingError as error:
        raise Refused(str(error)) from None
    return what_edit(valid(WhatForm(posted, initial=initial(draft.message))), typed)


def read_when(posted: QueryDict) -> Edit:
    try:
        return when_edit(posted)
    except ZoneError as error:
        raise Refused("This is not saved yet: see the marked fields.", [FieldMark("zone", str(error))]) from None


def valid(form: F) -> F:
    """The form, cleaned; raises Refused with its errors at their fields."""
    if form.is_valid():
        return form
    found = [FieldMark(name, " ".join(str(error) for error in errors)) for name, errors in form.errors.items()]
    raise Refused("This is not saved yet: see the marked fields.", found)


def marks(draft: Draft, step: str, opened: str) -> list[dict[str, object]]:
    """What is wrong at which field of the page, to be shown there."""
    match step:
        case "what":
            found = what_marks(draft.channel, open_copy(draft, opened).pairs, draft.config)
        case "when":
            found = when_marks(draft)
        case _:
            found = []
    return [asdict(mark) for mark in found]


def what_marks(kind: str, pairs: wording.Pairs, config: wording.Config) -> list[FieldMark]:
    """None where nothing is written yet; a field of the kind has no key to be marked."""
    fields = len(registry.fields(kind))
    if not any(text.strip() for _, text in pairs):
        return []
    return [
        FieldMark("template", each.words, each.row)
        if each.part == "value"
        else FieldMark("key", each.words, each.row - fields)
        for each in wording.troubles(kind, pairs, config)
    ]


def when_marks(draft: Draft) -> list[FieldMark]:
    try:
        schedule_json.parse(draft.campaign.schedule)
    except schedule_json.ScheduleError as error:
        return [FieldMark(error.field, error.message)] if draft.campaign.schedule else []
    return []


def following(step: str) -> str:
    keys = list(editor.NAMES)
    return keys[min(keys.index(step) + 1, len(keys) - 1)]
