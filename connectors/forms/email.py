"""The form of an e-mail connection."""

from typing import Any

from django import forms
from django.conf import settings

from connectors import email, esp
from connectors.addresses import AddressRefused, check_host, check_url
from connectors.forms.amazon import RegionField
from connectors.forms.base import ConnectionForm, held_by, secret
from connectors.mime import checked_address

SECURITY = {
    "starttls": "STARTTLS, as on port 587",
    "tls": "TLS from the start, as on port 465",
    "none": "Nothing: anybody on the way can read along",
}
ADDRESSES = ("from_address", "reply_to", "bounces", "test_address")
KEPT = (
    "service", "host", "port", "security", "user", "region", "api_url", "connections", "from_name", "tracks",
    *ADDRESSES,
)  # fmt: skip
SERVICES = {"smtp": "A mail server (SMTP)", **{key: service.label for key, service in esp.SERVICES.items()}}
KNOWN_BY = "The provider knows us by it."
NO_PUBLIC_URL = (
    "No campaign over this connection can be published yet: the way to unsubscribe that every mail carries would lead"
    " nowhere. Ask your operator to set BELFRY_PUBLIC_URL to the address at which people reach this installation."
)
SERVER = ("host", "port", "security", "user")
ASKED = {"smtp": (*SERVER, "password")} | {
    key: (*service.secrets, *filter(None, [service.needs])) for key, service in esp.SERVICES.items()
}


class EmailForm(ConnectionForm):
    secret_fields = ("password", "api_key", "secret_key")
    field_order = (
        "name", "service", *SERVER, "password", "api_key", "secret_key", "region", "api_url", "from_address",
        "from_name", "reply_to", "bounces", "test_address", "tracks", "connections", "rate_per_second",
    )  # fmt: skip
    usual_rate = "Ask your provider how many it allows. A domain that is new to sending should begin with few."
    turns_on, asked_by, needed_by = "service", ASKED, {**ASKED, "smtp": ("host", "port", "security")}
    note = (
        "Mails are handed to a mail server of yours, or of a provider. It signs them (DKIM); SPF and DMARC of the"
        " domain you write from should name it."
    )

    @property
    def lacks(self) -> str:  # type: ignore[override]  # it hangs on a setting
        return "" if settings.PUBLIC_URL else NO_PUBLIC_URL

    service = forms.ChoiceField(choices=list(SERVICES.items()), initial="smtp", label="Mails go by way of")
    host = forms.CharField(
        required=False,
        max_length=253,
        label="Mail server",
        help_text="Such as smtp.example.com.",
        error_messages={"required": "Write the name of a server, such as smtp.example.com."},
    )
    port = forms.IntegerField(min_value=1, max_value=65_535, initial=587)
    security = forms.ChoiceField(choices=list(SECURITY.items()), initial="starttls", label="Encryption")
    user = forms.CharField(required=False, max_length=200)
    password = secret("Password", required=False)
    api_key = secret("API key", required=False, error_messages={"required": KNOWN_BY})
    secret_key = secret("Secret key", required=False, error_messages={"required": KNOWN_BY})
    region = RegionField(required=False, label="Region")
    api_url = forms.CharField(
        required=False,
        max_length=500,
        label="Its address",
        help_text="Of your own server, such as https://postal.example.com.",
    )
    from_address = forms.CharField(max_length=254, label="From address", help_text="Every mail is written by it.")
    from_name = forms.CharField(
        required=False, max_length=100, label="From name", help_text="A campaign may say another."
    )
    reply_to = forms.CharField(required=False, max_length=254, label="Answers go to")
    bounces = forms.CharField(
        required=False,
        max_length=200,
        label="Bounces and mails to unsubscribe go to",
        help_text="A mailbox that takes +anything, such as bounces@example.com, and hands it to manage.py bounce. Then"
        " each bounce says whose it is, and people can unsubscribe by a mail too.",
    )
    test_address = forms.CharField(max_length=254, label="Tests go to", help_text="A mailbox of your own.")
    connections = forms.IntegerField(
        min_value=1,
        max_value=esp.MOST_CONNECTIONS,
        initial=email.CONNECTIONS,
        label="Connections at a time",
        help_text="In each worker. Ask your provider how many it allows.",
    )

    tracks = forms.BooleanField(
        required=False,
        label="Track opens and clicks",
        help_text="Links lead through Belfry, and a picture tells of opens. Your privacy notice should say so.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["one_per_address"].initial = True
        if self.turned == "amazon_ses":
            self.fields["api_key"].label, self.fields["secret_key"].label = "Access key ID", "Secret access key"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ADDRESSES:
            self.check_address(name, cleaned)
        if cleaned.get("service") in esp.SERVICES:
            self.check_keys(cleaned)
            return cleaned
        self.check_server(cleaned.get("host"))
        if cleaned.get("security") == "none" and cleaned.get("user"):
            self.add_error("security", "A password is sent over an encrypted connection only.")
        if cleaned.get("user") and not cleaned.get("password"):
            self.ask_for_password(cleaned)
        return cleaned

    def check_keys(self, cleaned: dict[str, Any]) -> None:
        """A key goes to the provider it is of, where that was when it was typed."""
        service = esp.SERVICES[cleaned["service"]]
        if service.needs == "api_url":
            self.check_address_of_provider(cleaned.get("api_url"))
        same = all((self.initial.get(name) or "") == cleaned.get(name, "") for name in ("service", "api_url"))
        held = held_by(self.connection) if same else {}
        for name in service.secrets:
            if not cleaned.get(name) and not held.get(name) and name not in self.errors:
                self.add_error(name, KNOWN_BY)

    def check_address_of_provider(self, url: str | None) -> None:
        try:
            if url is not None:
                check_url(url, private_allowed=settings.ALLOW_PRIVATE_ADDRESSES)
        except AddressRefused as refused:
            self.add_error("api_url", str(refused))

    def check_server(self, host: str | None) -> None:
        try:
            if host is not None:
                check_host(host, private_allowed=settings.ALLOW_PRIVATE_ADDRESSES)
        except AddressRefused as refused:
            self.add_error("host", str(refused))

    def check_address(self, name: str, cleaned: dict[str, Any]) -> None:
        if typed := cleaned.get(name):
            cleaned[name] = checked_address(typed)
            if not cleaned[name]:
                self.add_error(name, "This is no e-mail address.")

    def ask_for_password(self, cleaned: dict[str, Any]) -> None:
        """One that nobody may read must not be sent to a server of somebody's choice either."""
        if not held_by(self.connection).get("password"):
            self.add_error("password", "Give the user's password.")
        elif any(cleaned.get(name) != self.initial.get(name) for name in SERVER):
            self.add_error("password", "The server is a new one: type the password again, it would be sent there.")

    def from_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return {name: config[name] for name in KEPT if name in config}

    def config(self) -> dict[str, object]:
        """An address stays with the provider that it was typed for."""
        return {"api_url": "", **self.kept(KEPT)}
