"""The form of an Amazon EventBridge connection."""

import re
from dataclasses import replace
from typing import Any

from django import forms

from connectors import amazon, eventbridge
from connectors.connections import Settings
from connectors.forms.amazon import RegionField
from connectors.forms.base import RegionForm, held_by, secret

SIZES = {
    eventbridge.MAX_CALL_BYTES: "1 MB, what Amazon takes today",
    eventbridge.CAREFUL_CALL_BYTES: "256 KB, for targets that take no more",
}
KEPT = ("bus", "source", "detail_type", "max_request_bytes")
BUS = re.compile(r"[/.\-_A-Za-z0-9:]{1,1600}")


class EventBridgeForm(RegionForm):
    secret_fields = ("access_key_id", "secret_access_key", "session_token")
    field_order = (
        "name", "access_key_id", "secret_access_key", "session_token", "aws_region", "region", "url", "bus", "source",
        "detail_type", "max_request_bytes", "rate_per_second",
    )  # fmt: skip
    note = "An access key of a user who may do events:PutEvents and events:DescribeEventBus on the bus, nothing more."
    usual_rate = (
        "Amazon counts calls, of up to 10 messages each, for an account in a region: usually 10,000 a second in"
        " us-east-1, us-west-2 and eu-west-1, 2,400 in us-east-2 and eu-central-1, 400 to 1,200 elsewhere. Service"
        " Quotas in its console shows yours."
    )
    regions = {"aws": "Amazon's"}
    address_help = (
        "An interface endpoint of your own network, such as https://vpce-1.events.eu-west-1.vpce.amazonaws.com."
    )

    access_key_id = secret("Access key ID")
    secret_access_key = secret("Secret access key")
    session_token = secret(
        "Session token",
        required=False,
        help_text="Only where the key is for a few hours. When it ends the connection pauses: type all three anew.",
    )
    aws_region = RegionField(label="Region of the bus")
    bus = forms.CharField(max_length=1600, initial=eventbridge.BUS, label="Event bus", help_text="Its name or its ARN.")
    source = forms.CharField(
        max_length=256, initial=eventbridge.SOURCE, help_text="What rules match as source. It may not begin with aws."
    )
    detail_type = forms.CharField(
        max_length=eventbridge.MAX_DETAIL_TYPE_LENGTH, initial=eventbridge.DETAIL_TYPE, label="Detail type"
    )
    max_request_bytes = forms.TypedChoiceField(
        choices=list(SIZES.items()), coerce=int, initial=eventbridge.MAX_CALL_BYTES, label="Largest call"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].label = "Address"

    def clean_bus(self) -> str:
        bus: str = self.cleaned_data["bus"].strip()
        if not BUS.fullmatch(bus):
            raise forms.ValidationError("A bus is named with letters, digits and . - _ / only, or by its ARN.")
        return bus

    def clean_source(self) -> str:
        source: str = self.cleaned_data["source"].strip()
        if source.lower().startswith("aws."):
            raise forms.ValidationError("Amazon keeps sources that begin with aws. for itself.")
        return source

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {name: config[name] for name in KEPT if name in config}
        found = {**super().from_config({"url": config.get("url") or "aws"}), **kept}
        return {**found, "aws_region": config.get("region") or amazon.REGION}

    def config(self) -> dict[str, object]:
        address = str(super().config()["url"])
        kept = {name: self.cleaned_data[name] for name in KEPT}
        return {**kept, "url": "" if address == "aws" else address, "region": self.cleaned_data["aws_region"]}

    def chosen(self) -> Settings:
        """A new key without a token has none: the one before belonged to the key before."""
        found = super().chosen()
        if "access_key_id" in found.secrets and "session_token" in held_by(self.connection):
            return replace(found, secrets={"session_token": "", **found.secrets})
        return found
