"""What a run was sent with, or what the next one will be: whom, how large a control group, each copy's texts."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns import wording
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.snapshot import FrozenCopy, Snapshot
from campaigns.models import Campaign, Run
from connectors import registry
from connectors.base import FieldError
from segments import parse
from segments.describe import sentence
from segments.names import named

CODE, WORDS = f"{wording.SIGN}html", f"{wording.SIGN}text"


@dataclass(frozen=True, slots=True)
class Sent:
    """`run` is None for what waits to be sent."""

    run: Run | None
    who: str
    snapshot: Snapshot

    @property
    def copies(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The value that each copy is for, and its texts by the names that pages call them."""
        return [(copy.value, texts(self.snapshot.channel, copy)) for copy in self.snapshot.copies]


def texts(kind: str, copy: FrozenCopy) -> list[tuple[str, str]]:
    """Those that say something; of a mail its words instead of its code."""
    pairs = {key: text for key, text in copy.pairs if text.strip()}
    if registry.channel(kind) == "email" and CODE in pairs:
        pairs = {key: words_of(kind, pairs) if key == CODE else text for key, text in pairs.items() if key != WORDS}
    return [(wording.name_of(kind, key), text) for key, text in pairs.items()]


def words_of(kind: str, pairs: Mapping[str, str]) -> str:
    """What somebody reads who sees no HTML; the code itself where no mail can be made from it."""
    fields = {key.removeprefix(wording.SIGN): text for key, text in pairs.items() if wording.is_field(key)}
    try:
        return registry.prepared(kind, fields)["text"]
    except FieldError:
        return pairs[CODE]


def sent(campaign: Campaign, number: int | None) -> Sent:
    """By the snapshot of that run, else of the newest run that has one, else by the campaign as it stands.

    Raises snapshots.Incomplete, parse.TreeError where the campaign cannot be sent as it stands.
    """
    runs = campaign.runs.filter(snapshot__isnull=False).order_by("-occurrence")
    run = (runs.filter(number=number) if number else runs).first()
    frozen = snapshots.load(run.snapshot) if run else snapshots.freeze(campaign)
    tree = parse.parse(frozen.tree)
    return Sent(run, sentence(tree, named(tree)), frozen)
