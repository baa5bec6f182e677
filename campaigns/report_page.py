"""The report as the page shows it: funnel rows with links, tables, the chart, progress in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self, TypedDict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import AccountSettings
from accounts.requests import whole_number
from campaigns import lifecycle, lost, reports, run_file, schedule_json
from campaigns.delivery import reasons
from campaigns.delivery.reasons import CONTROL_GROUPS
from campaigns.instead import Instead, instead
from campaigns.models import Campaign, Delivery, Run
from campaigns.models.ledger import State
from campaigns.progress import Holdup, Progress, accepted_lately, holdup, progress
from campaigns.reports import CopyTotals, Totals
from people.models import Profile

WORKING = (Run.State.PLANNING, Run.State.SENDING)
FAST, SLOW = "every 2s", "every 30s"  # how often an open page looks for news
SOON = timedelta(minutes=1)
TABS, LISTED = 10, 50


@dataclass(frozen=True, slots=True)
class FunnelRow:
    label: str
    count: int
    url: str = ""
    tone: str = "accent"
    part_of: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """People, and the address of the list of them. `wide`: not shown on phones."""

    people: int
    url: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class CopyRow:
    """`cells`: qualified, control group, excluded, accepted, failed, unknown."""

    name: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    url: str
    current: bool
    count: None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """`person` is None when the person is no longer there; `instead` who was chosen at the same address."""

    delivery: Delivery
    person: Profile | None
    copy: str
    reason: str
    instead: Instead | None

    @property
    def look(self) -> str:
        return reasons.look(self.delivery.state, self.delivery.reason)


@dataclass(frozen=True, slots=True)
class RunRow:
    """`cells` as of a copy."""

    run: Run
    url: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Page:
    """`listed` are the newest runs with their totals, where there are several; `waits` is what holds the working run
    up; `lost` names the numbers of those who may be tried again, "" for nobody; `poll` is "" when nothing can change;
    `with_file` is the one run shown, if there is a file of it; `file_gone` says
    what became of one that was there."""

    tabs: list[Tab]
    listed: list[RunRow]
    chosen: Run | None
    totals: Totals
    funnel: list[FunnelRow]
    copies: list[CopyRow]
    chart: dict[str, object]
    hours: list[list[str]]
    progress: Progress | None
    waits: Holdup | None
    next_run: Run | None
    missed: list[Run]
    refused: list[Run]
    when: str
    began: datetime | None
    ended: datetime | None
    lost: str
    poll: str
    with_file: Run | None
    file_gone: str
    columns: tuple[str, ...] = ("Hour", "Accepted", "Failed or unknown", "Excluded or control group")


class Narrowed(TypedDict):
    """Whom of a run's people a number counts."""

    state: str
    reasons: Sequence[str]
    copy_id: int | None


@dataclass(frozen=True, slots=True)
class Behind:
    """Which number's people are asked for, read from a query string; nonsense in it counts as nothing."""

    run: str = ""
    state: str = ""
    reasons: tuple[str, ...] = ()
    copy_id: int | None = None
    after: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        profile, _, delivery = query.get("after", "").partition("-")
        return cls(
            run=query.get("run", ""),
            state=query.get("state", "") if query.get("state") in State.values else "",
            reasons=tuple(str(reason) for reason in query.getlist("reason") if reason in reasons.SENTENCES),
            copy_id=whole_number(query.get("copy", "")),
            after=(whole_number(profile) or 0, whole_number(delivery) or 0),
        )

    @property
    def narrowed(self) -> Narrowed:
        return {"state": self.state, "reasons": self.reasons, "copy_id": self.copy_id}

    @property
    def group(self) -> str:
        if self.reasons and CONTROL_GROUPS.issuperset(self.reasons):
            return "Control group"
        return State(self.state).label if self.state else "Everybody who qualified"

    def heading(self, copies: Mapping[int, str]) -> str:
        words = [self.group]
        words += [reasons.sentence(reason).rstrip(".").lower() for reason in self.reasons]
        if self.copy_id is not None:
            words.append(f"copy {copies.get(self.copy_id, 'removed')}")
        return " · ".join(words)


