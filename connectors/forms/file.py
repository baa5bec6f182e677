"""The form of a file connection."""

from typing import Any

from django import forms
from django.conf import settings

from connectors import file
from connectors.forms.base import ConnectionForm

FORMATS = {file.NDJSON: "A line of JSON per message (NDJSON)", file.CSV: "A table with a row per message (CSV)"}


class FileForm(ConnectionForm):
    """The folder is the operator's choice."""

    field_order = ("name", "format", "rate_per_second")
    note = (
        f"Each run becomes one file below {settings.EXPORTS}, named after the campaign and the run. The report of a run"
        " has a link to it."
    )

    format = forms.ChoiceField(
        choices=list(FORMATS.items()),
        widget=forms.RadioSelect,
        initial=file.NDJSON,
        label="Written as",
        help_text="A table has the same columns in all rows of a run, and opens in a spreadsheet.",
    )

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {"format": config.get("format") or file.NDJSON}

    def config(self) -> dict[str, object]:
        return {"format": self.cleaned_data["format"]}
