"""The form of a Segment connection."""

from typing import Any

from django import forms
from django.conf import settings

from connectors import oauth, segment
from connectors.addresses import AddressRefused, check_url
from connectors.base import ConnectorError
from connectors.forms.base import RegionForm, held_by, secret

OAUTH = ("oauth_client_id", "oauth_key_id", "oauth_url")


class WriteOnly(forms.Textarea):
    """What was typed is not shown again."""

    def format_value(self, value: Any) -> None:
        return None


class SegmentForm(RegionForm):
    folded = ("oauth_client_id", "oauth_key_id", "oauth_key", "oauth_url")
    folded_words = "If your workspace asks for OAuth"
    secret_fields = ("write_key", "oauth_key")
    field_order = (
        "name", "write_key", "region", "url", "rate_per_second", "compress", "one_per_address", *folded,
    )  # fmt: skip
    note = "In Segment: Sources → your source → Settings → API keys. The write key of an HTTP source is what you need."
    usual_rate = "Segment advises at most 1,000 a second for a workspace; beyond that it may delay or refuse them."
    regions = {segment.US: "United States", segment.EU: "Europe"}
    address_help = "Up to /v1, such as https://collector.example.com/v1."

    write_key = secret("Write key")
    compress = forms.BooleanField(required=False, initial=True, label="Compress requests")
    oauth_client_id = forms.CharField(required=False, max_length=200, label="OAuth client ID")
    oauth_key_id = forms.CharField(required=False, max_length=200, label="OAuth key ID")
    oauth_key = forms.CharField(
        required=False,
        max_length=20_000,
        label="OAuth private key",
        widget=WriteOnly(attrs={"rows": 4, "autocomplete": "off"}),
        help_text="In PEM, as Segment gave it. It stays here: it only signs.",
    )
    oauth_url = forms.CharField(
        max_length=500, initial=segment.TOKENS, required=False, label="Where Segment gives access tokens"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].help_text = "Segment refuses what is sent to the wrong region."

    def clean_oauth_key(self) -> str:
        key: str = self.cleaned_data["oauth_key"].strip()
        try:
            if key:
                oauth.private_key(key)
        except ConnectorError as error:
            raise forms.ValidationError(str(error)) from error
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("oauth_client_id"):
            self.check_oauth(cleaned)
        return cleaned

    def check_oauth(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("oauth_key_id"):
            self.add_error("oauth_key_id", "Segment knows the key by it.")
        if not cleaned.get("oauth_key") and not held_by(self.connection).get("oauth_key") and not self.errors:
            self.add_error("oauth_key", "Segment knows us by what it signs.")
        try:
            check_url(cleaned.get("oauth_url") or segment.TOKENS, private_allowed=settings.ALLOW_PRIVATE_ADDRESSES)
        except AddressRefused as refused:
            self.add_error("oauth_url", str(refused))

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        kept = {name: config[name] for name in OAUTH if config.get(name)}
        return {**super().from_config(config), "compress": config.get("compress", True), **kept}

    def config(self) -> dict[str, object]:
        """Nothing of OAuth where it is not used and never was."""
        known = self.connection.config if self.connection else {}
        kept = {name: self.cleaned_data[name] for name in OAUTH if self.uses_oauth() or name in known}
        return {**super().config(), "compress": self.cleaned_data["compress"], **kept}

    def uses_oauth(self) -> bool:
        return bool(self.cleaned_data["oauth_client_id"])
