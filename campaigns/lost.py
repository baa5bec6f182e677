"""Whom a report offers to try again, and the words about those whom nothing can be sent to any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns import retry
from campaigns.models import Campaign, Run
from campaigns.models.ledger import State
from campaigns.reports import Totals

LISTED = 10  # runs, the newest: behind each the rows are read
CANNOT = {"suppressed": "suppressed", "unsubscribed": "unsubscribed", "no_address": "without an address"}


@dataclass(frozen=True, slots=True)
class Again:
    """Of one run: how many of the failed and of the unknown can be tried again; `words` about the others, if any."""

    run: Run
    failed: int
    unknown: int
    words: str


def runs(campaign: Campaign, shown: Sequence[Run], per_run: Mapping[int, Totals]) -> list[Run]:
    """The newest of the runs with somebody who failed or whose fate is unknown, by the counters alone."""
    if campaign.state in (Campaign.State.STOPPED, Campaign.State.ARCHIVED):
        return []
    return [run for run in shown if per_run[run.pk].lost and not retry.refusal(run)][:LISTED]


def again(run: Run) -> Again:
    found = retry.lost(run)
    return Again(run, found.again.get(State.FAILED, 0), found.again.get(State.UNKNOWN, 0), words(found.unreachable))


def words(unreachable: Mapping[str, int]) -> str:
    """“362 people are not tried again, as nothing may be sent to them: 350 suppressed, 12 unsubscribed.”"""
    if not unreachable:
        return ""
    who = people_are(sum(unreachable.values()))
    why = ", ".join(f"{unreachable[reason]:,} {said}" for reason, said in CANNOT.items() if reason in unreachable)
    return f"{who} not tried again, as nothing may be sent to them: {why}. They stay in the report as they are."


def people_are(number: int) -> str:
    return "1 person is" if number == 1 else f"{number:,} people are"