def page(campaign: Campaign, asked: str, *, now: datetime) -> Page:
    """Everything the page shows of one run (its number) or, for "" and for nonsense, of all runs."""
    every = all_runs(campaign)
    runs = chosen_runs(every, asked)
    run = "" if runs == every else str(runs[0].number)
    per_run = reports.by_run(runs)
    totals = reports.totals(runs)
    hours = reports.by_hour(runs)
    working = next((each for each in runs if each.state in WORKING), None)
    began, ended = reports.span(runs)
    waits = holdup(working, now=now) if working else None
    return Page(
        tabs=tabs(campaign, every, run),
        listed=listed(campaign, runs, per_run),
        chosen=runs[0] if run else None,
        totals=totals,
        funnel=funnel(campaign, totals, run),
        copies=copies(campaign, reports.by_copy(runs), run),
        chart=chart(hours),
        hours=[[shown(hour.hour), f"{hour.accepted:,}", f"{hour.failed:,}", f"{hour.excluded:,}"] for hour in hours],
        progress=how_far(campaign, working, per_run[working.pk], waits, now=now) if working else None,
        waits=waits,
        next_run=next((each for each in reversed(every) if each.state == Run.State.DUE), None),
        missed=[each for each in every if each.state == Run.State.MISSED],
        refused=[each for each in runs if each.state == Run.State.REFUSED],
        when=when(campaign),
        began=began,
        ended=ended,
        lost=lost_key(lost.runs(campaign, runs, per_run), per_run, is_working=working is not None),
        poll=poll(campaign, every, per_run, now=now),
        with_file=runs[0] if len(runs) == 1 and run_file.kept(runs[0]) else None,
        file_gone=run_file.gone(runs[0]) if len(runs) == 1 else "",
    )


def how_far(campaign: Campaign, run: Run, totals: Totals, waits: Holdup | None, *, now: datetime) -> Progress:
    """No end is foretold of what stands still."""
    found = progress(run, totals, accepted_lately([run], now=now).get(run.pk, 0), now=now)
    paused = "paused" if campaign.state == Campaign.State.PAUSED else ""
    return replace(found, stopped_by=paused or (waits.stops if waits else ""))


def all_runs(campaign: Campaign) -> list[Run]:
    """Newest first, without their snapshots: a page of many runs would be megabytes."""
    return list(campaign.runs.select_related("connection").defer("snapshot").order_by("-occurrence"))


def chosen_runs(runs: Sequence[Run], asked: str) -> list[Run]:
    """The run with that number, or all."""
    return [run for run in runs if run.number == whole_number(asked)] or list(runs)


def when(campaign: Campaign) -> str:
    """The schedule in words; "" for a campaign that was archived before it had one."""
    try:
        schedule = schedule_json.parse(campaign.schedule)
    except schedule_json.ScheduleError:
        return ""
    return schedule_json.sentence(schedule, AccountSettings.current().zone)


def poll(campaign: Campaign, runs: Sequence[Run], per_run: Mapping[int, Totals], *, now: datetime) -> str:
    """Often while something happens or is about to, seldom while something is planned, never when all is over."""
    happening = any(run.state in WORKING or (run.state == Run.State.DUE and run.due_at < now + SOON) for run in runs)
    stopping = campaign.state == Campaign.State.STOPPED and any(each.queued for each in per_run.values())
    if campaign.state == Campaign.State.RUNNING or stopping:
        return FAST
    if campaign.state in lifecycle.LIVE:
        return FAST if happening and campaign.state != Campaign.State.PAUSED else SLOW
    return ""


def lost_key(found: Sequence[Run], per_run: Mapping[int, Totals], *, is_working: bool) -> str:
    """Another one where the numbers are others. While they change by themselves the page asks now and then instead:
    behind them all rows are read."""
    if not found or is_working:
        return "working" if found else ""
    each = [per_run[run.pk] for run in found]
    return f"{sum(totals.failed_people for totals in each)}-{sum(totals.unknown for totals in each)}"


def tabs(campaign: Campaign, runs: Sequence[Run], chosen: str) -> list[Tab]:
    """All runs first, then the newest ten; none when there is only one."""
    if len(runs) < 2:
        return []
    each = [Tab(f"Run {run.number}", run_url(campaign, run), chosen == str(run.number)) for run in runs[:TABS]]
    return [Tab("All runs", reverse("campaign", args=[campaign.pk]), not chosen), *each]


