"""How fast a connection may send just now: its rate, or less for a while after its provider asked to slow down.

The pace is a part of the connection's row, so that all workers keep it. It is halved and then grows by itself, 2 % a
second (twice as much after 35 s), up to the rate that is set. Where none is set, it is half of what went out lately,
which is what this process sent times the number of workers.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from django.conf import settings
from django.db import connection as database
from psycopg.sql import SQL
from psycopg.sql import Literal as Value

from connectors.base import Receipt
from connectors.models import Connection

UNKNOWN_RATE = 270.0  # messages a second, where this process has sent nothing: mParticle's usual limit
LATELY = timedelta(seconds=10)
GROWTH = 1.02
HELD = timedelta(seconds=60)  # for so long it does not grow where the provider asked for that
ONCE = timedelta(seconds=1)  # what several workers hear within it is one wish of the provider
FORGOTTEN = timedelta(minutes=10)  # of growth: then it is no limit any more

NOW = SQL("%(now)s::timestamptz")
GROWN = SQL("pace * power({}, LEAST(600, GREATEST(0, EXTRACT(EPOCH FROM {} - pace_at)))::float8)").format(
    Value(GROWTH), NOW
)
UNKNOWN = SQL("%(unknown)s::float8")
ALLOWED = SQL("LEAST(rate_per_second, {})").format(GROWN)  # null: there is no limit
HALVE = SQL("""UPDATE connectors_connection
    SET pace = GREATEST(1, COALESCE({allowed}, {unknown}) / 2), pace_at = {now}
    WHERE id = %(id)s AND (pace_at IS NULL OR pace_at NOT BETWEEN {now} - {once} AND {now})""").format(
    allowed=ALLOWED, unknown=UNKNOWN, now=NOW, once=Value(ONCE)
)
HOLD = SQL("""UPDATE connectors_connection SET pace = COALESCE({allowed}, {unknown}), pace_at = {now} + {held}
    WHERE id = %(id)s AND (pace IS NOT NULL OR %(refused)s)""").format(
    allowed=ALLOWED, unknown=UNKNOWN, now=NOW, held=Value(HELD)
)

# Connection → since when this process counts, and how many messages it was let send since.
lately: dict[int, tuple[datetime, int]] = {}


def change(connection: Connection, receipts: Iterable[Receipt], *, now: datetime) -> None:
    """Slower where a receipt says so; where none was refused and only growing was too much, a pace is held."""
    asked = {receipt.pace: receipt.state for receipt in receipts if receipt.pace}
    if asked:
        wish: Literal["halve", "hold"] = "halve" if "halve" in asked else "hold"
        refused = asked[wish] != "accepted"
        given: dict[str, int | float | datetime] = {"id": connection.pk, "now": now, "refused": refused}
        given["unknown"] = measured(connection, now)
        with database.cursor() as cursor:
            cursor.execute(HALVE if wish == "halve" else HOLD, given)


def sent(connection: Connection, messages: int, *, now: datetime) -> None:
    """So many may go out now."""
    since, before = lately.get(connection.pk, (now, 0))
    lately[connection.pk] = (since, before + messages) if since <= now < since + LATELY else (now, messages)


def measured(connection: Connection, now: datetime) -> float:
    """Messages a second of all workers, as far as this one can tell."""
    since, messages = lately.get(connection.pk, (now, 0))
    return messages / max(1.0, (now - since).total_seconds()) * settings.WORKERS if messages else UNKNOWN_RATE


def is_limited(connection: Connection) -> bool:
    return connection.rate_per_second is not None or connection.pace is not None


def slowed(connection: Connection, now: datetime) -> int | None:
    """Messages a second, where it is less than the connection's own rate."""
    if connection.pace is None or connection.pace_at is None or connection.pace_at < now - FORGOTTEN:
        return None
    grown = connection.pace * GROWTH ** max(0.0, (now - connection.pace_at).total_seconds())
    rate = connection.rate_per_second
    return ceil(grown) if rate is None or grown < rate else None
