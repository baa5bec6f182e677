"""The kinds of connections there are: a plain dict, one entry per file of this app."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from django.conf import settings

from connectors import (
    email,
    eventbridge,
    file,
    mail_beginnings,
    mail_senders,
    mail_wording,
    mparticle,
    segment,
    webhook,
    webhook_wording,
)
from connectors.base import (
    IN_DOUBT,
    Block,
    ConnectorError,
    Destination,
    Fault,
    Field,
    FieldError,
    Outgoing,
    Part,
    Start,
)
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
    """A kind of destination. `payload` is what the preview shows and `send` encodes: the same function. `scope` is what
    the other side counts our messages by, such as its region and our key there; () where nobody counts them.

    `fields` are the texts that a message has, `pairs` whether it takes keys and values of the marketer's choice.
    `prepare` makes templates that can be sent of what the marketer wrote in the fields; it raises FieldError. `check`
    says what is wrong with an example of them, filled in, `proofread` with them as they are written, which stops
    nothing that is published already. `readable` is a payload as a person reads it.
    `channel` is the one that a person subscribes to, `sample` what a test of the connection says.
    `marked` is a message that says it is a test, beside its campaign's fields; `told` puts that where people read
    first, where `tells` (the words of the choice) offers it. `starts` are what its fields can begin with, `blocks` what
    can be inserted into one of HTML. `kept` is the file of a run that lies here, by the run's folder, `written` the
    one of a part. `set_to` describes one connection where they differ. `most_in_doubt` is how large a batch may be, as
    its worker may be killed; None: as large as you like, since what comes twice counts once.
    """

    key: str
    label: str
    icon: str
    description: str
    payload: Callable[[Outgoing], dict[str, object]]
    make: Callable[[Config, Secrets, Client], Destination]
    scope: Callable[[Config, Secrets], tuple[str, ...]] = lambda config, secrets: ()
    max_message_bytes: int | None = None
    fields: tuple[Field, ...] = ()
    pairs: Pairs = "required"
    channel: Channel = USUAL_CHANNEL
    prepare: Callable[[Mapping[str, str]], dict[str, str]] = dict
    check: Callable[[Mapping[str, str], Config], Iterable[FieldError]] = lambda texts, config: ()
    proofread: Callable[[Mapping[str, str]], Iterable[FieldError]] = lambda texts: ()
    readable: Callable[[Mapping[str, object]], Mapping[str, object]] = dict
    sample: Mapping[str, str] = field(default_factory=dict)
    marked: Callable[[Outgoing], Outgoing] = lambda message: message
    told: Callable[[Outgoing], Outgoing] = lambda message: message
    tells: str = ""
    starts: tuple[Start, ...] = ()
    blocks: tuple[Block, ...] = ()
    kept: Callable[[str], Path | None] = lambda folder: None
    written: Callable[[Config, Part], Path | None] = lambda config, part: None
    set_to: Callable[[Config], str] = lambda config: ""
    most_in_doubt: Callable[[Config], int | None] = lambda config: IN_DOUBT


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
            scope=segment.scope,
            max_message_bytes=segment.MAX_MESSAGE_BYTES,
            most_in_doubt=lambda config: None,
        ),
        Kind(
            key="mparticle",
            label="mParticle",
            icon="plug",
            description="Each message becomes a custom event of its person in your mParticle workspace.",
            payload=mparticle.payload,
            make=mparticle.make,
            scope=mparticle.scope,
            max_message_bytes=mparticle.MAX_MESSAGE_BYTES,
        ),
        Kind(
            key="eventbridge",
            label="Amazon EventBridge",
            icon="plug",
            description="Each message becomes an event on one of your event buses.",
            payload=eventbridge.payload,
            make=eventbridge.make,
            scope=eventbridge.scope,
            max_message_bytes=eventbridge.CAREFUL_CALL_BYTES,
        ),
        Kind(
            key="webhook",
            label="Webhook",
            icon="webhook",
            description="Each message becomes a request to an address of your own, signed so that it can be trusted.",
            payload=webhook.payload,
            make=webhook.make,
            scope=webhook.scope,
            max_message_bytes=webhook.MAX_MESSAGE_BYTES,
            fields=webhook_wording.FIELDS,
            pairs="optional",
            check=lambda texts, config: webhook_wording.check(texts),
            readable=webhook_wording.readable,
            marked=webhook_wording.marked,
            most_in_doubt=webhook.most_in_doubt,
        ),
        Kind(
            key="email",
            label="E-mail",
            icon="mail",
            description="Each message becomes a mail to its person, handed to your mail server.",
            payload=email.payload,
            make=email.make,
            scope=email.scope,
            max_message_bytes=email.MAX_MESSAGE_BYTES,
            fields=email.FIELDS,
            pairs="none",
            channel="email",
            prepare=mail_wording.prepared,
            check=mail_senders.check,
            proofread=mail_wording.misspelt,
            sample=email.SAMPLE,
            told=mail_wording.told,
            tells=mail_wording.TELLS,
            most_in_doubt=lambda config: IN_DOUBT // 2,  # mail servers take longer
            starts=mail_beginnings.STARTS,
            blocks=mail_beginnings.BLOCKS,
        ),
        Kind(
            key="file",
            label="File",
            icon="file-text",
            description="Each run becomes one file on this server, a line per message: as JSON, or as a table.",
            payload=file.payload,
            make=lambda config, secrets, client: file.make(config, settings.EXPORTS),
            kept=lambda folder: file.kept(settings.EXPORTS, folder),
            set_to=file.set_to,
            most_in_doubt=lambda config: None,
            written=lambda config, part: file.written(config, settings.EXPORTS, part),
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


def check(kind: str, texts: Mapping[str, str], config: Config) -> Iterable[FieldError]:
    """What is wrong with the fields' texts, filled in with harmless values, over a connection that is set so."""
    return DESTINATIONS[kind].check(texts, config) if kind in DESTINATIONS else ()


