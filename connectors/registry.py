"""The kinds of connections there are: a plain dict, one entry per file of this app."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.conf import settings

from connectors import email, eventbridge, file, mail_wording, mparticle, segment, webhook
from connectors.base import ConnectorError, Destination, Fault, Field, Outgoing
from connectors.http import Client
from connectors.models import Connection
from connectors.secrets import open_sealed, spellings

Config = Mapping[str, object]
Secrets = Mapping[str, str]
Pairs = Literal["required", "optional", "none"]
Channel = Literal["export", "email"]
USUAL_CHANNEL: Channel = "export"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of destination. `payload` is what the preview shows and `send` encodes: the same function.

    `fields` are the texts that a message has, `pairs` whether it takes keys and values of the marketer's choice.
    `prepare` makes templates that can be sent of what the marketer wrote in the fields; it raises FieldError.
    `channel` is the one that a person subscribes to, `sample` what a test of the connection says.
    """

    key: str
    label: str
    icon: str
    description: str
    payload: Callable[[Outgoing], dict[str, object]]
    make: Callable[[Config, Secrets, Client], Destination]
    max_message_bytes: int | None = None
    fields: tuple[Field, ...] = ()
    pairs: Pairs = "required"
    channel: Channel = USUAL_CHANNEL
    prepare: Callable[[Mapping[str, str]], dict[str, str]] = dict
    sample: Mapping[str, str] = field(default_factory=dict)


DESTINATIONS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            key="segment",
            label="Segment",
            icon="plug",
            description="Each message becomes a track call in your Segment workspace.",
            payload=segment.payload,
            make=segment.make,
            max_message_bytes=segment.MAX_MESSAGE_BYTES,
        ),
        Kind(
            key="mparticle",
            label="mParticle",
            icon="plug",
            description="Each message becomes a custom event of its person in your mParticle workspace.",
            payload=mparticle.payload,
            make=mparticle.make,
            max_message_bytes=mparticle.MAX_MESSAGE_BYTES,
        ),
        Kind(
            key="eventbridge",
            label="Amazon EventBridge",
            icon="plug",
            description="Each message becomes an event on one of your event buses.",
            payload=eventbridge.payload,
            make=eventbridge.make,
            max_message_bytes=eventbridge.CAREFUL_CALL_BYTES,
        ),
        Kind(
            key="webhook",
            label="Webhook",
            icon="webhook",
            description="Each message becomes a request to an address of your own, signed so that it can be trusted.",
            payload=webhook.payload,
            make=webhook.make,
            max_message_bytes=webhook.MAX_MESSAGE_BYTES,
            fields=webhook.FIELDS,
            pairs="optional",
        ),
        Kind(
            key="email",
            label="E-mail",
            icon="mail",
            description="Each message becomes a mail to its person, handed to your mail server.",
            payload=email.payload,
            make=email.make,
            max_message_bytes=email.MAX_MESSAGE_BYTES,
            fields=email.FIELDS,
            pairs="none",
            channel="email",
            prepare=mail_wording.prepared,
            sample=email.SAMPLE,
        ),
        Kind(
            key="file",
            label="File",
            icon="file-text",
            description="Each run becomes one file on this server, a line of JSON per message.",
            payload=file.payload,
            make=lambda config, secrets, client: file.File(settings.EXPORTS),
        ),
    )
}


def destination(connection: Connection, client: Client) -> Destination:
    """The connection, ready to send through `client`. Raises ConnectorError if its credentials cannot be read."""
    kind, credentials = kind_of(connection.kind), open_sealed(connection.secrets)
    client.hidden.extend(spellings(credentials.values()))
    return kind.make(connection.config, credentials, client)


def payload(kind: str, message: Outgoing) -> dict[str, object]:
    return kind_of(kind).payload(message)


def fields(kind: str) -> tuple[Field, ...]:
    """None for a kind that this installation does not know."""
    return DESTINATIONS[kind].fields if kind in DESTINATIONS else ()


def prepared(kind: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The fields' texts as templates that can be sent. Raises FieldError."""
    return DESTINATIONS[kind].prepare(texts) if kind in DESTINATIONS else dict(texts)


def channel(kind: str) -> Channel:
    return DESTINATIONS[kind].channel if kind in DESTINATIONS else USUAL_CHANNEL


def channels() -> dict[str, Channel]:
    """Of every kind."""
    return {key: kind.channel for key, kind in DESTINATIONS.items()}


def pairs(kind: str) -> Pairs:
    return DESTINATIONS[kind].pairs if kind in DESTINATIONS else "required"


def kind_of(key: str) -> Kind:
    """Raises ConnectorError: a connection may have been set up by a version that knew more kinds."""
    if key not in DESTINATIONS:
        raise ConnectorError(f"There is no connector “{key}” here.", fault=Fault.MISCONFIGURED)
    return DESTINATIONS[key]
