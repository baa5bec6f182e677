"""Messages and connections made up for the connectors' tests."""

import uuid
from typing import Any

from connectors.base import Outgoing
from connectors.models import Connection
from connectors.secrets import seal

WRITE_KEY = 'wk_"s3cret"_key'


def outgoing(number: int = 1, **changes: Any) -> Outgoing:
    values: dict[str, Any] = {
        "id": str(uuid.UUID(int=number)),
        "profile_id": number,
        "user_id": f"user-{number}",
        "anonymous_id": None,
        "event": "Campaign Sent",
        "at": "2026-11-22T10:00:00.000Z",
        "content": {"message": "Hey there"},
        "campaign": {"Campaign Id": 7},
        "traits": {"language": "pt"},
    }
    return Outgoing(**values | changes)


def outgoings(count: int) -> list[Outgoing]:
    return [outgoing(number) for number in range(1, count + 1)]


def connection(kind: str = "segment", **fields: Any) -> Connection:
    values: dict[str, Any] = {"name": f"{kind}-{Connection.objects.count()}", "kind": kind}
    if kind == "segment":
        values["secrets"] = seal({"write_key": WRITE_KEY})
    return Connection.objects.create(**values | fields)