def proofread(kind: str, texts: Mapping[str, str]) -> Iterable[FieldError]:
    """What is wrong with the fields' texts as they are written, though a message can be made of them."""
    return DESTINATIONS[kind].proofread(texts) if kind in DESTINATIONS else ()


def readable(kind: str, payload: Mapping[str, object]) -> Mapping[str, object]:
    """A payload as a person reads it."""
    return DESTINATIONS[kind].readable(payload) if kind in DESTINATIONS else payload


def as_test(kind: str, message: Outgoing, *, told: bool) -> Outgoing:
    """The message, saying that it is a test; also where people read first, if it is to be `told`."""
    found = kind_of(kind)
    marked = found.marked(message)
    return found.told(marked) if told else marked


def most_in_doubt(connection: Connection) -> int | None:
    """How many messages a batch may have; None: as many as you like."""
    return DESTINATIONS[connection.kind].most_in_doubt(connection.config) if connection.kind in DESTINATIONS else None


def channel(kind: str) -> Channel:
    return DESTINATIONS[kind].channel if kind in DESTINATIONS else USUAL_CHANNEL


def channels() -> dict[str, Channel]:
    """Of every kind."""
    return {key: kind.channel for key, kind in DESTINATIONS.items()}


def starts(kind: str) -> tuple[Start, ...]:
    return DESTINATIONS[kind].starts if kind in DESTINATIONS else ()


def blocks(kind: str) -> tuple[Block, ...]:
    return DESTINATIONS[kind].blocks if kind in DESTINATIONS else ()


def pairs(kind: str) -> Pairs:
    return DESTINATIONS[kind].pairs if kind in DESTINATIONS else "required"


def kind_of(key: str) -> Kind:
    """Raises ConnectorError: a connection may have been set up by a version that knew more kinds."""
    if key not in DESTINATIONS:
        raise ConnectorError(f"There is no connector “{key}” here.", fault=Fault.MISCONFIGURED)
    return DESTINATIONS[key]
