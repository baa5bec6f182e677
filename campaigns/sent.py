"""What a run was sent with, or what the next one will be: whom, how large a control group, each copy's texts."""

from dataclasses import dataclass

from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.snapshot import FrozenCopy, Snapshot
from campaigns.models import Campaign, Run
from segments import parse
from segments.describe import sentence
from segments.names import named


@dataclass(frozen=True, slots=True)
class Sent:
    """`run` is None for what waits to be sent."""

    run: Run | None
    who: str
    snapshot: Snapshot

    @property
    def copies(self) -> list[FrozenCopy]:
        return self.snapshot.copies


def sent(campaign: Campaign, number: int | None) -> Sent:
    """By the snapshot of that run, else of the newest run that has one, else by the campaign as it stands.

    Raises snapshots.Incomplete, parse.TreeError where the campaign cannot be sent as it stands.
    """
    runs = campaign.runs.filter(snapshot__isnull=False).order_by("-occurrence")
    run = (runs.filter(number=number) if number else runs).first()
    frozen = snapshots.load(run.snapshot) if run else snapshots.freeze(campaign)
    tree = parse.parse(frozen.tree)
    return Sent(run, sentence(tree, named(tree)), frozen)
