"""Why a person did, or did not, get a campaign: from the ledger, else from the rule as it stands now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.delivery import reasons
from campaigns.instead import Instead, instead
from campaigns.models import Campaign, Delivery
from campaigns.models.ledger import State
from campaigns.presence import TITLES, words
from people.models import Profile
from segments import audience, parse
from segments.explanation import Explanation

RECENT = 50


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the person in one run; `instead` is who was chosen at the same address."""

    delivery: Delivery
    title: str
    words: str
    instead: Instead | None

    @property
    def at(self) -> datetime:
        """As the history has it."""
        return self.delivery.recorded_at or self.delivery.occurrence

    @property
    def look(self) -> str:
        return reasons.look(self.delivery.state, self.delivery.reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """`fates` newest first; without any, `explanation` says which condition of the rule does not hold now."""

    campaign: Campaign
    fates: list[Fate]
    explanation: Explanation | None


def choices() -> Sequence[Campaign]:
    """The campaigns to ask about: those that ran or will, newest first."""
    return list(Campaign.objects.exclude(state=Campaign.State.DRAFT).order_by("-published_at", "-pk")[:RECENT])


def answer(person: Profile, campaign: Campaign) -> Answer:
    """Raises segments.reading.TooSlow, segments.parse.TreeError."""
    found = Delivery.objects.filter(profile=person, message__campaign=campaign).select_related("run")
    rows = list(found.order_by("-occurrence", "-pk")[:RECENT])
    others = instead(rows)
    fates = [fate(row, campaign, others.get(row.pk)) for row in rows]
    return Answer(campaign, fates, None if fates else explained(person, campaign))


def fate(row: Delivery, campaign: Campaign, other: Instead | None) -> Fate:
    return Fate(row, TITLES[State(row.state)].format(campaign.name), words(row), other)


def explained(person: Profile, campaign: Campaign) -> Explanation | None:
    tree = campaign.segment.tree if campaign.segment else campaign.tree
    return audience.explain(parse.parse(tree), person, audience.current()) if tree else None
