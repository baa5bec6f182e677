"""The ledger's two writes after planning: a worker claims batches by lease, and records what became of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from campaigns.delivery.clock import hour_of
from campaigns.delivery.job import Job
from connectors import health
from connectors.models import Connection
from people import suppressing
from people.suppressing import Bounce, code_in

CLAIMED_BATCHES = 4  # in one claim: fewer round trips and commits, several requests under way at once

CLAIM = """
    WITH open AS MATERIALIZED (
        SELECT r.id FROM campaigns_run r
        JOIN campaigns_campaign c ON c.id = r.campaign_id
        JOIN connectors_connection n ON n.id = r.connection_id
        LEFT JOIN connectors_scope s ON s.key = n.scope_id
        WHERE r.id = %(run)s AND r.state IN ('planning', 'sending') AND c.state <> 'paused'
          AND n.state = 'active' AND (n.not_before IS NULL OR n.not_before <= %(now)s)
          AND (s.not_before IS NULL OR s.not_before <= %(now)s)
    ),
    picked AS MATERIALIZED (
        SELECT b.id, b.lease IS NOT NULL AS again FROM campaigns_batch b
        WHERE b.run_id = (SELECT id FROM open) AND b.state = 'queued' AND b.not_before <= %(now)s
          AND (b.lease_until IS NULL OR b.lease_until <= %(now)s)
        ORDER BY b.not_before, b.id LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_batch b SET lease = %(lease)s, lease_until = %(until)s, attempts = b.attempts + 1
    FROM picked WHERE b.id = picked.id
    RETURNING b.id, b.attempts, b.size, picked.again
"""

# Accepted by batch, everything else by row; then the batches that are done, and the counters in sorted order so that no
# two workers can deadlock.
RECORD = """
    WITH changes AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(answers)s::text[])
                      AS change (id, state, reason, answer)
    ),
    others AS (
        UPDATE campaigns_delivery d
        SET state = changes.state, reason = changes.reason, answer = changes.answer, recorded_at = %(now)s,
            attempts = LEAST(d.attempts + 1, 32767)
        FROM changes WHERE d.id = changes.id AND d.occurrence = %(occurrence)s AND d.state = 'queued'
        RETURNING d.copy_id, d.variant, d.state, d.reason
    ),
    accepted AS (
        UPDATE campaigns_delivery d
        SET state = 'accepted', recorded_at = %(now)s, attempts = LEAST(d.attempts + 1, 32767)
        WHERE d.batch_id = ANY(%(accepted)s::bigint[]) AND d.occurrence = %(occurrence)s AND d.state = 'queued'
          AND d.id <> ALL(%(not_accepted)s::bigint[])
        RETURNING d.batch_id, d.copy_id, d.variant, d.state, d.reason
    ),
    done AS (
        UPDATE campaigns_batch b
        SET state = 'done', lease = NULL, lease_until = NULL, done_at = %(now)s, accepted = COALESCE(taken.people, 0)
        FROM unnest(%(accepted)s::bigint[]) AS settled (id)
        LEFT JOIN (SELECT batch_id, count(*) AS people FROM accepted GROUP BY batch_id) taken
          ON taken.batch_id = settled.id
        WHERE b.id = settled.id
    ),
    changed AS (
        SELECT copy_id, variant, state, reason, count(*) AS people
        FROM (SELECT copy_id, variant, state, reason FROM others
              UNION ALL SELECT copy_id, variant, state, reason FROM accepted) rows
        GROUP BY copy_id, variant, state, reason
    )
    INSERT INTO campaigns_counter (run_id, copy_id, variant, state, reason, hour, people)
    SELECT %(run)s, copy_id, variant, state, reason, %(hour)s, people
    FROM (
        SELECT copy_id, variant, state, reason, people FROM changed
        UNION ALL
        SELECT copy_id, variant, 'queued', '', -sum(people) FROM changed GROUP BY copy_id, variant
    ) deltas
    ORDER BY copy_id, variant, state, reason
    ON CONFLICT (run_id, copy_id, variant, state, reason, hour)
    DO UPDATE SET people = campaigns_counter.people + excluded.people
"""

# What an earlier worker may have sent stays in doubt: its lease is kept, and is over.
GIVE_BACK = """
    UPDATE campaigns_batch b
    SET lease = CASE WHEN %(again)s THEN lease END, lease_until = NULL, not_before = %(not_before)s,
        attempts = b.attempts - %(unused)s
    WHERE b.id = %(batch)s
"""

MOVE = """
    WITH moved AS (
        INSERT INTO campaigns_batch (message_id, run_id, occurrence, not_before, state, size, attempts)
        SELECT message_id, run_id, occurrence, %(not_before)s, 'queued', cardinality(%(ids)s::bigint[]),
               attempts - %(unused)s
        FROM campaigns_batch WHERE id = %(batch)s
        RETURNING id, occurrence
    )
    UPDATE campaigns_delivery d SET batch_id = moved.id FROM moved
    WHERE d.id = ANY(%(ids)s::bigint[]) AND d.occurrence = %(occurrence)s AND d.state = 'queued'
