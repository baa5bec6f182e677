"""The form of the step What: how the message is put together, and the wording of the copy that is open."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.requests import whole_number
from campaigns import catalogue
from campaigns.delivery.job import OUR_ID, PUSH_TOKENS
from campaigns.editor import MAX_PAIRS
from campaigns.models import Message
from campaigns.saving import Edit, Pairs
from campaigns.wording import SIGN, is_field
from connectors import registry

KEY_LENGTH = 120
TEXT_LENGTH = 65_536


class WhatForm(forms.Form):
    kind = forms.ChoiceField(choices=Message.Kind, widget=forms.RadioSelect)
    property = forms.ChoiceField(required=False)
    missing = forms.ChoiceField(
        choices=[(Message.Missing.EXCLUDE, "do not send to that person"), (Message.Missing.BLANK, "print nothing")]
    )
    event_name = forms.CharField(max_length=120, required=False)
    include = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever a form takes
        names = [(name, name) for name in catalogue.property_names()]
        extras = [(PUSH_TOKENS, "push tokens"), (OUR_ID, "Belfry's id")]
        wanted = extras + [(name, word) for name, word in names if name not in dict(extras)]
        self.offer("property", names, [self.initial.get("property")])
        self.offer("include", wanted, self.initial.get("include") or [])

    def offer(self, field: str, choices: list[tuple[str, str]], kept: list[Any]) -> None:
        """The choices, and what was chosen before and is not known any more."""
        gone = [(name, name) for name in kept if name and name not in dict(choices)]
        self.fields[field].choices = choices + gone  # type: ignore[attr-defined]  # both are choice fields

    @classmethod
    def of(cls, message: Message) -> "WhatForm":
        return cls(initial=initial(message))


@dataclass(frozen=True)
class Wording:
    """The copy that is open in the page, as typed."""

    copy: int
    pairs: Pairs


class WordingError(ValueError):
    """What was posted is no copy; the message says what to do."""


def initial(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in ("kind", "property", "missing", "event_name", "include")}


def known_fields() -> set[str]:
    return {SIGN + field.key for kind in registry.DESTINATIONS.values() for field in kind.fields}


def read_wording(posted: QueryDict) -> Wording:
    """Keys and texts in the order of the page; raises WordingError."""
    keys, texts = posted.getlist("key"), posted.getlist("template")
    copy = whole_number(str(posted.get("copy", "")))
    if len(keys) != len(texts) or copy is None:
        raise WordingError("The page is out of order. Load it again.")
    if len(keys) > MAX_PAIRS:
        raise WordingError(f"A copy has at most {MAX_PAIRS} pairs.")
    if any(is_field(key.strip()) and key not in known_fields() for key in keys):
        raise WordingError("A key cannot begin with @.")
    if any(len(key) > KEY_LENGTH for key in keys):
        raise WordingError(f"A key has at most {KEY_LENGTH} letters.")
    if any(len(text) > TEXT_LENGTH for text in texts):
        raise WordingError(f"A value has at most {TEXT_LENGTH:,} letters.")
    pairs = [[plain(key), plain(text)] for key, text in zip(keys, texts, strict=True)]
    return Wording(copy, pairs)


def plain(text: str) -> str:
    """Browsers end lines with CR LF; PostgreSQL takes no NUL."""
    return text.replace("\r\n", "\n").replace("\0", "")


def what_edit(form: WhatForm, wording: Wording) -> Edit:
    return Edit("what", message=form.cleaned_data, pairs={wording.copy: wording.pairs})
