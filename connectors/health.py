"""When a connection may send and how it fares: rows in PostgreSQL, shared by all workers."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from psycopg import sql

from accounts import audit
from accounts.models import User
from connectors import notices, pace, scopes
from connectors.base import BACKOFF_CAP, FAILURES_IN_A_ROW, Fault, Receipt
from connectors.models import Connection, Scope

BREAKER_OPENS_AT = FAILURES_IN_A_ROW
PROBE = timedelta(seconds=20)  # longer than a request may last
PAUSED_RECHECK = timedelta(seconds=5)
STAMP_EVERY = timedelta(seconds=1)
REFUSED = "rejected_by_provider"  # the reason of a message that the other side did not take
WORST_FIRST = (Fault.MISCONFIGURED, Fault.UNAVAILABLE, Fault.RATE_LIMITED, Fault.BUSY, None)

# A full bucket holds one second's messages. A batch larger than that goes when the bucket is full and leaves a debt,
# so the rate holds over time.
FILLED = sql.SQL("""LEAST({rate}, CASE WHEN allowance_at IS NULL THEN {rate} ELSE
    allowance + {rate} * GREATEST(0, EXTRACT(EPOCH FROM %(now)s::timestamptz - allowance_at)) END)""").format(
    rate=pace.ALLOWED
)
CHARGE = sql.SQL("""UPDATE connectors_scope
    SET allowance = {filled} - %(messages)s, allowance_at = GREATEST(allowance_at, %(now)s::timestamptz) FROM {own}
    WHERE key = %(scope)s AND {filled} >= LEAST(%(messages)s, {rate}) AND {rate} > 0""").format(
    filled=FILLED, rate=pace.ALLOWED, own=pace.RATE
)
MISSING = sql.SQL("""SELECT (LEAST(%(messages)s, {rate}) - {filled}) / GREATEST({rate}, 1)
    FROM connectors_scope, {own} WHERE key = %(scope)s""").format(filled=FILLED, rate=pace.ALLOWED, own=pace.RATE)


def take(connection: Connection, messages: int, *, now: datetime) -> datetime | None:
    """Leave to send so many messages now (None), or the time to ask again. Refreshes `connection`."""
    connection.refresh_from_db(from_queryset=Connection.objects.select_related("scope"))
    scope = scopes.of(connection)
    if connection.state == Connection.State.PAUSED:
        return now + PAUSED_RECHECK
    if until := waits_until(connection, now):
        return until
    if is_probing(connection) and not may_probe(connection, now):
        return now + PROBE
    later = charge(scope, messages, now) if pace.is_limited(scope) else None
    if later is None:
        pace.sent(scope, messages, now=now)
    return later


def waits_until(connection: Connection, now: datetime) -> datetime | None:
    """When it sends again by itself: it does not answer, or the provider named a time to whoever shares its rate."""
    asked = connection.scope.not_before if connection.scope else None
    return max((until for until in (connection.not_before, asked) if until and until > now), default=None)


def batch_limit(connection: Connection) -> int | None:
    """How large a batch may be so that a slow rate holds to the second; None: as large as you like."""
    return pace.limit(scopes.of(connection))


def note(
    connection: Connection,
    receipts: Sequence[Receipt],
    *,
    now: datetime,
    is_trial: bool = False,
    is_test: bool = False,
    own: Collection[str] = (),
) -> bool:
    """What the answers to one batch say about the connection. True when this changed its row.

    A message that was not tried says nothing, nor does the trouble that messages have by themselves (ids in `own`).
    Whoever tries the connection (`is_trial`) is told of a message that was refused as of any other failure. Any other
    test (`is_test`) that fails is no trouble of the connection: what was tried may be words that nobody will send.
    """
    receipts = [each for each in receipts if not each.is_untried and each.id not in own]
    if not receipts:
        return False
    if asking := [receipt for receipt in receipts if receipt.pace or receipt.fault in pace.ASKING]:
        pace.change(scopes.of(connection), asking, now=now)
    faulty = [receipt for receipt in receipts if receipt.fault or (is_trial and receipt.state != "accepted")]
    if answers(receipts):
        faulty = [receipt for receipt in faulty if receipt.fault != Fault.UNAVAILABLE]
    if is_test and not is_trial and (faulty or refusals(receipts)):
        return False
    if not faulty:
        return refused(connection, told, now) if (told := refusals(receipts)) else succeeded(connection, now)
    worst = min(faulty, key=lambda receipt: WORST_FIRST.index(receipt.fault))
    failed(connection, worst, now)
    return True


def answers(receipts: Sequence[Receipt]) -> bool:
    """Whether the other side is there, by most of what was sent: a request that breaks now and then is no outage."""
    return 2 * sum(receipt.fault == Fault.UNAVAILABLE for receipt in receipts) < len(receipts)


def refusals(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Those that the other side refused, where they are most of what was sent."""
    found = [receipt for receipt in receipts if receipt.reason == REFUSED]
    return found if 2 * len(found) > len(receipts) else []


