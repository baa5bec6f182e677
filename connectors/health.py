"""When a connection may send and how it fares: rows in PostgreSQL, shared by all workers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from django.db import connection as database
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from psycopg import sql

from accounts import audit
from accounts.models import User
from connectors import notices, pace
from connectors.base import BACKOFF_CAP, FAILURES_IN_A_ROW, Fault, Receipt
from connectors.models import Connection

BREAKER_OPENS_AT = FAILURES_IN_A_ROW
PROBE = timedelta(seconds=20)  # longer than a request may last
PAUSED_RECHECK = timedelta(seconds=5)
STAMP_EVERY = timedelta(seconds=1)
WORST_FIRST = (Fault.MISCONFIGURED, Fault.UNAVAILABLE, Fault.RATE_LIMITED, Fault.BUSY, None)

# A full bucket holds one second's messages. A batch larger than that goes when the bucket is full and leaves a debt,
# so the rate holds over time.
FILLED = sql.SQL("""LEAST({rate}, CASE WHEN allowance_at IS NULL THEN {rate} ELSE
    allowance + {rate} * GREATEST(0, EXTRACT(EPOCH FROM %(now)s::timestamptz - allowance_at)) END)""").format(
    rate=pace.ALLOWED
)
CHARGE = sql.SQL("""UPDATE connectors_connection
    SET allowance = {filled} - %(messages)s, allowance_at = GREATEST(allowance_at, %(now)s::timestamptz)
    WHERE id = %(id)s AND {filled} >= LEAST(%(messages)s, {rate}) AND {rate} > 0""").format(
    filled=FILLED, rate=pace.ALLOWED
)
MISSING = sql.SQL("""SELECT (LEAST(%(messages)s, {rate}) - {filled}) / GREATEST({rate}, 1)
    FROM connectors_connection WHERE id = %(id)s""").format(filled=FILLED, rate=pace.ALLOWED)


def take(connection: Connection, messages: int, *, now: datetime) -> datetime | None:
    """Leave to send so many messages now (None), or the time to ask again. Refreshes `connection`."""
    connection.refresh_from_db()
    if connection.state == Connection.State.PAUSED:
        return now + PAUSED_RECHECK
    if connection.not_before and connection.not_before > now:
        return connection.not_before
    if connection.failures >= BREAKER_OPENS_AT and not may_probe(connection, now):
        return now + PROBE
    later = charge(connection, messages, now) if pace.is_limited(connection) else None
    if later is None:
        pace.sent(connection, messages, now=now)
    return later


def batch_limit(connection: Connection) -> int | None:
    """How large a batch may be so that a slow rate holds to the second; None: as large as you like."""
    limits = [connection.rate_per_second, ceil(connection.pace) if connection.pace is not None else None]
    return min((limit for limit in limits if limit is not None), default=None)


def note(connection: Connection, receipts: Sequence[Receipt], *, now: datetime, is_trial: bool = False) -> bool:
    """What the answers to one batch say about the connection. True when this changed its row.

    Whoever tries the connection (`is_trial`) is told of a message that was refused as of any other failure.
    """
    pace.change(connection, receipts, now=now)
    faulty = [receipt for receipt in receipts if receipt.fault or (is_trial and receipt.state != "accepted")]
    if not faulty:
        return succeeded(connection, now)
    worst = min(faulty, key=lambda receipt: WORST_FIRST.index(receipt.fault))
    failed(connection, worst, now)
    return True


def succeeded(connection: Connection, now: datetime) -> bool:
    """Closes the breaker. At most one write a second, so that workers do not queue for the row."""
    stale = Q(last_success_at=None) | Q(last_success_at__lt=now - STAMP_EVERY)
    changed = (
        rows(connection)
        .filter(stale | Q(failures__gt=0))
        .update(
            last_success_at=now,
            not_before=models.Case(models.When(failures__gte=BREAKER_OPENS_AT, then=None), default=F("not_before")),
            failures=0,
            pace=models.Case(models.When(pace_at__lt=now - pace.FORGOTTEN, then=None), default=F("pace")),
        )
    )
    if changed and connection.failures >= BREAKER_OPENS_AT:
        notices.well(connection, now=now)
    return bool(changed)


def failed(connection: Connection, receipt: Receipt, now: datetime) -> None:
    """A longer wait is never shortened, except the one a failed probe leaves. One message's trouble stops nobody."""
    if receipt.fault == Fault.MISCONFIGURED:
        pause(connection, receipt.answer, by=None, now=now)
    counted = 1 if receipt.fault == Fault.UNAVAILABLE else 0
    asked = receipt.retry_after if receipt.fault else 0.0
    wait = max(asked, breaker_wait(connection.failures + counted) if counted else 0.0)
    until = now + timedelta(seconds=wait)
    rows(connection).update(
        last_failure_at=now,
        last_error=receipt.answer[:500],
        failures=F("failures") + counted,
        not_before=models.Case(
            models.When(failures__gte=BREAKER_OPENS_AT, not_before__lte=now + PROBE, then=models.Value(until)),
            default=Greatest(Coalesce(F("not_before"), until), until),
        ),
    )
    if counted and rows(connection).filter(failures__gte=BREAKER_OPENS_AT).exists():
        notices.failing(connection, receipt.answer, now=now)


def breaker_wait(failures: int) -> float:
    """Seconds for which an open breaker stops everybody."""
    return 0.0 if failures < BREAKER_OPENS_AT else min(BACKOFF_CAP, 2.0 ** (failures - BREAKER_OPENS_AT))


@transaction.atomic
def pause(connection: Connection, reason: str, *, by: User | None, now: datetime | None = None) -> None:
    """Nothing is sent until somebody resumes it; the owner is told where nobody did it (`by`, then with `now`).

    Pausing what is paused changes nothing.
    """
    paused = Connection.State.PAUSED
    if rows(connection).exclude(state=paused).update(state=paused, paused_reason=reason[:500]):
        connection.state, connection.paused_reason = paused, reason[:500]
        audit.record(by, "paused", connection, reason=reason[:500])
        if now is not None:
            notices.paused(connection, reason, now=now)


@transaction.atomic
def resume(connection: Connection, *, by: User | None) -> None:
    """Send again, with breaker, waits and pace forgotten."""
    active = Connection.State.ACTIVE
    fresh: dict[str, object] = {"state": active, "paused_reason": "", "failures": 0, "not_before": None, "pace": None}
    if rows(connection).exclude(state=active).update(**fresh):
        connection.state, connection.paused_reason = active, ""
        audit.record(by, "resumed", connection)


def may_probe(connection: Connection, now: datetime) -> bool:
    """The breaker is open and its wait is over: one worker tries, the others go on waiting."""
    due = Q(not_before=None) | Q(not_before__lte=now)
    return bool(rows(connection).filter(due, failures__gte=BREAKER_OPENS_AT).update(not_before=now + PROBE))


def charge(connection: Connection, messages: int, now: datetime) -> datetime | None:
    asked: dict[str, int | datetime] = {"id": connection.pk, "messages": messages, "now": now}
    with database.cursor() as cursor:
        cursor.execute(CHARGE, asked)
        if cursor.rowcount:
            return None
        cursor.execute(MISSING, asked)
        (missing,) = cursor.fetchone()
    return now + timedelta(seconds=max(float(missing), 0.01))


def rows(connection: Connection) -> models.QuerySet[Connection]:
    return Connection.objects.filter(pk=connection.pk)