def listed(campaign: Campaign, runs: Sequence[Run], per_run: Mapping[int, Totals]) -> list[RunRow]:
    """One line a run where several are shown, newest first."""
    if len(runs) < 2:
        return []
    return [
        RunRow(run, run_url(campaign, run), cells(campaign, per_run[run.pk], run=run.number)) for run in runs[:LISTED]
    ]


def run_url(campaign: Campaign, run: Run) -> str:
    return f"{reverse('campaign', args=[campaign.pk])}?run={run.number}"


def funnel(campaign: Campaign, totals: Totals, run: str) -> list[FunnelRow]:
    """qualified = control group + excluded + accepted + failed + unknown (+ still queued)."""

    def url(state: str = "", *names: str) -> str:
        return people_url(campaign, run=run, state=state, reason=list(names))

    rows = [
        FunnelRow("Qualified", totals.qualified, url()),
        FunnelRow("Control group", totals.withheld_people, url("excluded", *totals.withheld), "off"),
        FunnelRow("Excluded", totals.excluded_people, url("excluded", *totals.excluded), "wait"),
        *(reason_row(reason, count, url("excluded", reason), "wait") for reason, count in totals.excluded.items()),
        FunnelRow("Accepted", totals.accepted, url("accepted"), "good"),
        FunnelRow("Failed", totals.failed_people, url("failed"), "bad"),
        *(reason_row(reason, count, url("failed", reason), "bad") for reason, count in totals.failed.items()),
        FunnelRow("Unknown", totals.unknown, url("unknown"), "wait"),
    ]
    return [*rows, FunnelRow("Still queued", totals.queued, url("queued"), "busy")] if totals.queued else rows


def reason_row(reason: str, count: int, url: str, tone: str) -> FunnelRow:
    return FunnelRow(reasons.sentence(reason), count, url, tone, part_of=True)


def copies(campaign: Campaign, found: Sequence[CopyTotals], run: str) -> list[CopyRow]:
    return [copy_row(campaign, copy, run) for copy in found]


def copy_row(campaign: Campaign, copy: CopyTotals, run: str) -> CopyRow:
    return CopyRow(copy.name, cells(campaign, copy.totals, run=run, copy=copy.copy_id))


def cells(campaign: Campaign, people: Totals, **chosen: str | int) -> list[Cell]:
    def url(state: str = "", *names: str) -> str:
        return people_url(campaign, **chosen, state=state, reason=list(names))

    return [
        Cell(people.qualified, url()),
        Cell(people.withheld_people, url("excluded", *people.withheld), wide=True),
        Cell(people.excluded_people, url("excluded", *people.excluded), wide=True),
        Cell(people.accepted, url("accepted")),
        Cell(people.failed_people, url("failed")),
        Cell(people.unknown, url("unknown"), wide=True),
    ]


def people_url(campaign: Campaign, **query: str | int | list[str]) -> str:
    chosen = {name: value for name, value in query.items() if value not in ("", [])}
    return f"{reverse('campaign-people', args=[campaign.pk])}?{urlencode(chosen, doseq=True)}"


def chart(hours: Sequence[reports.Hour]) -> dict[str, object]:
    """Stacked bars of people per hour, in the reader's zone."""
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": [shown(hour.hour) for hour in hours]},
        "yAxis": {"type": "value"},
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 48,
                "stack": "all",
                "name": name,
                "data": [getattr(hour, key) for hour in hours],
                "color": tone,
            }
            for name, key, tone in (
                ("Accepted", "accepted", "good"),
                ("Failed or unknown", "failed", "bad"),
                ("Excluded or control group", "excluded", "off"),
            )
        ],
    }


def shown(hour: datetime) -> str:
    return timezone.localtime(hour).strftime("%-d %b %H:%M")


def rows(deliveries: Sequence[Delivery], copies: Mapping[int, str]) -> list[PersonRow]:
    people = Profile.objects.in_bulk([delivery.profile_id for delivery in deliveries])
    others = instead(deliveries)
    return [
        PersonRow(
            delivery,
            people.get(delivery.profile_id),
            copies.get(delivery.copy_id, "Removed copy"),
            reasons.sentence(delivery.reason) if delivery.reason else "",
            others.get(delivery.pk),
        )
        for delivery in deliveries
    ]


def answer(request: HttpRequest, campaign: Campaign, words: str, *, refused: bool = False) -> HttpResponse:
    """Back to the campaign's page with a message."""
    (messages.error if refused else messages.success)(request, words)
    return redirect("campaign", pk=campaign.pk)