"""


class Slip(NamedTuple):
    """One claimed batch. `again`: an earlier worker had it and never said what became of it."""

    id: int
    attempts: int
    size: int
    again: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """Batches that are this worker's as long as `lease` stands on them."""

    job: Job
    lease: uuid.UUID
    slips: tuple[Slip, ...]

    @property
    def people(self) -> int:
        return sum(slip.size for slip in self.slips)


class Change(NamedTuple):
    """The final state of one delivery."""

    delivery: int
    state: str
    reason: str
    answer: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Deliveries to be tried again: the whole batch goes back, or, where others of it were settled, they move."""

    deliveries: list[int]
    not_before: datetime
    whole: bool
    uses_attempt: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one batch: `changes`, `retry` and `untried` name deliveries; all others were accepted. `untried`
    wait for their first try, apart from those in `retry`.

    `bounced` are the people whose address is none, that address, and what was said of it: nothing is sent to it again.
    """

    slip: Slip
    changes: list[Change] = field(default_factory=list)
    retry: Retry | None = None
    bounced: list[tuple[int, str, str]] = field(default_factory=list)
    untried: Retry | None = None

    @property
    def retries(self) -> list[Retry]:
        return [each for each in (self.retry, self.untried) if each]

    @property
    def is_settled(self) -> bool:
        """Whether nobody of this batch is left in it to be sent."""
        return not any(retry.whole for retry in self.retries)


def claim(job: Job, *, now: datetime, limit: int = CLAIMED_BATCHES) -> Claim | None:
    """Take a few batches whose time has come; None when there are none, or when the campaign or connection rests."""
    lease = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "run": job.run_id,
                "now": now,
                "limit": limit,
                "lease": lease,
                "until": now + timedelta(seconds=settings.LEASE_SECONDS),
            },
        )
        slips = tuple(sorted(Slip(*row) for row in cursor.fetchall()))
    return Claim(job, lease, slips) if slips else None


def batches_at_once(over: Connection) -> int:
    """Where the connection has a rate, or may not answer, one batch is as much as may go at once."""
    return CLAIMED_BATCHES if health.batch_limit(over) is None and not health.is_probing(over) else 1


@transaction.atomic
def record(claim: Claim, results: Sequence[Result], *, now: datetime) -> bool:
    """Write what became of the claimed batches, once. False: the lease was lost meanwhile, and nothing is written
    for a batch that is another worker's."""
    ours = still_ours(claim)
    kept = [result for result in results if result.slip.id in ours]
    if kept:
        record_deliveries(claim.job, kept, now=now)
        for result in kept:
            for retry in result.retries:
                put_back(claim.job, result.slip, retry)
        suppress(claim.job, [each for result in kept for each in result.bounced], now)
    return len(kept) == len(results)


def suppress(job: Job, bounced: Sequence[tuple[int, str, str]], now: datetime) -> None:
    """In the transaction that records the bounces: both are known, or neither."""
    campaign = job.snapshot.campaign.id
    found = [Bounce(person, code_in(said), said, campaign, now, address, True) for person, address, said in bounced]
    suppressing.suppress(found, now=now)


def release(claim: Claim, *, not_before: datetime, now: datetime) -> None:
    """Give everything back untouched, for later."""
    later = Retry([], not_before, whole=True, uses_attempt=False)
    record(claim, [Result(slip, retry=later) for slip in claim.slips], now=now)


def still_ours(claim: Claim) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM campaigns_batch WHERE id = ANY(%s) AND lease = %s ORDER BY id FOR UPDATE",
            [[slip.id for slip in claim.slips], claim.lease],
        )
        return {batch_id for (batch_id,) in cursor.fetchall()}


def record_deliveries(job: Job, results: Sequence[Result], *, now: datetime) -> None:
    """With the batches of which nobody is left to be sent, and the counters: one statement."""
    changes = [change for result in results for change in result.changes]
    retried = [delivery for result in results for retry in result.retries for delivery in retry.deliveries]
    with connection.cursor() as cursor:
        cursor.execute(
            RECORD,
            {
                "ids": [change.delivery for change in changes],
                "states": [change.state for change in changes],
                "reasons": [change.reason for change in changes],
                "answers": [change.answer for change in changes],
                "accepted": [result.slip.id for result in results if result.is_settled],
                "not_accepted": [change.delivery for change in changes] + retried,
                "occurrence": job.occurrence,
                "run": job.run_id,
                "now": now,
                "hour": hour_of(now),
            },
        )


def put_back(job: Job, slip: Slip, retry: Retry) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            GIVE_BACK if retry.whole else MOVE,
            {
                "batch": slip.id,
                "not_before": retry.not_before,
                "ids": retry.deliveries,
                "occurrence": job.occurrence,
                "again": slip.again,
                "unused": 0 if retry.uses_attempt else 1,
            },
        )
