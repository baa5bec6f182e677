"""What happened to a campaign, newest first: what people did to it, by name, and how its runs began and ended."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from accounts import audit
from accounts.models import AuditEntry
from campaigns.models import Campaign, Run
from segments.phrases import listed

LISTED = 50
READ = 500  # entries of the trail: a wording that is typed for an hour is many of them, and one line
BELFRY = "Belfry"
PARTS: Mapping[str, str] = {
    "name": "its name", "labels": "its labels", "connection": "its connection", "segment": "who gets it",
    "tree": "who gets it", "control_percent": "its control group", "schedule": "when it goes",
}  # fmt: skip
MESSAGE = "what it says"
VERBS: Mapping[str, str] = {
    "created": "made it", "published": "published it", "paused": "paused it", "resumed": "resumed it",
    "stopped": "stopped it", "archived": "archived it", "restored": "took it out of the archive",
    "missed": "did not send a run", "sent late": "sent a missed run", "given up": "gave up sending a run",
    "sent a test of": "sent a test",
    "sent a test again of": "sent a test again",
}  # fmt: skip
ENDS: Mapping[str, str] = {
    Run.State.COMPLETED: "completed",
    Run.State.STOPPED: "was stopped",
    Run.State.REFUSED: "was not sent",
}


@dataclass(frozen=True)
class Happened:
    """ "Ana paused it": `who` did it, `why` are words that were given or more that there is to say."""

    at: datetime
    who: str
    words: str
    why: str = ""
    changed: tuple[str, ...] = ()

    def follows(self, later: "Happened") -> bool:
        """Edits of one person, one after another, are one line."""
        return bool(self.changed and later.changed) and self.who == later.who


def happened(campaign: Campaign) -> list[Happened]:
    """Two queries, whatever happened."""
    entries = list(audit.entries_of(campaign)[:READ])
    first = next((entry.at for entry in reversed(entries) if entry.action == "published"), None)
    told = [line(entry) for entry in entries if is_told(entry, first)]
    runs = campaign.runs.defer("snapshot")[:LISTED]
    every = sorted([*told, *(each for run in runs for each in of_run(run))], key=by_time, reverse=True)
    return list(islice(together(every), LISTED))


def by_time(each: Happened) -> datetime:
    return each.at


def is_told(entry: AuditEntry, published: datetime | None) -> bool:
    """Of edits only those of what was published; a schedule that was edited is among them."""
    if entry.action == "changed":
        return published is not None and entry.at > published
    return entry.action != "rescheduled"


def line(entry: AuditEntry) -> Happened:
    who = str(entry.actor) if entry.actor else BELFRY
    found = Happened(entry.at, who, VERBS.get(entry.action, f"{entry.action} it"), entry.reason)
    return TOLD[entry.action](found, entry.changes) if entry.action in TOLD else found


def edited(found: Happened, changes: Mapping[str, Any]) -> Happened:
    return replace(found, changed=tuple(dict.fromkeys(PARTS.get(name, MESSAGE) for name in changes)))


def cloned(found: Happened, changes: Mapping[str, Any]) -> Happened:
    """Said of both: of the campaign that was there, and of the one that came of it."""
    if "from" in changes:
        return replace(found, words=f"made it as a copy of “{changes['from'][1].rpartition(' (')[0]}”")
    return replace(found, words=f"cloned it: the copy is “{changes['copy'][1]}”")


def tested(found: Happened, changes: Mapping[str, Any]) -> Happened:
    whom = changes["test people"][1]
    return replace(found, why=f"To {', '.join(whom) if isinstance(whom, list) else whom}")


def retried(found: Happened, changes: Mapping[str, Any]) -> Happened:
    people = changes["people"][1]
    return replace(found, words=f"tried {people:,} {'person' if people == 1 else 'people'} again")


def exported(found: Happened, changes: Mapping[str, Any]) -> Happened:
    return replace(found, words=f"downloaded the file of run {changes['run'][1]}")


TOLD: Mapping[str, Callable[[Happened, Mapping[str, Any]], Happened]] = {
    "changed": edited,
    "cloned": cloned,
    "sent a test of": tested,
    "sent a test again of": tested,
    "retried": retried,
    "exported": exported,
}


def of_run(run: Run) -> Iterator[Happened]:
    """A run that was missed is an entry of the trail."""
    if run.started_at:
        yield Happened(run.started_at, "", f"Run {run.number} began")
    if run.completed_at and run.state in ENDS:
        yield Happened(run.completed_at, "", f"Run {run.number} {ENDS[run.state]}", run.reason)


def together(every: list[Happened]) -> Iterator[Happened]:
    """Edits that follow one another as one line, at the time of the last."""
    pending: Happened | None = None
    for each in every:
        if pending and each.follows(pending):
            pending = replace(pending, changed=tuple(dict.fromkeys((*each.changed, *pending.changed))))
            continue
        yield from [said(pending)] if pending else []
        pending = each
    yield from [said(pending)] if pending else []


def said(each: Happened) -> Happened:
    return replace(each, words=f"changed {listed(each.changed, 'and')}") if each.changed else each
