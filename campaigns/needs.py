"""What of a campaign needs somebody, for the list: runs that did not go out, people who did not get it, connections."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Q, Sum
from django.urls import reverse

from campaigns.lifecycle import LIVE
from campaigns.models import Campaign, Counter, Run
from campaigns.models.ledger import State
from campaigns.report_page import people_url
from connectors.models import Connection

RECENT = timedelta(days=7)  # as on the home page
NOT_SENT: Mapping[str, str] = {Run.State.MISSED: "was missed", Run.State.REFUSED: "was not sent"}


@dataclass(frozen=True)
class People:
    """Of all runs of a campaign."""

    qualified: int = 0
    accepted: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Need:
    """`words` lead to `url`, where it can be mended or is told."""

    words: str
    url: str
    tone: Literal["bad", "wait"] = "bad"


def people_of(campaigns: Sequence[Campaign]) -> dict[int, People]:
    """From the counters, in one query."""
    of_state = {
        f"of_{state}": Sum("people", filter=Q(state=state), default=0)
        for state in (State.ACCEPTED, State.FAILED, State.UNKNOWN)
    }
    counted = Counter.objects.filter(run__campaign__in=campaigns).values_list("run__campaign")
    return {pk: People(*numbers) for pk, *numbers in counted.annotate(whole=Sum("people"), **of_state)}


def not_sent(campaigns: Sequence[Campaign], *, now: datetime) -> dict[int, list[Run]]:
    """Runs of the last days that were missed or refused, the newest first, in one query."""
    found: defaultdict[int, list[Run]] = defaultdict(list)
    stood = Run.objects.filter(campaign__in=campaigns, state__in=NOT_SENT, occurrence__gt=now - RECENT)
    for run in stood.only("campaign_id", "number", "state"):
        found[run.campaign_id].append(run)
    return found


def needs(campaign: Campaign, people: People, runs: Sequence[Run]) -> tuple[Need, ...]:
    """What is worst first; nothing of what is archived."""
    if campaign.state == Campaign.State.ARCHIVED:
        return ()
    report = reverse("campaign", args=[campaign.pk])
    found = [Need(f"Run {run.number} {NOT_SENT[run.state]}", report) for run in runs[:1]]
    if len(runs) > 1:
        found = [Need(f"{len(runs)} runs were not sent", report)]
    connection = campaign.connection
    if connection and connection.state == Connection.State.PAUSED and campaign.state in LIVE:
        found.append(Need(f"{connection} is paused", reverse("connection", args=[connection.pk])))
    if people.failed:
        found.append(Need(f"{people.failed:,} failed", people_url(campaign, state="failed")))
    if people.unknown:
        found.append(Need(f"{people.unknown:,} unknown", people_url(campaign, state="unknown"), "wait"))
    return tuple(found)
