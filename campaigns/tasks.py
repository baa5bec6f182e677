"""What the workers do for campaigns, and which of it is due now: the rows are the queue."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import lifecycle
from campaigns.delivery import deliver, giving_up, testing, trouble
from campaigns.delivery.ledger import CLAIMED_BATCHES
from campaigns.delivery.plan import plan
from campaigns.delivery.stopping import stop
from campaigns.models import Run
from config.logs import run_id as logged_run

SLICE_SECONDS = 5.0  # then another run gets its turn

# A run that another worker is planning is locked, and so is not due.
TO_PLAN = """
    SELECT r.id FROM campaigns_run r JOIN campaigns_campaign c ON c.id = r.campaign_id
    WHERE ((r.state = 'due' AND r.due_at <= %(now)s AND c.state IN ('scheduled', 'running', 'waiting'))
           OR (r.state = 'planning' AND c.state <> 'paused'))
      AND (r.retry_at IS NULL OR r.retry_at <= %(now)s)
    ORDER BY r.due_at LIMIT %(limit)s
    FOR NO KEY UPDATE OF r SKIP LOCKED
"""

TO_STOP = """
    SELECT r.id FROM campaigns_run r
    WHERE r.state = 'stopped' AND r.snapshot IS NOT NULL AND r.closed_at IS NULL
      AND (r.planned_at IS NULL
           OR EXISTS (SELECT FROM campaigns_batch b WHERE b.run_id = r.id AND b.state = 'queued'
                      AND (b.lease_until IS NULL OR b.lease_until <= %(now)s))
           OR NOT EXISTS (SELECT FROM campaigns_batch b WHERE b.run_id = r.id AND b.state = 'queued'))
      AND (r.retry_at IS NULL OR r.retry_at <= %(now)s)
    ORDER BY r.completed_at LIMIT %(limit)s
"""

# By index run_open. What is given up goes on at once, until nobody waits.
TO_LOOK_AFTER = """
    SELECT r.id FROM campaigns_run r
    JOIN campaigns_campaign c ON c.id = r.campaign_id
    JOIN connectors_connection n ON n.id = r.connection_id
    WHERE r.state = 'sending'
      AND (COALESCE(r.looked_at, r.started_at) <= %(looked)s
           OR (r.waited >= %(most)s AND c.state <> 'paused' AND n.state = 'active'
               AND EXISTS (SELECT FROM campaigns_batch b WHERE b.run_id = r.id AND b.state = 'queued'
                           AND (b.lease_until IS NULL OR b.lease_until <= %(now)s))))
    ORDER BY r.id LIMIT %(limit)s
"""

# By index test_messages_queued.
TO_TEST = """
    SELECT t.id FROM campaigns_testsend t
    WHERE t.id IN (SELECT m.send_id FROM campaigns_testmessage m WHERE m.state = 'queued')
      AND (t.lease_until IS NULL OR t.lease_until <= %(now)s)
    ORDER BY t.id LIMIT %(limit)s
"""

# By index batch_queue. A run with several free batches is named several times: so many workers find work in it. One
# that has nothing queued is named once, to be completed.
TO_DELIVER = """
    SELECT r.id, free.batches,
           r.state = 'sending' AND NOT EXISTS (SELECT FROM campaigns_batch b
                                               WHERE b.run_id = r.id AND b.state = 'queued') AS is_over
    FROM campaigns_run r
    JOIN campaigns_campaign c ON c.id = r.campaign_id
    JOIN connectors_connection n ON n.id = r.connection_id
    LEFT JOIN connectors_scope s ON s.key = n.scope_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS batches FROM (
            SELECT FROM campaigns_batch b
            WHERE b.run_id = r.id AND b.state = 'queued' AND b.not_before <= %(now)s
              AND (b.lease_until IS NULL OR b.lease_until <= %(now)s)
            LIMIT %(limit)s
        ) found
    ) free
    WHERE r.state IN ('planning', 'sending') AND c.state <> 'paused'
      AND n.state = 'active' AND (n.not_before IS NULL OR n.not_before <= %(now)s)
      AND (s.not_before IS NULL OR s.not_before <= %(now)s)
      AND (r.retry_at IS NULL OR r.retry_at <= %(now)s)
    ORDER BY random()
"""


def run_task(step: Callable[..., None]) -> Callable[[int, float], None]:
    """A task of one step: at most a slice of time for one run, its id in every line that is logged."""

    def task(pk: int, until: float) -> None:
        token = logged_run.set(str(pk))
        try:
            step(pk, clock=timezone.now, until=min(until, time.monotonic() + SLICE_SECONDS))
            trouble.over(pk)
        except Exception as error:
            trouble.note(pk, error, now=timezone.now())
            raise
        finally:
            logged_run.reset(token)

    return task


def look_after(pk: int, until: float) -> None:
    """No step of the run: that it goes well says nothing of those that broke."""
    giving_up.give_up(pk, clock=timezone.now, until=min(until, time.monotonic() + SLICE_SECONDS))


def send_test(pk: int, until: float) -> None:
    testing.send(pk, now=timezone.now())


TASKS: Final = {
    "campaigns.plan": run_task(plan),
    "campaigns.deliver": run_task(deliver),
    "campaigns.stop": run_task(stop),
    "campaigns.look_after": look_after,
    "campaigns.test": send_test,
}


def due(now: datetime, limit: int) -> list[tuple[str, int]]:
    """(task, id of its run or test), most urgent first. What several workers can share is named several times."""
    asked: dict[str, Any] = {"now": now, "limit": limit}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TO_STOP, asked)
        found = [("campaigns.stop", pk) for (pk,) in cursor.fetchall()]
        cursor.execute(TO_LOOK_AFTER, asked | {"looked": now - giving_up.LOOK_EVERY, "most": giving_up.limit()})
        found += [("campaigns.look_after", pk) for (pk,) in cursor.fetchall()]
        cursor.execute(TO_TEST, asked)
        found += [("campaigns.test", pk) for (pk,) in cursor.fetchall()]
        cursor.execute(TO_PLAN, asked)
        found += [("campaigns.plan", pk) for (pk,) in cursor.fetchall()]
        cursor.execute(TO_DELIVER, asked | {"limit": limit * CLAIMED_BATCHES})
        shares = {pk: -(-batches // CLAIMED_BATCHES) or int(is_over) for pk, batches, is_over in cursor.fetchall()}
    return found + in_turns(shares, limit)


def late_runs(now: datetime, by: timedelta) -> QuerySet[Run]:
    """Runs that should have begun and have not, though nothing holds them back."""
    return (
        Run.objects.filter(state=Run.State.DUE, due_at__lt=now - by, campaign__state__in=lifecycle.SENDABLE)
        .select_related("campaign")
        .order_by("due_at")
    )


def in_turns(shares: dict[int, int], limit: int) -> list[tuple[str, int]]:
    """Every run once before any run twice: no run keeps the others waiting."""
    rounds = range(max(shares.values(), default=0))
    turns = [("campaigns.deliver", pk) for nth in rounds for pk, share in shares.items() if share > nth]
    return turns[:limit]
