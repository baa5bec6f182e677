"""The form of an mParticle connection."""

from typing import Any

from django import forms

from connectors import mparticle
from connectors.forms.base import RegionForm, secret

NAMES = {"us1": "United States 1", "us2": "United States 2", "eu1": "Europe", "au1": "Australia"}
ENVIRONMENTS = {"production": "Production", "development": "Development"}


class MParticleForm(RegionForm):
    secret_fields = ("key", "secret")
    field_order = ("name", "key", "secret", "region", "url", "environment", "rate_per_second")
    note = "In mParticle: Setup → Inputs → your server-to-server feed. Its key and its secret are what you need."
    usual_rate = "mParticle takes 270 people a second, unless your contract says more."
    regions = {url: NAMES[pod] for pod, url in mparticle.REGIONS.items()}
    address_help = "Up to /v2, such as https://events.example.com/v2."

    key = secret("Key")
    secret = secret("Secret")
    environment = forms.ChoiceField(
        choices=list(ENVIRONMENTS.items()),
        widget=forms.RadioSelect,
        initial="production",
        help_text="mParticle keeps the two apart; development shows up in its live stream.",
    )

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {**super().from_config(config), "environment": config.get("environment", "production")}

    def config(self) -> dict[str, object]:
        return {**super().config(), "environment": self.cleaned_data["environment"]}
