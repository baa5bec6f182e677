"""Short ways to send bodies as nobody should."""

import json
from typing import Any

from django.test import Client

NOW_SECONDS = 1_767_225_600  # 2026-01-01T00:00:00Z
Record = dict[str, object]


def event(**fields: object) -> Record:
    return {"identity": "ann", "type": "event", "evtName": "Viewed", "ts": NOW_SECONDS, **fields}


def profile(**data: object) -> Record:
    return {"identity": "ann", "type": "profile", "profileData": data}


def track(**fields: object) -> Record:
    return {"type": "track", "userId": "ann", "event": "Viewed", **fields}


def post(key: str, body: bytes, path: str = "/1/upload", **headers: str):
    given = {"Authorization": f"Bearer {key}", **headers}
    return Client().post(path, body, content_type="application/json", headers=given)


def upload(key: str, *records: object):
    return post(key, json.dumps({"d": list(records)}).encode())


def batch(key: str, *messages: object):
    return post(key, json.dumps({"batch": list(messages)}).encode(), "/v1/batch")


def codes(answer: Any) -> list[Any]:
    """What was refused: (code, …) of an upload, (index, code) of a batch."""
    told = answer.json()
    if "unprocessed" in told:
        return [each["code"] for each in told["unprocessed"]]
    return [(each["index"], each["code"]) for each in told.get("rejected", [])]
