"""Forms of people's pages: an upload, its mapping, the names in the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from people import cells, known_types, mapping, odd_values
from people.looking import Look
from people.mapping import Column
from people.models import EventName, Import, PropertyName
from people.portrait import LABELS

EVENT_TARGETS = [
    (mapping.IDENTITY, "Identity: who did it"), (mapping.ANONYMOUS, "Anonymous id"), (mapping.EVENT, "Event name"),
    (mapping.TIME, "Time of the event"), (mapping.MESSAGE, "Message id, taken once"),
    (mapping.CUSTOM, "Property of the event"),
]  # fmt: skip
PEOPLE_TARGETS = [
    (mapping.IDENTITY, "Identity: who it is"), (mapping.ANONYMOUS, "Anonymous id"),
    *[(name, label) for name, label in LABELS.items() if name != "identity"],
    ("latitude", "Latitude"), ("longitude", "Longitude"),
    ("consent:email", "May get e-mail"), ("consent:sms", "May get SMS"), ("consent:push", "May get push"),
    ("consent:whatsapp", "May get WhatsApp"), (mapping.CUSTOM, "Property of your own"),
]  # fmt: skip
LEFT_OUT = (mapping.NOTHING, "Leave out")


class CsvField(forms.FileField):
    """A CSV file that is not empty and within the limit of the setting."""

    def __init__(self, *, help_text: str) -> None:
        super().__init__(
            label="CSV file",
            help_text=f"Up to {filesizeformat(settings.UPLOAD_BYTES)}. {help_text}",
            widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
            allow_empty_file=True,
        )

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = super().clean(data, initial)
        if not file.size:
            raise forms.ValidationError("The file is empty.")
        if file.size > settings.UPLOAD_BYTES:
            most = filesizeformat(settings.UPLOAD_BYTES)
            raise forms.ValidationError(f"The file is larger than {most}. Cut it into several.")
        return file


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        choices=Import.Kind.choices, widget=forms.RadioSelect, initial=Import.Kind.PROFILES, label="What is in the file"
    )
    file = CsvField(help_text="The first line holds the names of the columns; comma, semicolon and tab all do.")


class MappingForm(forms.Form):
    """For each column a target, a name of its own and a type; for events a name for all where no column has it. The
    columns are all of the file's, or some, the `first` of which is so many from the left."""

    def __init__(
        self,
        *args: Any,
        kind: str,
        columns: Sequence[Column],
        looks: Sequence[Look],
        event_name: str = "",
        first: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.columns, self.looks, self.first = kind, columns, looks, first
        targets = EVENT_TARGETS if kind == Import.Kind.EVENTS else PEOPLE_TARGETS
        for place, column in enumerate(columns, start=first):
            self.fields[f"target-{place}"] = forms.ChoiceField(
                choices=[LEFT_OUT, *targets], required=False, initial=column.target
            )
            self.fields[f"name-{place}"] = forms.CharField(max_length=120, required=False, initial=column.name)
            self.fields[f"type-{place}"] = forms.ChoiceField(choices=list(cells.TYPES.items()), initial=column.type)
        if kind == Import.Kind.EVENTS:
            self.fields["event_name"] = forms.CharField(
                max_length=120, required=False, initial=event_name, label="Event name for all lines",
                help_text="Only needed if no column has it, for example Charged.",
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            words = mapping.problem(self.chosen(), self.kind, cleaned.get("event_name", ""))
            if words:
                raise forms.ValidationError(words)
        return cleaned

    def chosen(self) -> list[Column]:
        return [
            Column(
                column.header,
                self.cleaned_data[f"target-{place}"],
                self.cleaned_data[f"name-{place}"],
                self.cleaned_data[f"type-{place}"],
            )
            for place, column in enumerate(self.columns, start=self.first)
        ]

    def notes(self) -> list[list[str]]:
        """For each column what its choices bring with them; nothing while a choice is none."""
        if self.errors.keys() - {NON_FIELD_ERRORS}:
            return [[] for _ in self.columns]
        columns = self.chosen() if self.is_bound else self.columns
        event_name = self["event_name"].value() if "event_name" in self.fields else ""
        odd = [odd_values.words(column, look) for column, look in zip(columns, self.looks, strict=True)]
        known = known_types.warnings(columns, self.kind, event_name)
        return [[note for note in both if note] for both in zip(odd, known, strict=True)]

    def rows(self, values: Sequence[Sequence[str]]) -> list["MappingRow"]:
        """One row a column for the page, with its first values."""
        notes = self.notes()
        return [
            MappingRow(
                place,
                column,
                self[f"target-{place}"],
                self[f"name-{place}"],
                self[f"type-{place}"],
                values[place],
                notes[place],
            )
            for place, column in enumerate(self.columns)
        ]


@dataclass(frozen=True)
class MappingRow:
    place: int
    column: Column
    target: forms.BoundField
    name: forms.BoundField
    type: forms.BoundField
    values: Sequence[str]
    notes: Sequence[str]

    @property
    def says_target(self) -> str:
        return f"What the column {self.column.header} becomes"

    @property
    def says_name(self) -> str:
        return f"Name of the property for the column {self.column.header}"

    @property
    def says_type(self) -> str:
        return f"How the values of the column {self.column.header} are read"


class EventNameForm(forms.ModelForm[EventName]):
    class Meta:
        model = EventName
        fields = ["description", "revenue_property", "is_hidden", "is_discarded"]
        labels = {
            "revenue_property": "Property that is the revenue",
            "is_hidden": "Hide it in pickers",
            "is_discarded": "Refuse new events of this name",
        }
        help_texts = {"is_hidden": "", "is_discarded": "What is here already stays."}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}


class PropertyNameForm(forms.ModelForm[PropertyName]):
    class Meta:
        model = PropertyName
        fields = ["description", "is_hidden", "is_discarded"]
        labels = {"is_hidden": "Hide it in pickers", "is_discarded": "Leave it out of what arrives"}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
