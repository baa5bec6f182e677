"""The form of a Segment connection."""

from typing import Any

from django import forms

from connectors import segment
from connectors.forms.base import RegionForm, secret


class SegmentForm(RegionForm):
    secret_fields = ("write_key",)
    field_order = ("name", "write_key", "region", "url", "rate_per_second", "compress")
    note = "In Segment: Sources → your source → Settings → API keys. The write key of an HTTP source is what you need."
    regions = {segment.US: "United States", segment.EU: "Europe"}
    address_help = "up to /v1, such as https://collector.example.com/v1."

    write_key = secret("Write key")
    compress = forms.BooleanField(required=False, initial=True, label="Compress requests")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].help_text = "Segment refuses what is sent to the wrong region."

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {**super().from_config(config), "compress": config.get("compress", True)}

    def config(self) -> dict[str, object]:
        return {**super().config(), "compress": self.cleaned_data["compress"]}
