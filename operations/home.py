"""What the home page shows: what is sending, what comes next, what needs a person, the last results."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Sum, When

from campaigns import reports
from campaigns.models import Campaign, Counter, Run
from campaigns.models.ledger import State
from campaigns.progress import Progress, accepted_lately, connection_of, progress
from campaigns.report_page import people_url
from campaigns.reports import Totals
from connectors.models import Connection
from operations import health
from people.models import Profile

WEEK = timedelta(days=7)
RESULTS = 5
MOST_COMING = 50
MOST_WAITING = 20


@dataclass(frozen=True)
class Sending:
    run: Run
    progress: Progress

    @property
    def is_paused(self) -> bool:
        return self.run.campaign.state == Campaign.State.PAUSED or self.waits_for is not None

    @property
    def waits_for(self) -> Connection | None:
        """The connection, where that is paused."""
        over = connection_of(self.run)
        return over if over and over.state == Connection.State.PAUSED else None

    @property
    def words(self) -> str:
        """As the report says it, or what is paused."""
        done = f"{self.progress.finished:,} of {self.progress.total:,}"
        if self.waits_for:
            return f"{done} · the connection {self.waits_for} is paused"
        return f"{done} · paused" if self.is_paused else self.progress.words


@dataclass(frozen=True)
class Result:
    run: Run
    totals: Totals

    @property
    def people_url(self) -> str:
        return people_url(self.run.campaign, run=self.run.number)

    @property
    def withheld_url(self) -> str:
        return people_url(self.run.campaign, run=self.run.number, state="excluded", reason=list(self.totals.withheld))

    @property
    def excluded_url(self) -> str:
        return people_url(self.run.campaign, run=self.run.number, state="excluded", reason=list(self.totals.excluded))


@dataclass(frozen=True)
class Coming:
    """A run that will start; `last_time` is what its campaign's newest run came to, None if there was none."""

    run: Run
    last_time: Result | None


@dataclass(frozen=True)
class Home:
    sending: list[Sending]
    coming: list[Coming]
    problems: tuple[str, ...]
    connections: list[Connection]
    waiting: list[Result]
    results: list[Result]
    has_campaigns: bool
    has_people: bool

    @property
    def needs_somebody(self) -> bool:
        return bool(self.problems or self.connections or self.waiting)


def home(now: datetime) -> Home:
    """A fixed number of queries, none of them over people."""
    working, waiting = list(runs(Run.State.PLANNING, Run.State.SENDING)), list(waiting_for_somebody(now))
    due = list(runs(Run.State.DUE).filter(due_at__lt=now + WEEK).order_by("due_at")[:MOST_COMING])
    ended = list(runs(Run.State.COMPLETED).order_by("-completed_at")[:RESULTS])
    last_time = latest_results(due)
    totals, lately = totals_of([*working, *waiting, *ended]), accepted_lately(working, now=now)
    return Home(
        sending=[Sending(run, progress(run, totals[run.pk], lately.get(run.pk, 0), now=now)) for run in working],
        coming=[Coming(run, last_time.get(run.campaign_id)) for run in due],
        problems=health.at_work(now),
        connections=list(Connection.objects.filter(Q(state=Connection.State.PAUSED) | Q(failures__gt=0))),
        waiting=[Result(run, totals[run.pk]) for run in waiting],
        results=[Result(run, totals[run.pk]) for run in ended],
        has_campaigns=Campaign.objects.exists(),
        has_people=Profile.objects.exists(),
    )


def runs(*states: str) -> QuerySet[Run]:
    return Run.objects.filter(state__in=states).select_related("campaign__connection", "connection")


def waiting_for_somebody(now: datetime) -> QuerySet[Run]:
    """Of the last week: late ones that ask whether to be sent, refused ones, those with people in doubt, and those of
    which more failed than got through."""
    undecided = Counter.objects.filter(state=State.UNKNOWN, people__gt=0).values("run")
    stopped_short = Q(state__in=[Run.State.MISSED, Run.State.REFUSED])
    doubtful = Q(state=Run.State.COMPLETED, pk__in=undecided) | Q(state=Run.State.COMPLETED, pk__in=mostly_failed(now))
    return (
        Run.objects.filter(stopped_short | doubtful, occurrence__gt=now - WEEK)
        .exclude(campaign__state=Campaign.State.ARCHIVED)
        .select_related("campaign")
        .order_by("-occurrence")[:MOST_WAITING]
    )


def mostly_failed(now: datetime) -> QuerySet[Counter, int]:
    """The ids of last week's runs in which more people failed than were accepted."""
    weighed = Case(When(state=State.FAILED, then=F("people")), When(state=State.ACCEPTED, then=-F("people")), default=0)
    found = Counter.objects.filter(run__occurrence__gt=now - WEEK).values("run")
    return found.annotate(failed=Sum(weighed)).filter(failed__gt=0).values_list("run", flat=True)


def totals_of(chosen: Iterable[Run]) -> dict[int, Totals]:
    """Of each run, in one query over the counters."""
    found: dict[int, list[dict[str, object]]] = {run.pk: [] for run in chosen}
    rows = Counter.objects.filter(run__in=found).values("run", "state", "reason").annotate(people=Sum("people"))
    for row in rows:
        found[row["run"]].append({name: row[name] for name in ("state", "reason", "people")})
    return {pk: reports.add_up(each) for pk, each in found.items()}


def latest_results(due: Iterable[Run]) -> dict[int, Result]:
    """Campaign → its newest completed run: what the next one may look like, without counting anybody."""
    newest = list(
        runs(Run.State.COMPLETED)
        .filter(campaign__in={run.campaign_id for run in due})
        .order_by("campaign_id", "-occurrence")
        .distinct("campaign_id")
    )
    totals = totals_of(newest)
    return {run.campaign_id: Result(run, totals[run.pk]) for run in newest}
