"""How many people wait for a connection: what is queued of each campaign that sends over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from campaigns.models import Counter, Run
from campaigns.models.ledger import State
from connectors.models import Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """People of one campaign who are still to be sent what its runs are sending."""

    campaign_id: int
    name: str
    people: int
    is_paused: bool


def over(connection: Connection) -> Sequence[Waiting]:
    """The largest first; the numbers are those that the reports say are still queued."""
    open_runs = Run.objects.filter(connection=connection, state__in=[Run.State.PLANNING, Run.State.SENDING])
    queued = Counter.objects.filter(state=State.QUEUED, run__in=open_runs)
    of_each = queued.values_list("run__campaign_id", "run__campaign__name", "run__campaign__state")
    found = of_each.annotate(waiting=Sum("people")).filter(waiting__gt=0).order_by("-waiting", "run__campaign_id")
    return [Waiting(pk, name, people, state == "paused") for pk, name, state, people in found]
