"""The field for one of Amazon's regions: it offers those known by name, and takes one that is newer."""

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from connectors import amazon

NO_REGION = "Amazon has no region of that name. They are written like eu-west-1."


class Offering(forms.TextInput):
    """Takes any text and offers the regions, with what they are in words."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, {**(attrs or {}), "list": f"{name}-offers"})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        options = format_html_join("", '<option value="{}">{}</option>', amazon.regions().items())
        return format_html(
            '<datalist id="{}-offers">{}</datalist>{}', name, options, super().render(name, value, attrs, renderer)
        )


class RegionField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=64,
            initial=amazon.REGION,
            widget=Offering(attrs={"autocomplete": "off", "spellcheck": "false"}),
            help_text="Its name at Amazon, such as eu-west-1.",
            **options,
        )

    def clean(self, value: Any) -> str:
        region: str = super().clean(value).lower()
        if region and not amazon.is_region(region):
            raise forms.ValidationError(NO_REGION)
        return region
