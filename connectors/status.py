"""How a connection fares, in words for people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connectors import pace
from connectors.health import BREAKER_OPENS_AT, waits_until
from connectors.models import Connection


@dataclass(frozen=True, slots=True)
class Status:
    """`look` is a state the pages have an icon for; `until` is when it sends again by itself, if it waits."""

    look: Literal["healthy", "failing", "untested", "paused", "queued"]
    word: str
    words: str
    until: datetime | None = None


def status(connection: Connection, *, now: datetime) -> Status:
    until = waits_until(connection, now)
    if connection.state == Connection.State.PAUSED:
        return Status("paused", "Paused", connection.paused_reason or "Somebody paused it.")
    if connection.failures >= BREAKER_OPENS_AT:
        return Status("failing", "Failing", connection.last_error, until)
    if until:
        asked = connection.scope is not None and connection.scope.not_before == until
        return Status("queued", "Waiting", "The provider asked to wait." if asked else connection.last_error, until)
    rate = pace.slowed(connection, now)
    if failed_last(connection) and (rate is None or not asked_to_slow_down(connection)):
        return Status("failing", "Failed last time", connection.last_error)
    if rate is not None:
        words = f"The provider asked to slow down: about {rate:,} messages a second now, and slowly more again."
        return Status("queued", "Slowed down", words)
    if connection.last_success_at is None:
        return Status("untested", "Not tested yet", "Nothing was sent over it so far.")
    return Status("healthy", "Healthy", "The last message was accepted.")


def asked_to_slow_down(connection: Connection) -> bool:
    """By the failure that was the last, not by one before it."""
    scope, failed_at = connection.scope, connection.last_failure_at
    return bool(scope and scope.pace_at and failed_at and scope.pace_at >= failed_at)


def failed_last(connection: Connection) -> bool:
    if connection.last_failure_at is None:
        return False
    return connection.last_success_at is None or connection.last_failure_at > connection.last_success_at
