"""Runs whose people came to all kinds of ends, made by the pipeline's own functions."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from campaigns.delivery import ledger
from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Change, Result
from campaigns.models import Campaign, Delivery, Run
from tests import factories
from tests.campaigns.delivery import SOON, plan_all
from tests.factories import NOW

COPIES: Mapping[str, factories.Pairs] = {"": factories.HELLO, "es": [("t", "Hola {{ profile.city }}")]}
LATER = NOW + timedelta(hours=1)


def tried(run: Run, outcomes: Mapping[int, tuple[str, str]], *, batches: int = 100, now: datetime = SOON) -> None:
    """Batches of the run as a destination would leave them: some places in the order of people, the others accepted."""
    claim = ledger.claim(job_of(run), now=now, limit=batches)
    assert claim
    slips = {slip.id: slip for slip in claim.slips}
    changes: dict[int, list[Change]] = {batch: [] for batch in slips}
    queued = Delivery.objects.filter(batch_id__in=slips, state="queued").order_by("profile_id")
    for place, delivery in enumerate(queued):
        if place in outcomes and delivery.batch_id:
            changes[delivery.batch_id].append(Change(delivery.pk, *outcomes[place], "said no"))
    ledger.record(claim, [Result(slip, changes[batch]) for batch, slip in slips.items()], now=now)
    Run.objects.filter(pk=run.pk, state="sending").update(state="completed", completed_at=now)
    run.refresh_from_db()


def mixed_run(of: Campaign, *, number: int = 1, due_at: datetime = NOW) -> Run:
    """Withheld, excluded at planning and at rendering, failed for two reasons, unknown, accepted."""
    run = plan_all(factories.run(of, number=number, due_at=due_at), now=due_at + timedelta(seconds=1))
    outcomes = {
        0: ("failed", "too_large"), 1: ("failed", "rejected_by_provider"), 2: ("failed", "too_large"),
        3: ("unknown", ""), 4: ("excluded", "missing_value"),
    }  # fmt: skip
    tried(run, outcomes, now=due_at + timedelta(seconds=2))
    return run


def population() -> None:
    factories.people(90)
    factories.people(40, language="es", prefix="es")
    factories.person()
