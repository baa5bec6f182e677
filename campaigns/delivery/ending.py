"""ending: batches that nobody will send any more are settled in the ledger, a few at a time."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Change, Result, Slip, record_deliveries
from campaigns.models import Delivery, Run

BATCHES_AT_ONCE = 20

PICK = """
    SELECT id, attempts, size, lease IS NOT NULL FROM campaigns_batch
    WHERE run_id = %s AND state = 'queued' AND (lease_until IS NULL OR lease_until <= %s)
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""


class Ending(NamedTuple):
    """The state and reason that people get, with what is said to it; `in_doubt` is said where a worker had a batch and
    never recorded it: it may be with the destination, so nobody knows."""

    state: str
    reason: str
    answer: str
    in_doubt: str


@transaction.atomic
def end_batches(run: Run, ending: Ending, *, now: datetime) -> bool:
    """False when nothing was left that may be settled. What a worker has in hand is left to it until its lease ends."""
    with connection.cursor() as cursor:
        cursor.execute(PICK, [run.pk, now, BATCHES_AT_ONCE])
        slips = [Slip(*row) for row in cursor.fetchall()]
    if not slips:
        return False
    record_deliveries(job_of(run), [Result(slip, changes(run, slip, ending)) for slip in slips], now=now)
    return True


def changes(run: Run, slip: Slip, ending: Ending) -> list[Change]:
    state, answer = ending.state, ending.answer
    if slip.again:
        state, answer = Delivery.State.UNKNOWN, ending.in_doubt
    queued = Delivery.objects.filter(batch_id=slip.id, occurrence=run.occurrence, state=Delivery.State.QUEUED)
    return [Change(pk, state, ending.reason, answer) for pk in queued.values_list("pk", flat=True)]
