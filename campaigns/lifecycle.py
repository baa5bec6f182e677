"""What people do to a campaign (publish, pause, resume, stop, archive, clone) and what its runs do to it.

Every function locks the campaign's row first, changes states and runs in one transaction, and writes the audit trail.
Repeated it changes nothing: what people do raises Already then, what runs do is passed over.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import AccountSettings, User
from campaigns import reviewed, schedule_json
from campaigns.models import Campaign, Copy, Message, Run
from campaigns.problems import Problem, problems
from campaigns.reviewed import Named
from campaigns.schedule import next_after
from segments import references

State = Campaign.State
SENDABLE = (State.SCHEDULED, State.RUNNING, State.WAITING)
LIVE = (*SENDABLE, State.PAUSED)
OPEN_RUNS = (Run.State.DUE, Run.State.PLANNING, Run.State.SENDING)
WORKING_RUNS = (Run.State.PLANNING, Run.State.SENDING)


class Refused(Exception):
    """The campaign's state does not allow this; the message says why and what can be done."""


class Already(Refused):
    """It was done before: nothing was changed. Two tabs, two people or two presses came one after the other."""


class Changed(Refused):
    """It is another one than whoever presses has seen."""


class RulesChanged(Changed):
    """`these` segments or lists that it goes to are not as whoever presses has seen them."""

    def __init__(self, campaign: Campaign, these: Sequence[Named]) -> None:
        super().__init__(f"Who gets “{campaign}” was changed since you looked at it, so it is not published.")
        self.these = these


