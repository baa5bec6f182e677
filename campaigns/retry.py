"""Retry: people to whom a message failed are queued once more, the unknown only where a person wants that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from campaigns import lifecycle
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.plan import batch_size, reserved_batch_ids
from campaigns.models import Campaign, Run
from campaigns.models.ledger import State
from segments.context import Ids

RETRYABLE_RUNS = (Run.State.SENDING, Run.State.COMPLETED)
RETRYABLE = (State.FAILED, State.UNKNOWN)

COUNT = """
SELECT count(*) FROM campaigns_delivery
WHERE run_id = %(run)s AND message_id = %(message)s AND occurrence = %(occurrence)s AND state = ANY(%(states)s)
"""

# The ids are given out before, so that rows and batches are written by one statement. Who fails between the count and
# this statement, while the run is still sending, is left for the next press.
REQUEUE = """
WITH failed AS (
    SELECT id, profile_id, copy_id, variant, state, reason FROM campaigns_delivery
    WHERE run_id = %(run)s AND message_id = %(message)s AND occurrence = %(occurrence)s AND state = ANY(%(states)s)
    ORDER BY profile_id, id LIMIT %(people)s
), chosen AS MATERIALIZED (
    SELECT id, copy_id, variant, state, reason,
           (%(batch_ids)s::bigint[])[(row_number() OVER (ORDER BY profile_id, id) - 1) / %(batch_size)s + 1] AS batch_id
    FROM failed
), moved AS (
    UPDATE campaigns_delivery AS delivery
    SET state = 'queued', reason = '', answer = '', recorded_at = NULL, batch_id = chosen.batch_id
    FROM chosen
    WHERE delivery.id = chosen.id AND delivery.occurrence = %(occurrence)s
), batches AS (
    INSERT INTO campaigns_batch (id, message_id, run_id, occurrence, not_before, state, size, attempts)
    SELECT batch_id, %(message)s, %(run)s, %(occurrence)s, %(now)s, 'queued', count(*), 0 FROM chosen GROUP BY batch_id
)
INSERT INTO campaigns_counter AS counter (run_id, copy_id, variant, state, reason, hour, people)
SELECT %(run)s, copy_id, variant, state, reason, date_trunc('hour', %(now)s::timestamptz, 'UTC'), sum(people)
FROM (SELECT copy_id, variant, state, reason, -count(*) AS people FROM chosen GROUP BY copy_id, variant, state, reason
      UNION ALL
      SELECT copy_id, variant, 'queued', '', count(*) FROM chosen GROUP BY copy_id, variant) changes
GROUP BY copy_id, variant, state, reason
ORDER BY copy_id, variant, state, reason
ON CONFLICT (run_id, copy_id, variant, state, reason, hour) DO UPDATE SET people = counter.people + excluded.people
"""


@transaction.atomic
def retry(run: Run, states: Sequence[State], *, by: User, now: datetime) -> int:
    """Queue the people of `run` in these of the RETRYABLE states in new batches, with the same outgoing ids; how many.
    Of the unknown some may have got it and get it twice, unless the destination knows our ids.

    Raises lifecycle.Refused when the run or its campaign was stopped. Pressed twice, the second press finds nobody.
    """
    campaign = lifecycle.locked(run.campaign)
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if campaign.state in (Campaign.State.STOPPED, Campaign.State.ARCHIVED):
        raise lifecycle.Refused(f"“{campaign}” is {campaign.get_state_display().lower()}: nobody can be tried again.")
    if run.state not in RETRYABLE_RUNS:
        raise lifecycle.Refused(f"Run {run.number} is {run.get_state_display().lower()}: nobody can be tried again.")
    people = requeue(run, states, now)
    if people:
        Run.objects.filter(pk=run.pk).update(state=Run.State.SENDING, completed_at=None)
        if campaign.state != Campaign.State.PAUSED:
            lifecycle.set_state(campaign, Campaign.State.RUNNING, now=now)
        audit.record(by, "retried", campaign, {"people": (None, people)}, f"Run {run.number}, {' and '.join(states)}")
    return people


def requeue(run: Run, states: Sequence[State], now: datetime) -> int:
    given: dict[str, Any] = {
        "run": run.pk,
        "message": run.message_id,
        "occurrence": run.occurrence,
        "states": list(states),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, given)
        people: int = cursor.fetchone()[0]
        if people:
            size = batch_size(snapshots.load(run.snapshot))
            ids = {"batch_ids": reserved_batch_ids(Ids(0, people), size), "batch_size": size, "people": people}
            cursor.execute(REQUEUE, given | ids)
    return people
