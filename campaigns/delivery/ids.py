"""The id a message goes out under: the same on every try, the same in Python and in SQL, never stored."""

import hashlib
from datetime import UTC, datetime, timedelta

from psycopg.sql import SQL, Composable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def outgoing_id(installation: str, message_id: int, profile_id: int, occurrence: datetime, key: str = "") -> str:
    """md5 of `installation:message:profile:microseconds:key`, written as a UUID."""
    return written_as_uuid(prefix(installation, message_id), profile_id, suffix(occurrence, key))


def prefix(installation: str, message_id: int) -> bytes:
    """What all people of a run share, before the person; `written_as_uuid` puts the three together."""
    return f"{installation}:{message_id}:".encode()


def suffix(occurrence: datetime, key: str = "") -> bytes:
    return f":{(occurrence - EPOCH) // MICROSECOND}:{key}".encode()


def written_as_uuid(before: bytes, profile_id: int, after: bytes) -> str:
    digest = hashlib.md5(b"%b%d%b" % (before, profile_id, after), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def outgoing_id_sql(
    installation: Composable, message: Composable, profile: Composable, occurrence: Composable, key: Composable
) -> Composable:
    """The same as a `uuid`, over SQL expressions."""
    return SQL(
        "md5({installation} || ':' || {message} || ':' || {profile} || ':'"
        " || trunc(extract(epoch FROM {occurrence}) * 1000000)::bigint || ':' || {key})::uuid"
    ).format(installation=installation, message=message, profile=profile, occurrence=occurrence, key=key)
