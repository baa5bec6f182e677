"""Retry: people to whom a message failed are queued once more, the unknown only where a person wants that.

Whom nothing can be sent to by now is left as he is, with the reason he has: a bounce stays one in the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg.sql import SQL, Composable

from accounts import audit
from accounts.models import User
from campaigns import lifecycle, run_file
from campaigns.delivery import rules
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.plan import batch_size, reserved_batch_ids
from campaigns.delivery.snapshot import Snapshot
from campaigns.models import Campaign, Run
from campaigns.models.ledger import State
from segments.context import Ids

RETRYABLE_RUNS = (Run.State.SENDING, Run.State.COMPLETED)
RETRYABLE = (State.FAILED, State.UNKNOWN)

# `unreachable` is the reason for which the next run would leave the person out by what is known of him; '' for nobody.
LOST = SQL("""
SELECT d.id, d.profile_id, d.copy_id, d.variant, d.state, d.reason, {unreachable} AS unreachable
FROM campaigns_delivery d
LEFT JOIN people_profile p ON p.id = d.profile_id
{subscription}
WHERE d.run_id = %(run)s AND d.message_id = %(message)s AND d.occurrence = %(occurrence)s AND d.state = ANY(%(states)s)
""")
COUNT = SQL("SELECT state, unreachable, count(*) FROM ({lost}) lost GROUP BY state, unreachable")

# The ids are given out before, so that rows and batches are written by one statement. Who fails between the count and
# this statement, while the run is still sending, is left for the next press.
REQUEUE = SQL("""
WITH failed AS (
    SELECT * FROM ({lost}) lost WHERE unreachable = '' ORDER BY profile_id, id LIMIT %(people)s
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
""")


@dataclass(frozen=True, slots=True)
class Lost:
    """Of one run: how many would be tried again, by state, and who cannot be reached by now, by the reason why."""

    again: dict[str, int] = field(default_factory=dict)
    unreachable: dict[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return sum(self.again.values())


@transaction.atomic
def retry(run: Run, states: Sequence[State], *, by: User, now: datetime) -> int:
    """Queue the people of `run` in these of the RETRYABLE states, as far as they can be reached, in new batches, with
    the same outgoing ids; how many. Of the unknown some may have got it and get it twice, unless the destination knows
    our ids.

    Raises lifecycle.Refused when the run or its campaign was stopped. Pressed twice, the second press finds nobody.
    """
    campaign = lifecycle.locked(run.campaign)
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if campaign.state in (Campaign.State.STOPPED, Campaign.State.ARCHIVED):
        raise lifecycle.Refused(f"“{campaign}” is {campaign.get_state_display().lower()}: nobody can be tried again.")
    if words := refusal(run):
        raise lifecycle.Refused(words)
    people = requeue(run, states, now)
    if people:
        fresh: dict[str, Any] = {"state": Run.State.SENDING, "completed_at": None}
        Run.objects.filter(pk=run.pk).update(**fresh, waited=timedelta(), looked_at=now)
        if campaign.state != Campaign.State.PAUSED:
            lifecycle.set_state(campaign, Campaign.State.RUNNING, now=now)
        audit.record(by, "retried", campaign, {"people": (None, people)}, f"Run {run.number}, {' and '.join(states)}")
    return people


def refusal(run: Run) -> str:
    """Why nobody of the run can be tried again; "" where people can. A file is put together of all that was sent, so
    without what was sent before there is no new one."""
    if run.state not in RETRYABLE_RUNS:
        return f"Run {run.number} is {run.get_state_display().lower()}: nobody can be tried again."
    if run_file.is_removed(run):
        return f"{run_file.gone(run)} Nobody of run {run.number} can be tried again."
    return ""


def lost(run: Run, states: Sequence[State] = RETRYABLE) -> Lost:
    """Reads the rows of the run: not for a page that asks every few seconds."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(lost=lost_sql(snapshots.load(run.snapshot))), given(run, states))
        rows = cursor.fetchall()
    unreachable: dict[str, int] = {}
    for _, reason, people in rows:
        if reason:
            unreachable[reason] = unreachable.get(reason, 0) + people
    return Lost({state: people for state, reason, people in rows if not reason}, unreachable)


def requeue(run: Run, states: Sequence[State], now: datetime) -> int:
    if people := lost(run, states).people:
        frozen = snapshots.load(run.snapshot)
        size = batch_size(frozen)
        ids = {"batch_ids": reserved_batch_ids(Ids(0, people), size), "batch_size": size, "people": people}
        with connection.cursor() as cursor:
            cursor.execute(REQUEUE.format(lost=lost_sql(frozen)), given(run, states) | ids | {"now": now})
    return people


def given(run: Run, states: Sequence[State]) -> dict[str, Any]:
    return {"run": run.pk, "message": run.message_id, "occurrence": run.occurrence, "states": list(states)}


def lost_sql(snapshot: Snapshot) -> Composable:
    return LOST.format(
        unreachable=rules.reason_sql(rules.of_the_person(snapshot)),
        subscription=rules.subscription_join(rules.channel_of(snapshot)),
    )