class NotReady(Refused):
    """Something is missing before it can be published."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in found))
        self.problems = found


@transaction.atomic
def draft(*, by: User, now: datetime, name: str = "") -> Campaign:
    """A new, empty draft with its message and a blank default copy."""
    campaign = Campaign.objects.create(name=name, owner=by, control_salt=uuid.uuid4(), created_at=now, updated_at=now)
    Copy.objects.create(message=Message.objects.create(campaign=campaign))
    audit.record(by, "created", campaign)
    return campaign


@transaction.atomic
def publish(
    campaign: Campaign, *, by: User, now: datetime, revision: int | None = None, seen: str | None = None
) -> Campaign:
    """Draft → scheduled, with its first run; raises NotReady, Already where it was published before, and Changed where
    it is no longer at the `revision` that was looked at, or what it goes to no longer as `reviewed.seen` said."""
    references.lock()  # before the campaign's own row, as whoever saves a segment does
    campaign = locked(campaign)
    if campaign.published_at and campaign.state != State.DRAFT:
        raise Already(f"“{campaign}” is published already.")
    require(campaign, "published", [State.DRAFT])
    if revision not in (None, campaign.revision):
        raise Changed(f"“{campaign}” was changed since you looked at it, so it is not published.")
    refuse_other_rules(campaign, seen)
    if found := problems(campaign, now=now):
        raise NotReady(found)
    campaign.published_at = now
    add_next_run(campaign, after=None, now=now)
    move(campaign, State.SCHEDULED, by=by, action="published", now=now)
    return campaign


def refuse_other_rules(campaign: Campaign, seen: str | None) -> None:
    """Raises RulesChanged where a segment or list that it goes to is not as it was `seen`."""
    if seen is not None and (changed := reviewed.changed_since(campaign, seen)):
        raise RulesChanged(campaign, changed)


@transaction.atomic
def pause(campaign: Campaign, *, by: User | None, now: datetime, reason: str = "") -> Campaign:
    """Nothing more is claimed from now on; what a worker has in hand is finished."""
    campaign = locked(campaign)
    require(campaign, "paused", SENDABLE)
    move(campaign, State.PAUSED, by=by, action="paused", now=now, reason=reason)
    return campaign


@transaction.atomic
def resume(campaign: Campaign, *, by: User, now: datetime) -> Campaign:
    """Goes on exactly where it was. A run whose time passed long ago meanwhile asks a person, as a missed one does."""
    campaign = locked(campaign)
    if campaign.state in SENDABLE:
        raise Already(f"“{campaign}” is not paused, it goes on already.")
    require(campaign, "resumed", [State.PAUSED])
    move(campaign, state_by_runs(campaign), by=by, action="resumed", now=now)
    campaign.runs.filter(failures__gt=0).update(failures=0, retry_at=None)
    too_late = now - timedelta(seconds=settings.MISSED_AFTER_SECONDS)
    for run in campaign.runs.filter(state=Run.State.DUE, due_at__lt=too_late):
        missed(run, now=now, why="The campaign was paused at its time, so it was not sent.")
    campaign.refresh_from_db()
    return campaign


@transaction.atomic
def stop(campaign: Campaign, *, by: User | None, now: datetime, reason: str = "") -> Campaign:
    """For good: open runs stop, people still queued get “campaign stopped”."""
    campaign = locked(campaign)
    require(campaign, "stopped", LIVE)
    campaign.runs.filter(state__in=OPEN_RUNS).update(
        state=Run.State.STOPPED, reason=reason or "The campaign was stopped.", completed_at=now
    )
    move(campaign, State.STOPPED, by=by, action="stopped", now=now, reason=reason)
    return campaign


@transaction.atomic
def archive(campaign: Campaign, *, by: User, now: datetime) -> Campaign:
    campaign = locked(campaign)
    require(campaign, "archived", [State.DRAFT, State.COMPLETED, State.STOPPED])
    move(campaign, State.ARCHIVED, by=by, action="archived", now=now)
    return campaign


@transaction.atomic
def restore(campaign: Campaign, *, by: User, now: datetime) -> Campaign:
    """Undoes archive."""
    campaign = locked(campaign)
    if campaign.state != State.ARCHIVED:
        raise Already(f"“{campaign}” is not archived, it is in the list already.")
    stopped = campaign.runs.filter(state=Run.State.STOPPED).exists()
    ended = State.STOPPED if stopped else State.COMPLETED
    move(campaign, ended if campaign.published_at else State.DRAFT, by=by, action="restored", now=now)
    return campaign


@transaction.atomic
def clone(campaign: Campaign, *, by: User, now: datetime) -> Campaign:
    """A draft with the same audience, message and schedule, its own control group and no runs."""
    copies = list(Copy.objects.filter(message__campaign=campaign))
    twin = Campaign.objects.create(
        name=f"{campaign.name} (copy)"[:200], labels=campaign.labels, owner=by, connection_id=campaign.connection_id,
        segment_id=campaign.segment_id, tree=campaign.tree, control_percent=campaign.control_percent,
        control_salt=uuid.uuid4(), schedule=campaign.schedule, created_at=now, updated_at=now,
    )  # fmt: skip
    original = campaign.message
    message = Message.objects.create(
        campaign=twin, kind=original.kind, property=original.property, missing=original.missing,
        event_name=original.event_name, include=original.include,
    )  # fmt: skip
    Copy.objects.bulk_create(
        Copy(message=message, value=copy.value, pairs=copy.pairs, position=copy.position) for copy in copies
    )
    audit.record(by, "cloned", twin, {"from": (None, f"{campaign} ({campaign.pk})")})
    audit.record(by, "cloned", campaign, {"copy": (None, str(twin))})
    return twin


@transaction.atomic
def reschedule(campaign: Campaign, *, by: User, now: datetime) -> Campaign:
    """The schedule of a published campaign was edited: the run that waits gives way to the first by the new rule,
    as if it were published now. Raises Refused where the new rule has no run ahead: nothing is changed then."""
    campaign = locked(campaign)
    if campaign.state in LIVE:
        campaign.runs.filter(state=Run.State.DUE).delete()
        campaign.published_at = now
        if add_next_run(campaign, after=None, now=now) is None and not campaign.runs.filter(state__in=WORKING_RUNS):
            raise Refused("This schedule has no run ahead, so it is not saved. Choose a later date or end.")
        campaign.save(update_fields=["published_at"])
        if campaign.state != State.PAUSED:
            move(campaign, state_by_runs(campaign), by=by, action="rescheduled", now=now)
    return campaign


@transaction.atomic
def started(run: Run, *, now: datetime) -> None:
    """A run began: its campaign runs, and the run after it is put on the calendar."""
    campaign = locked(run.campaign)
    if campaign.state in (State.SCHEDULED, State.WAITING):
        set_state(campaign, State.RUNNING, now=now)
    if campaign.state in LIVE:
        add_next_run(campaign, after=run.occurrence, now=now)


@transaction.atomic
def completed(run: Run, *, now: datetime) -> None:
    """A run ended: its campaign waits for the next one or is completed."""
    campaign = locked(run.campaign)
    if campaign.state in SENDABLE:
        set_state(campaign, state_by_runs(campaign), now=now)


@transaction.atomic
def missed(run: Run, *, now: datetime, why: str = "No worker was there at its time, so it was not sent.") -> None:
    """A run's time passed: it is not sent by itself; the one after it is put on the calendar."""
    campaign = locked(run.campaign)
    reason = f"{why} Send it now, or leave it."
    changed = Run.objects.filter(pk=run.pk, state=Run.State.DUE).update(state=Run.State.MISSED, reason=reason)
    if changed and campaign.state in LIVE:
        add_next_run(campaign, after=max(run.occurrence, now), now=now)
        audit.record(None, "missed", campaign, reason=f"Run {run.number}: {reason}")
    completed(run, now=now)


