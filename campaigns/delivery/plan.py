"""plan: a due run becomes its ledger, a chunk of profile ids at a time, each chunk one transaction.

A chunk writes the deliveries, their batches and their counters in one statement and moves `planned_to` with them:
killed anywhere, the next planner goes on after the last chunk that is in the database. Batches can be claimed as soon
as their chunk is committed.
"""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DataError, ProgrammingError, connection, transaction
from django.db.models import Max, Min
from psycopg.sql import SQL, Literal

from campaigns import lifecycle
from campaigns.delivery import sharing
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.audience import decided
from campaigns.delivery.clock import Clock, hour_of
from campaigns.delivery.snapshot import Incomplete, Snapshot
from campaigns.models import Campaign, Run
from connectors import health, registry
from connectors.models import Connection
from people.models import Profile
from segments.context import Ids
from segments.parse import TreeError
from segments.reading import RESET, for_sets

SMALLEST_CHUNK = 16  # the first chunk is this fraction of PLAN_CHUNK, so that sending begins soon; then they double

INSERT = SQL("""
    WITH decided AS ({decided}),
    numbered AS (
        SELECT profile_id, copy_id, reason,
               count(*) FILTER (WHERE reason = '') OVER (ORDER BY profile_id ROWS UNBOUNDED PRECEDING) AS place
        FROM decided
    ),
    inserted AS (
        INSERT INTO campaigns_delivery (message_id, run_id, profile_id, occurrence, key, batch_id, copy_id, variant,
                                        state, reason, attempts, answer, recorded_at)
        SELECT {message}, {run}, profile_id, {occurrence}, '',
               CASE WHEN reason = '' THEN ({batch_ids})[1 + (place - 1) / {size}] END, copy_id, '',
               CASE WHEN reason = '' THEN 'queued' ELSE 'excluded' END, reason, 0, '',
               CASE WHEN reason <> '' THEN {now} END
        FROM numbered
        ON CONFLICT DO NOTHING
        RETURNING batch_id, copy_id, state, reason
    ),
    batches AS (
        INSERT INTO campaigns_batch (id, message_id, run_id, occurrence, not_before, state, size, attempts)
        SELECT batch_id, {message}, {run}, {occurrence}, {now}, 'queued', count(*), 0
        FROM inserted WHERE batch_id IS NOT NULL GROUP BY batch_id
    )
    INSERT INTO campaigns_counter (run_id, copy_id, variant, state, reason, hour, people)
    SELECT {run}, copy_id, '', state, reason, {hour}, count(*)
    FROM inserted GROUP BY copy_id, state, reason ORDER BY copy_id, state, reason
    ON CONFLICT (run_id, copy_id, variant, state, reason, hour)
    DO UPDATE SET people = campaigns_counter.people + excluded.people
""")


def plan(run_id: int, *, clock: Clock, until: float) -> None:
    """Begin the run if its time has come and write its ledger. Safe to repeat and in two workers at once."""
    begin(run_id, now=clock())
    while time.monotonic() < until and plan_chunk(run_id, now=clock()):
        pass


@transaction.atomic
def begin(run_id: int, *, now: datetime) -> None:
    """due → planning with everything frozen, or missed when it is too late, or refused when it cannot be sent."""
    run = Run.objects.select_related("campaign").get(pk=run_id)
    campaign = lifecycle.locked(run.campaign)
    run = Run.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.state != Run.State.DUE or run.due_at > now or campaign.state not in lifecycle.SENDABLE:
        return
    if now - run.due_at > timedelta(seconds=settings.MISSED_AFTER_SECONDS):
        lifecycle.missed(run, now=now)
        return
    try:
        frozen = snapshots.freeze(campaign)
        try_query(frozen, now=now)
    except (Incomplete, TreeError, DataError, ProgrammingError) as error:
        refuse(run, str(error), now=now)
        return
    ids = Profile.objects.aggregate(first=Min("pk"), last=Max("pk"))
    run.state, run.started_at, run.message_version = Run.State.PLANNING, now, campaign.message.version
    run.connection_id = frozen.connection
    run.snapshot, run.planned_to, run.plan_until = snapshots.dump(frozen), (ids["first"] or 1) - 1, ids["last"] or 0
    run.save()
    lifecycle.started(run, now=now)


