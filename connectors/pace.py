"""How fast the connections of a scope may send just now, together: their rate, less for a while after the provider
asked to slow down, nothing until a time that it named.

All of it is on the scope's row, so that all workers keep it. The pace is halved and then grows by itself, 2 % a second
(twice as much after 35 s), up to the rate that is set. Where none is set, it is half of what went out lately, which is
what this process sent times the number of workers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from django.conf import settings
from django.db import connection as database
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest
from psycopg.sql import SQL
from psycopg.sql import Literal as Value

from connectors.base import Fault, Receipt
from connectors.models import Connection, Scope

UNKNOWN_RATE = 270.0  # messages a second, where this process has sent nothing: mParticle's usual limit
LATELY = timedelta(seconds=10)
GROWTH = 1.02
HELD = timedelta(seconds=60)  # for so long it does not grow where the provider asked for that
ONCE = timedelta(seconds=1)  # what several workers hear within it is one wish of the provider
FORGOTTEN = timedelta(minutes=10)  # of growth: then it is no limit any more
ASKING = (Fault.RATE_LIMITED, Fault.BUSY)  # what the provider says of the sender, whatever connection it came over

NOW = SQL("%(now)s::timestamptz")
GROWN = SQL("pace * power({}, LEAST(600, GREATEST(0, EXTRACT(EPOCH FROM {} - pace_at)))::float8)").format(
    Value(GROWTH), NOW
)
UNKNOWN = SQL("%(unknown)s::float8")
# The smallest of the connections' own, whoever changed one just now; by the index on scope_id.
RATE = SQL("(SELECT min(rate_per_second) AS rate FROM connectors_connection WHERE scope_id = %(scope)s) AS own")
ALLOWED = SQL("LEAST(own.rate, {})").format(GROWN)  # null: there is no limit
HALVE = SQL("""UPDATE connectors_scope
    SET pace = GREATEST(1, COALESCE({allowed}, {unknown}) / 2), pace_at = {now} FROM {rate}
    WHERE key = %(scope)s AND (pace_at IS NULL OR pace_at NOT BETWEEN {now} - {once} AND {now})""").format(
    allowed=ALLOWED, unknown=UNKNOWN, now=NOW, once=Value(ONCE), rate=RATE
)
HOLD = SQL("""UPDATE connectors_scope SET pace = COALESCE({allowed}, {unknown}), pace_at = {now} + {held} FROM {rate}
    WHERE key = %(scope)s AND (pace IS NOT NULL OR %(refused)s)""").format(
    allowed=ALLOWED, unknown=UNKNOWN, now=NOW, held=Value(HELD), rate=RATE
)

# Scope → since when this process counts, and how many messages it was let send since.
lately: dict[str, tuple[datetime, int]] = {}


def change(scope: Scope, receipts: Sequence[Receipt], *, now: datetime) -> None:
    """Slower where a receipt says so; where none was refused and only growing was too much, a pace is held. Nothing
    before the time that the provider named."""
    if asked := {receipt.pace: receipt.state for receipt in receipts if receipt.pace}:
        wish: Literal["halve", "hold"] = "halve" if "halve" in asked else "hold"
        refused = asked[wish] != "accepted"
        given: dict[str, str | float | datetime] = {"scope": scope.key, "now": now, "refused": refused}
        given["unknown"] = measured(scope, now)
        with database.cursor() as cursor:
            cursor.execute(HALVE if wish == "halve" else HOLD, given)
    wait(scope, receipts, now=now)


def wait(scope: Scope, receipts: Iterable[Receipt], *, now: datetime) -> None:
    """A longer wait is never shortened."""
    seconds = max((each.retry_after for each in receipts if each.fault in ASKING), default=0.0)
    if seconds:
        until = now + timedelta(seconds=seconds)
        rows(scope).update(not_before=Greatest(Coalesce(F("not_before"), until), until))


def sent(scope: Scope, messages: int, *, now: datetime) -> None:
    """So many may go out now."""
    since, before = lately.get(scope.key, (now, 0))
    lately[scope.key] = (since, before + messages) if since <= now < since + LATELY else (now, messages)


def measured(scope: Scope, now: datetime) -> float:
    """Messages a second of all workers, as far as this one can tell."""
    since, messages = lately.get(scope.key, (now, 0))
    return messages / max(1.0, (now - since).total_seconds()) * settings.WORKERS if messages else UNKNOWN_RATE


def is_limited(scope: Scope) -> bool:
    return scope.pace is not None or scope.rate is not None


def limit(scope: Scope) -> int | None:
    """Messages a second, at most; None: as many as there are."""
    limits = [scope.rate, ceil(scope.pace) if scope.pace is not None else None]
    return min((limit for limit in limits if limit is not None), default=None)


def forget(scope: Scope, *, now: datetime) -> None:
    """A pace that has grown for so long that it is no limit any more."""
    if scope.pace_at is not None and scope.pace_at < now - FORGOTTEN:
        rows(scope).filter(pace_at__lt=now - FORGOTTEN).update(pace=None)


def slowed(connection: Connection, now: datetime) -> int | None:
    """Messages a second, where it is less than what the connections of its scope are set to."""
    scope = connection.scope
    if scope is None or scope.pace is None or scope.pace_at is None or scope.pace_at < now - FORGOTTEN:
        return None
    grown = scope.pace * GROWTH ** max(0.0, (now - scope.pace_at).total_seconds())
    return ceil(grown) if scope.rate is None or grown < scope.rate else None


def rows(scope: Scope) -> QuerySet[Scope]:
    return Scope.objects.filter(pk=scope.pk)
