"""The form of an Amazon EventBridge connection."""

import re
from typing import Any

from django import forms

from connectors import eventbridge
from connectors.forms.base import RegionForm, secret

# The commercial regions with a name of their own; any other is typed.
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-1", "af-south-1", "me-south-1", "ap-south-1",
    "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-east-1",
)  # fmt: skip
SIZES = {
    eventbridge.MAX_CALL_BYTES: "1 MB, what Amazon takes today",
    eventbridge.CAREFUL_CALL_BYTES: "256 KB, for targets that take no more",
}
KEPT = ("bus", "source", "detail_type", "max_request_bytes")
BUS = re.compile(r"[/.\-_A-Za-z0-9:]{1,1600}")


class EventBridgeForm(RegionForm):
    secret_fields = ("access_key_id", "secret_access_key")
    field_order = (
        "name", "access_key_id", "secret_access_key", "aws_region", "region", "url", "bus", "source", "detail_type",
        "max_request_bytes", "rate_per_second",
    )  # fmt: skip
    note = "An access key of a user who may do events:PutEvents and events:DescribeEventBus on the bus, nothing more."
    regions = {"aws": "Amazon's"}
    address_help = (
        "an interface endpoint of your own network, such as https://vpce-1.events.eu-west-1.vpce.amazonaws.com."
    )

    access_key_id = secret("Access key ID")
    secret_access_key = secret("Secret access key")
    aws_region = forms.ChoiceField(
        choices=[(name, name) for name in REGIONS], initial="us-east-1", label="Region of the bus"
    )
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
        return {**found, "aws_region": config.get("region", "us-east-1")}

    def config(self) -> dict[str, object]:
        address = str(super().config()["url"])
        kept = {name: self.cleaned_data[name] for name in KEPT}
        return {**kept, "url": "" if address == "aws" else address, "region": self.cleaned_data["aws_region"]}
