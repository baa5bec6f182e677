"""Small makers of what tests need; each says by its arguments what matters, and nothing surprises."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection as database

from accounts.models import Role, User
from campaigns.models import Campaign, Copy, Message, Run
from connectors.models import Connection
from connectors.secrets import seal
from people.models import Profile

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
EVERYONE: dict[str, Any] = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 999}}]}}
Pairs = Sequence[tuple[str, str]]
HELLO: Pairs = (("title", "Hello {{ profile.first_name | default: 'there' }}"),)


def user(username: str = "alice", role: str = Role.ADMIN) -> User:
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(username, password="correct horse", role=role)


def file_connection(**fields: Any) -> Connection:
    return Connection.objects.get_or_create(name="File", defaults={"kind": "file", **fields})[0]


def segment_connection(url: str, **fields: Any) -> Connection:
    secrets = seal({"write_key": "key"})
    return Connection.objects.create(
        name="Segment", kind="segment", config={"url": url, "compress": False}, secrets=secrets, **fields
    )


def people(size: int, *, language: str = "en", prefix: str = "person") -> list[int]:
    """So many people in one statement, `person-1` and so on; returns their ids, in order."""
    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_profile (identity, name, first_name, email, language, properties, bucket, created_at,
                                        updated_at)
            SELECT %(prefix)s || '-' || n, 'Person ' || n, 'Person' || n, %(prefix)s || n || '@example.com',
                   %(language)s, jsonb_build_object('points', n %% 1000, 'plan', 'gold'), n %% 1000, now(), now()
            FROM generate_series(1, %(size)s) n ORDER BY n RETURNING id
            """,
            {"prefix": prefix, "language": language, "size": size},
        )
        return [pk for (pk,) in cursor.fetchall()]


def person(**fields: Any) -> Profile:
    return Profile.objects.create(**{"bucket": 0, **fields})


def campaign(
    connection: Connection | None = None,
    *,
    copies: Mapping[str, Pairs] | None = None,
    tree: Mapping[str, Any] = EVERYONE,
    state: str = Campaign.State.SCHEDULED,
    control_percent: int = 0,
    **message: Any,
) -> Campaign:
    """A campaign to everyone; `copies` maps values of the property to key-value pairs, "" being the default."""
    wordings = copies or {"": HELLO}
    made = Campaign.objects.create(
        name="Win back", owner=user(), connection=connection or file_connection(), tree=tree, state=state,
        control_percent=control_percent, control_salt=uuid.uuid4(), published_at=NOW,
        schedule={"kind": "now"}, labels=["winback"],
    )  # fmt: skip
    kind = Message.Kind.BY_PROPERTY if len(wordings) > 1 else Message.Kind.SINGLE
    said = Message.objects.create(campaign=made, **{"kind": kind, **message})
    for position, (value, pairs) in enumerate(wordings.items()):
        Copy.objects.create(message=said, value=value, pairs=[list(pair) for pair in pairs], position=position)
    return made


def run(of: Campaign, *, due_at: datetime = NOW, number: int = 1) -> Run:
    return Run.objects.create(
        campaign=of, message=of.message, number=number, occurrence=due_at, due_at=due_at, created_at=due_at
    )
