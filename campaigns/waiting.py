"""How many people wait for a connection: what is queued of each campaign that sends over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from campaigns.models import Batch, Run
from connectors.models import Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """People of one campaign who are still to be sent what its runs are sending."""

    campaign_id: int
    name: str
    people: int
    is_paused: bool


def over(connection: Connection) -> Sequence[Waiting]:
    """The largest first. By index batch_queue: what was sent is not looked at."""
    open_runs = Run.objects.filter(connection=connection, state__in=[Run.State.PLANNING, Run.State.SENDING])
    queued = Batch.objects.filter(state=Batch.State.QUEUED, run__in=open_runs)
    of_each = queued.values_list("run__campaign_id", "run__campaign__name", "run__campaign__state")
    found = of_each.annotate(people=Sum("size")).order_by("-people", "run__campaign_id")
    return [Waiting(pk, name, people, state == "paused") for pk, name, state, people in found]
