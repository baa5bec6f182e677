"""Making, changing, testing and deleting a connection; each change is in the audit trail."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from connectors import registry, scopes, sending
from connectors.base import TEST, ConnectorError, Outgoing, Part, Receipt
from connectors.models import Connection
from connectors.secrets import open_sealed, seal

AUDITED = ("name", "config", "rate_per_second")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person set. A secret that is not among `secrets` stays as it is, an empty one goes."""

    name: str
    rate_per_second: int | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestResult:
    """What was sent to try the connection ("": nothing could be), and the receipt; `file` is where it was written."""

    __test__ = False  # pytest: this is no test case

    payload: str
    receipt: Receipt
    at: datetime
    file: str = ""


@transaction.atomic
def create(kind: str, chosen: Settings, *, by: User) -> Connection:
    connection = Connection.objects.create(
        kind=kind,
        name=chosen.name,
        rate_per_second=chosen.rate_per_second,
        config=dict(chosen.config),
        secrets=seal(chosen.secrets),
        owner=by,
    )
    scopes.noted(connection)
    audit.record(by, "created", connection)
    return connection


def to_change() -> QuerySet[Connection]:
    """Whoever fetches one of these in a transaction is the only one to change it until that ends; sending goes on."""
    return Connection.objects.select_for_update(no_key=True)


@transaction.atomic
def change(connection: Connection, chosen: Settings, *, by: User) -> None:
    before = audit.snapshot(connection, AUDITED)
    connection.name, connection.rate_per_second = chosen.name, chosen.rate_per_second
    connection.config = {**connection.config, **chosen.config}
    changed = ["name", "rate_per_second", "config"]
    if chosen.secrets:
        connection.secrets = replaced(connection.secrets, chosen.secrets)
        changed.append("secrets")
    connection.save(update_fields=changed)
    scopes.noted(connection)
    changes = audit.changes(before, connection)
    if chosen.secrets:
        changes["secrets"] = ("", "")
    if changes:
        audit.record(by, "changed", connection, changes)


@transaction.atomic
def delete(connection: Connection, *, by: User) -> None:
    """Raises ProtectedError, with what uses it, while anything does."""
    audit.record(by, "deleted", connection)
    connection.delete()


def test(connection: Connection, *, now: datetime) -> TestResult:
    """Send one message to a made-up person through the real connector, where what it is set to is there."""
    if wrong := sending.check(connection, now=now):
        return TestResult("", wrong, now)
    message = registry.as_test(connection.kind, made_up(connection, now), told=False)
    payload = registry.payload(connection.kind, message)
    part = Part(f"tests/connection-{connection.pk}", message.id)
    (receipt,) = sending.send(connection, [message], part, now=now, is_trial=True)
    if path := registry.kind_of(connection.kind).written(connection.config, part):
        return TestResult(path.read_text(encoding="utf-8-sig"), receipt, now, str(path))
    return TestResult(pretty(payload), receipt, now)


def made_up(connection: Connection, now: datetime) -> Outgoing:
    """Nobody's message: Maria Silva does not exist. Where a channel has addresses, it goes to the one set for tests."""
    return Outgoing(
        id=str(uuid.uuid4()),
        profile_id=0,
        user_id="belfry-test-person",
        anonymous_id=None,
        event="Belfry Test",
        at=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        content={"message": "Hey Maria, this is a test of the connection."},
        campaign={TEST: True},
        traits={"first_name": "Maria", "name": "Maria Silva", "email": "maria.silva@example.com", "language": "pt"},
        fields=dict(registry.kind_of(connection.kind).sample),
        address=str(connection.config.get("test_address") or ""),
    )


def one_per_address(connection: Connection) -> bool:
    """Whether of several people with one e-mail address only one gets a message: by itself where mails are sent."""
    is_mail = registry.channel(connection.kind) == "email"
    return connection.config.get("one_per_address", is_mail) is True


def pretty(payload: Mapping[str, object]) -> str:
    return orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode()


def replaced(sealed: str, secrets: Mapping[str, str]) -> str:
    """Secrets that cannot be read any more are replaced as a whole."""
    try:
        kept = open_sealed(sealed)
    except ConnectorError:
        kept = {}
    return seal({name: secret for name, secret in {**kept, **secrets}.items() if secret})