@transaction.atomic
def send_missed(run: Run, *, by: User, now: datetime) -> None:
    """A person decided that a missed run goes out now."""
    campaign = locked(run.campaign)
    require(campaign, "sent", [*LIVE, State.COMPLETED])
    if not Run.objects.filter(pk=run.pk, state=Run.State.MISSED).update(state=Run.State.DUE, reason="", due_at=now):
        raise Already(f"Run {run.number} waits for nobody any more: somebody sent it already.")
    audit.record(by, "sent late", campaign, reason=f"Run {run.number}")
    if campaign.state != State.PAUSED:
        set_state(campaign, State.RUNNING, now=now)


def add_next_run(campaign: Campaign, *, after: datetime | None, now: datetime) -> Run | None:
    """Put the first occurrence after `after` (None: the very first) on the calendar, once; None when there is none."""
    if campaign.published_at is None:
        return None
    numbers = campaign.runs.aggregate(last=Max("number"))["last"] or 0
    moment = next_after(
        schedule_json.parse(campaign.schedule),
        after or datetime.min.replace(tzinfo=now.tzinfo),
        launched_at=campaign.published_at,
        account_zone=AccountSettings.current().zone,
        runs_so_far=numbers,
    )
    if moment is None:
        return None
    defaults = {"campaign": campaign, "number": numbers + 1, "due_at": moment, "created_at": now}
    return Run.objects.get_or_create(message=campaign.message, occurrence=moment, defaults=defaults)[0]


def state_by_runs(campaign: Campaign) -> Campaign.State:
    """What a live campaign is doing, read from its runs."""
    states = set(campaign.runs.values_list("state", flat=True))
    if states & {*WORKING_RUNS}:
        return State.RUNNING
    if Run.State.DUE not in states:
        return State.COMPLETED
    return State.SCHEDULED if states == {Run.State.DUE} else State.WAITING


def locked(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def require(campaign: Campaign, verb: str, allowed: Collection[str]) -> None:
    """Raises Refused; Already, where `verb` is what the campaign is."""
    if campaign.state == verb:
        raise Already(f"“{campaign}” is {verb} already.")
    if campaign.state not in allowed:
        raise Refused(f"“{campaign}” is {campaign.get_state_display().lower()}, so it cannot be {verb}.")


def move(campaign: Campaign, state: str, *, by: User | None, action: str, now: datetime, reason: str = "") -> None:
    """A state change that somebody made: recorded with who, when, why."""
    before = campaign.state
    set_state(campaign, state, now=now, reason=reason)
    audit.record(by, action, campaign, {"state": (before, state)}, reason)


def set_state(campaign: Campaign, state: str, *, now: datetime, reason: str = "") -> None:
    campaign.state, campaign.state_reason, campaign.updated_at = state, reason, now
    campaign.save(update_fields=["state", "state_reason", "updated_at", "published_at"])
