"""The report as the page shows it: funnel rows with links, tables, the chart, progress in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import AccountSettings
from campaigns import reports, schedule_json
from campaigns.delivery import reasons
from campaigns.models import Campaign, Delivery, Run
from campaigns.models.ledger import State
from campaigns.reports import CopyTotals, Progress, Totals

WORKING = (Run.State.PLANNING, Run.State.SENDING)
RETRYABLE = (Run.State.SENDING, Run.State.COMPLETED)


@dataclass(frozen=True, slots=True)
class FunnelRow:
    label: str
    count: int
    url: str = ""
    tone: str = "accent"
    part_of: bool = False


@dataclass(frozen=True, slots=True)
class CopyRow:
    """`cells` are people and the address of the list of them, in the order of COPY_COLUMNS."""

    name: str
    cells: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    url: str
    current: bool
    count: None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    delivery: Delivery
    copy: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    runs: list[Run]
    tabs: list[Tab]
    chosen: Run | None
    totals: Totals
    funnel: list[FunnelRow]
    copies: list[CopyRow]
    chart: dict[str, object]
    hours: list[list[str]]
    progress: Progress | None
    next_run: Run | None
    missed: list[Run]
    when: str
    began: datetime | None
    ended: datetime | None
    retry: list[Run]
    columns: tuple[str, ...] = ("Hour", "Accepted", "Failed or unknown", "Excluded or withheld")

    @property
    def progress_words(self) -> str:
        """“12,000 of 48,210 · 410 a second · ends about 11:42”."""
        if self.progress is None:
            return ""
        ends = f" · ends about {timezone.localtime(self.progress.ends_at):%H:%M:%S}" if self.progress.ends_at else ""
        return f"{self.progress.finished:,} of {self.progress.total:,} · {self.progress.rate:,.0f} a second{ends}"

    @property
    def is_working(self) -> bool:
        return any(run.state in WORKING or (run.state == Run.State.DUE) for run in self.runs)


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
        copy, (profile, _, delivery) = query.get("copy", ""), query.get("after", "").partition("-")
        return cls(
            run=query.get("run", ""),
            state=query.get("state", "") if query.get("state") in State else "",
            reasons=tuple(str(reason) for reason in query.getlist("reason") if reason in reasons.SENTENCES),
            copy_id=int(copy) if copy.isdecimal() else None,
            after=(int(profile), int(delivery)) if profile.isdecimal() and delivery.isdecimal() else (0, 0),
        )

    def heading(self, copies: Mapping[int, str]) -> str:
        words = [State(self.state).label if self.state else "Everybody who qualified"]
        words += [reasons.sentence(reason).rstrip(".").lower() for reason in self.reasons]
        if self.copy_id is not None:
            words.append(f"copy {copies.get(self.copy_id, 'removed')}")
        return " · ".join(words)


def page(campaign: Campaign, run: str, *, now: datetime) -> Page:
    """Everything the page shows of one run (its number) or of all runs ("")."""
    every = list(campaign.runs.order_by("-occurrence"))
    runs = chosen_runs(campaign, run)
    totals = reports.totals(runs)
    hours = reports.by_hour(runs)
    working = next((each for each in runs if each.state in WORKING), None)
    began, ended = reports.span(runs)
    return Page(
        runs=every,
        tabs=tabs(campaign, every, run),
        chosen=runs[0] if run and runs else None,
        totals=totals,
        funnel=funnel(campaign, totals, run),
        copies=copies(campaign, reports.by_copy(runs), run),
        chart=chart(hours),
        hours=[[shown(hour.hour), f"{hour.accepted:,}", f"{hour.failed:,}", f"{hour.excluded:,}"] for hour in hours],
        progress=reports.progress(working, totals, now=now) if working else None,
        next_run=next((each for each in reversed(every) if each.state == Run.State.DUE), None),
        missed=[each for each in every if each.state == Run.State.MISSED],
        when=schedule_json.sentence(schedule_json.parse(campaign.schedule), AccountSettings.current().zone),
        began=began,
        ended=ended,
        retry=[each for each in runs if each.state in RETRYABLE] if totals.failed or totals.unknown else [],
    )


def chosen_runs(campaign: Campaign, run: str) -> list[Run]:
    runs = campaign.runs.order_by("-occurrence")
    return list(runs.filter(number=int(run)) if run.isdecimal() else runs)


def tabs(campaign: Campaign, runs: Sequence[Run], chosen: str) -> list[Tab]:
    """All runs first, then the newest ten; none when there is only one."""
    if len(runs) < 2:
        return []
    address = reverse("campaign", args=[campaign.pk])
    each = [Tab(f"Run {run.number}", f"{address}?run={run.number}", chosen == str(run.number)) for run in runs[:10]]
    return [Tab("All runs", address, not chosen), *each]


def funnel(campaign: Campaign, totals: Totals, run: str) -> list[FunnelRow]:
    """qualified = withheld + excluded + accepted + failed + unknown (+ still queued)."""

    def url(state: str = "", *names: str) -> str:
        return people_url(campaign, run=run, state=state, reason=list(names))

    rows = [
        FunnelRow("Qualified", totals.qualified, url()),
        FunnelRow("Withheld as control group", totals.withheld_people, url("excluded", *totals.withheld), "off"),
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
    def url(state: str = "", *names: str) -> str:
        return people_url(campaign, run=run, copy=copy.copy_id, state=state, reason=list(names))

    people = copy.totals
    cells = [
        (people.qualified, url()),
        (people.withheld_people, url("excluded", *people.withheld)),
        (people.excluded_people, url("excluded", *people.excluded)),
        (people.accepted, url("accepted")),
        (people.failed_people, url("failed")),
        (people.unknown, url("unknown")),
    ]
    return CopyRow(copy.name, cells)


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
                ("Excluded or withheld", "excluded", "off"),
            )
        ],
    }


def shown(hour: datetime) -> str:
    return timezone.localtime(hour).strftime("%-d %b %H:%M")


def rows(deliveries: Sequence[Delivery], copies: Mapping[int, str]) -> list[PersonRow]:
    return [
        PersonRow(
            delivery,
            copies.get(delivery.copy_id, "Removed copy"),
            reasons.sentence(delivery.reason) if delivery.reason else "",
        )
        for delivery in deliveries
    ]


def answer(request: HttpRequest, campaign: Campaign, words: str, *, refused: bool = False) -> HttpResponse:
    """Back to the campaign's page with a message."""
    (messages.error if refused else messages.success)(request, words)
    return redirect("campaign", pk=campaign.pk)
