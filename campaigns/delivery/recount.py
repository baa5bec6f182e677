"""The counters of a run, rebuilt from its rows: should they ever disagree, the rows are right."""

from django.db import connection, transaction

from campaigns.models import Run

# Final states count in the hour they were recorded in, who is still queued in the hour the run began.
REBUILD = """
    INSERT INTO campaigns_counter (run_id, copy_id, variant, state, reason, hour, people)
    SELECT %(run)s, copy_id, variant, state, reason,
           date_trunc('hour', COALESCE(recorded_at, %(began)s::timestamptz), 'UTC') AS hour, count(*)
    FROM campaigns_delivery
    WHERE message_id = %(message)s AND run_id = %(run)s AND occurrence = %(occurrence)s
    GROUP BY copy_id, variant, state, reason, hour
"""


@transaction.atomic
def recount(run: Run) -> None:
    """Safe while the run is being sent: whoever records meanwhile waits, then adds to what was rebuilt."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE campaigns_counter IN EXCLUSIVE MODE")
        cursor.execute("DELETE FROM campaigns_counter WHERE run_id = %s", [run.pk])
        cursor.execute(
            REBUILD,
            {
                "run": run.pk,
                "message": run.message_id,
                "occurrence": run.occurrence,
                "began": run.started_at or run.due_at,
            },
        )