@transaction.atomic
def try_query(frozen: Snapshot, *, now: datetime) -> None:
    """What PostgreSQL cannot answer at all is found out before anybody is planned."""
    with connection.cursor() as cursor:
        cursor.execute(for_sets())
        cursor.execute(decided(frozen, now=now, people=Ids(0, 0)))
        cursor.execute(RESET)


def refuse(run: Run, reason: str, *, now: datetime) -> None:
    run.state, run.reason, run.completed_at = Run.State.REFUSED, reason, now
    run.save(update_fields=["state", "reason", "completed_at"])
    lifecycle.completed(run, now=now)


@transaction.atomic
def plan_chunk(run_id: int, *, now: datetime) -> bool:
    """Plan the next chunk of ids; False when all are planned, the campaign is paused, or another worker is at it.

    The lock is a statement of its own: taken inside the INSERT it would still read the old `planned_to`. It is
    NO KEY UPDATE, so that workers who record meanwhile can reference the run.
    """
    run = (
        Run.objects.select_for_update(no_key=True, skip_locked=True, of=["self"])
        .select_related("campaign")
        .filter(pk=run_id, state__in=[Run.State.PLANNING, Run.State.STOPPED], planned_at=None, snapshot__isnull=False)
        .first()
    )
    if run is None or run.plan_until is None or run.campaign.state == Campaign.State.PAUSED:
        return False
    ids = next_ids(run, run.plan_until)
    if ids.until > ids.after:
        write_ledger(run, ids, now=now)
    run.planned_to = ids.until
    if run.planned_to >= run.plan_until:
        run.planned_at = now
        run.state = Run.State.SENDING if run.state == Run.State.PLANNING else run.state
    run.save(update_fields=["planned_to", "planned_at", "state"])
    return run.planned_at is None


def next_ids(run: Run, last: int) -> Ids:
    """As many ids as are planned already, within a sixteenth of a chunk and a whole one."""
    first = Profile.objects.aggregate(first=Min("pk"))["first"] or 0
    planned = run.planned_to - first + 1
    size = min(max(planned, settings.PLAN_CHUNK // SMALLEST_CHUNK, 1), settings.PLAN_CHUNK)
    return Ids(run.planned_to, min(run.planned_to + size, last))


def write_ledger(run: Run, ids: Ids, *, now: datetime) -> None:
    """The chunk's deliveries, batches and counters in one statement. Run twice, it adds nothing."""
    frozen: Snapshot = snapshots.load(run.snapshot)
    stopped, size = run.state == Run.State.STOPPED, batch_size(frozen)
    with connection.cursor() as cursor:
        cursor.execute(for_sets())
        cursor.execute(
            INSERT.format(
                decided=decided(
                    frozen,
                    now=run.started_at or now,
                    people=ids,
                    stopped=stopped,
                    earlier=sharing.planned(run, ids),
                ),
                message=Literal(run.message_id),
                run=Literal(run.pk),
                occurrence=Literal(run.occurrence),
                batch_ids=Literal(reserved_batch_ids(ids, size)),
                size=Literal(size),
                now=Literal(now),
                hour=Literal(hour_of(now)),
            )
        )


def batch_size(frozen: Snapshot) -> int:
    """At most one second of the connection's rate, and no more than may be in doubt when a worker is killed."""
    over = Connection.objects.get(pk=frozen.connection)
    limits = (settings.BATCH_SIZE, health.batch_limit(over), registry.most_in_doubt(over))
    return max(1, min(limit for limit in limits if limit is not None))


def reserved_batch_ids(ids: Ids, size: int) -> list[int]:
    """Enough ids for everyone in the chunk; those that are not used leave a gap in the sequence."""
    wanted = (ids.until - ids.after - 1) // size + 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('campaigns_batch', 'id')) FROM generate_series(1, %s)", [wanted]
        )
        return [batch_id for (batch_id,) in cursor.fetchall()]
