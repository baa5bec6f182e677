"""The form of a webhook connection."""

import base64
import secrets
from dataclasses import replace
from typing import Any

import standardwebhooks
from django import forms
from django.conf import settings

from connectors import webhook
from connectors.addresses import AddressRefused, check_url
from connectors.connections import Settings
from connectors.forms.base import ConnectionForm, held_by, secret

AUTH = {
    "none": "Nothing",
    "basic": "User and password",
    "bearer": "A token",
    "oauth": "OAuth 2.0 client credentials",
}
# What each way to be known needs; of these the credentials are never sent to a new address unless typed again.
NEEDS = {
    "none": (),
    "basic": ("user", "password"),
    "bearer": ("bearer_token",),
    "oauth": ("token_url", "client_id", "client_secret"),
}
KNOWN_BY = "This is needed to be known that way."
ASKED = {**NEEDS, "oauth": (*NEEDS["oauth"], "scope")}
CREDENTIALS = ("password", "bearer_token", "client_secret")
KEPT = ("url", "auth", "user", "token_url", "client_id", "scope", "batch_size", "deduplicates")
KEY_BYTES = range(24, 65)  # as Standard Webhooks asks


class WebhookForm(ConnectionForm):
    secret_fields = (*CREDENTIALS, "signing_secret")
    field_order = (
        "name", "url", "auth", "user", "password", "bearer_token", "token_url", "client_id", "client_secret", "scope",
        "signing_secret", "drop_previous", "batch_size", "deduplicates", "rate_per_second",
    )  # fmt: skip
    turns_on, asked_by, needed_by = "auth", ASKED, NEEDS
    usual_rate = "Whoever runs the receiver knows how many it takes."
    note = "Every message has an id, the same on every retry. A campaign may add a path, headers and a body."

    url = forms.CharField(
        max_length=1000, label="Address", help_text="Public, such as https://hooks.example.com/belfry."
    )
    auth = forms.ChoiceField(choices=list(AUTH.items()), initial="none", label="The receiver knows us by")
    user = forms.CharField(required=False, max_length=200)
    password = secret("Password", required=False)
    bearer_token = secret("Token", required=False)
    token_url = forms.CharField(required=False, max_length=1000, label="Address of the access tokens")
    client_id = forms.CharField(required=False, max_length=200, label="Client ID")
    client_secret = secret("Client secret", required=False)
    scope = forms.CharField(required=False, max_length=500)
    signing_secret = forms.CharField(required=False, max_length=200, label="Signing secret")
    drop_previous = forms.BooleanField(required=False, label="Stop signing with the secret before this one as well")
    batch_size = forms.IntegerField(
        min_value=1,
        max_value=webhook.MAX_BATCH,
        initial=1,
        label="People a request",
        help_text="1: the body is one message. More: it is a list of them, of at most so many.",
    )
    deduplicates = forms.BooleanField(
        required=False,
        label="The receiver drops what it has seen",
        help_text="By webhook-id; of a list by the message_id of each message in it, as a retry may list fewer people."
        " Then what may have arrived is sent again by itself. Otherwise it waits for you to decide.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NEEDS[self.turned]:
            self.fields[name].error_messages["required"] = KNOWN_BY
        signing = self.fields["signing_secret"]
        if self.connection is None:
            del self.fields["drop_previous"]
            signing.initial = made_up_secret()
            signing.help_text = "Copy it to the receiver now: it is never shown again. Leave it empty not to sign."
        else:
            signing.widget = forms.PasswordInput(attrs={"autocomplete": "off", "placeholder": "••••••••"})
            signing.help_text = (
                "Type a new one to replace it. Until you say otherwise both sign, so nothing is refused."
            )
            if (held := held_by(self.connection).get("signing_secret", "")).startswith(webhook.PRIVATE):
                signing.help_text += f" The receiver checks signatures with {webhook.public_key(held)}"

    def clean_signing_secret(self) -> str:
        typed: str = self.cleaned_data["signing_secret"].strip()
        if typed and not is_key(typed):
            raise forms.ValidationError(
                "A signing secret is whsec_ and 24 to 64 random bytes in base64, or whsk_ and an Ed25519 key."
            )
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("url", "token_url"):
            if cleaned.get(name):
                self.check_address(name, cleaned[name])
        if "?" in cleaned.get("url", ""):
            self.add_error("url", "Leave out the ? and what follows it: campaigns say what follows the address.")
        for name in NEEDS.get(cleaned.get("auth", ""), ()):
            if not cleaned.get(name) and not self.is_kept(name) and name not in self.errors:
                self.add_error(name, KNOWN_BY)
        self.ask_again(cleaned)
        return cleaned

    def check_address(self, name: str, url: str) -> None:
        try:
            check_url(url, private_allowed=settings.ALLOW_PRIVATE_ADDRESSES)
        except AddressRefused as refused:
            self.add_error(name, str(refused))

    def ask_again(self, cleaned: dict[str, Any]) -> None:
        """A credential that nobody may read must not be sent to an address of somebody's choice either."""
        if self.connection is None:
            return
        for name in CREDENTIALS:
            shown = ("auth", "url", "token_url") if name == "client_secret" else ("auth", "url")
            moved = any(cleaned.get(each) != self.initial.get(each) for each in shown)
            needed = name in NEEDS.get(cleaned.get("auth", ""), ())
            if needed and moved and self.is_kept(name) and not cleaned.get(name):
                self.add_error(name, "The address is a new one: type this again, it would be sent there.")

    def is_kept(self, name: str) -> bool:
        return bool(held_by(self.connection).get(name))

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {name: config[name] for name in KEPT if name in config}

    def config(self) -> dict[str, object]:
        return self.kept(KEPT)

    def chosen(self) -> Settings:
        """A replaced signing secret goes on signing beside the new one until that is switched off."""
        found = super().chosen()
        held = held_by(self.connection)
        typed = found.secrets.get("signing_secret", "")
        previous = held.get("signing_secret", "") if typed and typed != held.get("signing_secret") else ""
        if self.cleaned_data.get("drop_previous"):
            return replace(found, secrets={**found.secrets, "previous_signing_secret": ""})
        return replace(found, secrets={**found.secrets, **({"previous_signing_secret": previous} if previous else {})})


def made_up_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def is_key(text: str) -> bool:
    try:
        if text.startswith(webhook.PRIVATE):
            return bool(webhook.public_key(text)) and is_base64(text.removeprefix(webhook.PRIVATE))
        size = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
        standardwebhooks.Webhook(text)
    except ValueError:
        return False
    return size in KEY_BYTES


def is_base64(text: str) -> bool:
    return len(base64.b64decode(text, validate=True)) in (32, 64)