def is_probing(connection: Connection) -> bool:
    """Whether what is sent now tries if the other side answers again: the breaker is open."""
    return connection.failures >= BREAKER_OPENS_AT


def succeeded(connection: Connection, now: datetime) -> bool:
    stale = Q(last_success_at=None) | Q(last_success_at__lt=now - STAMP_EVERY)
    return answered(connection, stale, now, last_success_at=now)


def refused(connection: Connection, receipts: Sequence[Receipt], now: datetime) -> bool:
    """The other side is there and takes next to nothing: nobody is stopped, but it is said."""
    stale = Q(last_failure_at=None) | Q(last_failure_at__lt=now - STAMP_EVERY)
    words = f"Most of the last messages were refused. {receipts[0].answer}"
    return answered(connection, stale, now, last_failure_at=now, last_error=words[:500])


def answered(connection: Connection, stale: Q, now: datetime, **stamp: object) -> bool:
    """Closes the breaker. At most one write a second, so that workers do not queue for the row."""
    changed = (
        rows(connection)
        .filter(stale | Q(failures__gt=0))
        .update(
            **stamp,
            not_before=models.Case(models.When(failures__gte=BREAKER_OPENS_AT, then=None), default=F("not_before")),
            failures=0,
        )
    )
    if changed:
        pace.forget(scopes.of(connection), now=now)
    if changed and connection.failures >= BREAKER_OPENS_AT:
        notices.well(connection, now=now)
    return bool(changed)


def failed(connection: Connection, receipt: Receipt, now: datetime) -> None:
    """One message's trouble stops nobody."""
    if receipt.fault == Fault.MISCONFIGURED:
        pause(connection, receipt.answer, by=None, now=now)
    rows(connection).update(last_failure_at=now, last_error=receipt.answer[:500])
    if receipt.fault == Fault.UNAVAILABLE:
        unavailable(connection, receipt, now)


def unavailable(connection: Connection, receipt: Receipt, now: datetime) -> None:
    """Counted by the breaker. A longer wait is never shortened, except the one a failed probe leaves."""
    until = now + timedelta(seconds=max(receipt.retry_after, breaker_wait(connection.failures + 1)))
    rows(connection).update(
        failures=F("failures") + 1,
        not_before=models.Case(
            models.When(failures__gte=BREAKER_OPENS_AT, not_before__lte=now + PROBE, then=models.Value(until)),
            default=Greatest(Coalesce(F("not_before"), until), until),
        ),
    )
    if rows(connection).filter(failures__gte=BREAKER_OPENS_AT).exists():
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
    """Send again, the breaker closed. What the provider asked of all who share its rate stands."""
    active = Connection.State.ACTIVE
    fresh: dict[str, object] = {"state": active, "paused_reason": "", "failures": 0, "not_before": None}
    if rows(connection).exclude(state=active).update(**fresh):
        connection.state, connection.paused_reason = active, ""
        audit.record(by, "resumed", connection)


def may_probe(connection: Connection, now: datetime) -> bool:
    """The breaker is open and its wait is over: one worker tries, the others go on waiting."""
    due = Q(not_before=None) | Q(not_before__lte=now)
    return bool(rows(connection).filter(due, failures__gte=BREAKER_OPENS_AT).update(not_before=now + PROBE))


def charge(scope: Scope, messages: int, now: datetime) -> datetime | None:
    """None, too, where the limit has been taken away since it was looked for."""
    asked: dict[str, str | int | datetime] = {"scope": scope.key, "messages": messages, "now": now}
    with database.cursor() as cursor:
        cursor.execute(CHARGE, asked)
        if cursor.rowcount:
            return None
        cursor.execute(MISSING, asked)
        missing = cursor.fetchone()
    if missing is None or missing[0] is None:
        return None
    return now + timedelta(seconds=max(float(missing[0]), 0.01))


def rows(connection: Connection) -> models.QuerySet[Connection]:
    return Connection.objects.filter(pk=connection.pk)
