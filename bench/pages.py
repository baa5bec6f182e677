"""How long pages take with a million people and 20 million events, over HTTP, signed in.

`PROFILES=1000000 EVENTS=20000000 python -m bench.pages`; the database is made once and kept, one per size.
"""

import http.client
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection as database  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import report  # noqa: E402
from bench.ingest import web  # noqa: E402
from bench.kept import kept_database, newest_event  # noqa: E402
from campaigns import lifecycle  # noqa: E402
from campaigns.models import Campaign, Copy, Delivery, Run  # noqa: E402
from connectors.models import Connection  # noqa: E402
from operations import scratch  # noqa: E402
from operations.defaults import FILE_CONNECTION, ensure_defaults  # noqa: E402
from operations.preparation import collect_static  # noqa: E402
from people.models import Profile  # noqa: E402
from segments.models import Segment  # noqa: E402

PROFILES = int(os.environ.get("PROFILES", "1000000"))
EVENTS = int(os.environ.get("EVENTS", "20000000"))
REQUESTS, WARMING = 60, 8
SLOW_REQUESTS, SLOW_WARMING = 8, 2  # of what takes seconds at this size
GOAL = 200  # milliseconds, for 95 of 100 requests
STALE = timedelta(days=20)  # then “the last 60 days” would no longer find what it should
PATIENCE = 400  # seconds for the run to everybody
LARGE, SMALL, DRAFT, QUIET = "To everybody", "To a few", "Draft", "Bought, then went quiet"
TOKEN = "b" * 32
SENT_TO_EVERYBODY = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 999}}]}}
SENT_TO_A_FEW = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 0}}]}}
WENT_QUIET = {
    "version": 1,
    "rule": {
        "all": [
            {"did": "Charged", "period": "ever", "count": {"operator": "greater_than_equals", "value": 2}},
            {"did_not": "Charged", "period": {"last": 60, "unit": "days"}},
        ]
    },
}
TYPED = {
    "tree.kind": "all", "tree.0.family": "did", "tree.0.event": "Charged", "tree.0.period": "ever",
    "tree.0.measure": "count.greater_than_equals", "tree.0.amount": "2", "tree.1.family": "did_not",
    "tree.1.event": "Charged", "tree.1.period": "last", "tree.1.last": "60", "tree.1.unit": "days",
}  # fmt: skip
COPIES = {
    "": [["title", 'Hello {{ profile.first_name | default: "there" }}'], ["text", "You are in {{ profile.city }}."]],
    "es": [["title", 'Hola {{ profile.first_name | default: "amigo" }}'], ["text", "Estás en {{ profile.city }}."]],
    "pt": [["title", 'Olá {{ profile.first_name | default: "você" }}'], ["text", "Está em {{ profile.city }}."]],
}

# One hour before the run: the counters only have to add up.
FAIL = """
    WITH failed AS (
        UPDATE campaigns_delivery SET state = 'failed', reason = 'rejected_by_provider'
        WHERE id = ANY(%(ids)s) AND occurrence = %(at)s RETURNING copy_id, variant
    )
    INSERT INTO campaigns_counter (run_id, copy_id, variant, state, reason, hour, people)
    SELECT %(run)s, copy_id, variant, change.state, change.reason, %(at)s::timestamptz - interval '1 hour',
           change.sign * count(*)
    FROM failed, (VALUES ('accepted', '', -1), ('failed', 'rejected_by_provider', 1)) change (state, reason, sign)
    GROUP BY copy_id, variant, change.state, change.reason, change.sign
"""


@dataclass(frozen=True)
class Page:
    """`goal` is None for what a page loads behind a skeleton, and shows when it is there."""

    name: str
    address: str
    posted: Mapping[str, str] = field(default_factory=dict)
    goal: float | None = GOAL


@dataclass(frozen=True)
class Times:
    """In milliseconds, sorted."""

    taken: list[float]

    def at(self, percent: int) -> float:
        return self.taken[min(len(self.taken) - 1, len(self.taken) * percent // 100)]


def main() -> None:
    with kept_database(f"belfry_bench_pages_{PROFILES}_{EVENTS}", is_usable) as url:
        prepare(url)
        with web(url) as port:
            figures = list(measured(port, pages()))
    report.write("pages", figures)


def is_usable() -> bool:
    """Whole (its last campaign is there) and young enough."""
    newest = newest_event()
    return newest is not None and newest > timezone.now() - STALE and Campaign.objects.filter(name=DRAFT).exists()


def prepare(url: str) -> None:
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    ensure_defaults()
    collect_static(print)
    if not Profile.objects.exists():
        call_command("generate", profiles=PROFILES, events=EVENTS, skip_checks=True)
    if not Campaign.objects.exists():
        make_campaigns(url)


def make_campaigns(url: str) -> None:
    """One sent to everybody, twenty to a few, forty drafts, thirty saved segments; sent by the real workers."""
    admin = User.objects.earliest("pk")
    for number in range(30):
        Segment.objects.create(name=f"{QUIET} {number}".removesuffix(" 0"), tree=WENT_QUIET, created_by=admin)
    everybody = campaign(LARGE, SENT_TO_EVERYBODY)
    few = [campaign(f"{SMALL} {number}", SENT_TO_A_FEW) for number in range(20)]
    environment = {"BELFRY_EXPORTS": str(Path(settings.VAR) / "bench" / "exports"), "BELFRY_WORKERS": "2"}
    with scratch.workers(url, environment):
        for each in (everybody, *few):
            lifecycle.publish(each, by=admin, now=timezone.now())
        wait(lambda: Run.objects.filter(state=Run.State.COMPLETED).count() == 21)
    fail_some(everybody)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE campaigns_delivery")
    for number in reversed(range(40)):
        campaign(f"{DRAFT} {number}".removesuffix(" 0"), WENT_QUIET)


def campaign(name: str, tree: Mapping[str, object]) -> Campaign:
    made = lifecycle.draft(by=User.objects.earliest("pk"), now=timezone.now(), name=name)
    made.tree, made.control_percent, made.connection = tree, 10, Connection.objects.get(name=FILE_CONNECTION)
    made.schedule, made.labels = {"version": 1, "kind": "now"}, ["bench"]
    made.save()
    message = made.message
    message.kind, message.include = "by_property", ["email"]
    message.save()
    message.copies.all().delete()
    for position, (value, pairs) in enumerate(COPIES.items()):
        Copy.objects.create(message=message, value=value, pairs=pairs, position=position)
    return made


def fail_some(everybody: Campaign) -> None:
    """Nothing fails with files: of those who got it a thousand are said to have failed, in rows and counters."""
    run = everybody.runs.get()
    ids = Delivery.objects.filter(run=run, state="accepted", occurrence=run.occurrence).values_list("pk", flat=True)
    with database.cursor() as cursor:
        cursor.execute(FAIL, {"ids": list(ids[:: max(1, len(ids) // 1000)]), "run": run.pk, "at": run.occurrence})


def pages() -> list[Page]:
    sent, draft = Campaign.objects.get(name=LARGE), Campaign.objects.get(name=DRAFT)
    segment = Segment.objects.get(name=QUIET)
    middle = PROFILES // 2
    person = Profile.objects.filter(pk__gte=middle).earliest("pk")
    behind, edit = f"/campaigns/{sent.pk}/people", f"/campaigns/{draft.pk}"
    return [
        Page("home", "/"),
        Page("campaign list", "/campaigns/"),
        Page("campaign list, searched", "/campaigns/?q=few"),
        *(Page(f"editor, {step}", f"{edit}/edit/{step}") for step in ("start", "who", "what", "when", "review")),
        Page("editor, preview", f"{edit}/preview", preview(draft)),
        Page("editor, preview of somebody else", f"{edit}/preview", {**preview(draft), "move": "random"}),
        Page("editor, reach from a sample", f"{edit}/reach?step=what"),
        Page("editor, reach counted again", f"{edit}/reach?step=what&again=1", goal=None),
        Page("editor, figures of the copies", f"{edit}/figures"),
        Page("editor, numbers of the review", f"{edit}/review"),
        Page("report", f"/campaigns/{sent.pk}/"),
        Page("report, people behind a number", behind),
        Page("report, people in the middle", f"{behind}?state=accepted&after={middle}-0"),
        Page("report, those held out", f"{behind}?state=excluded&reason=campaign_control_group"),
        Page("report, the few who failed", f"{behind}?state=failed"),
        Page("people", "/people/"),
        Page("people, by identity", f"/people/?q={person.identity}"),
        Page("people, by name", f"/people/?q={urlencode({'': person.name or 'Maria'})[1:]}"),
        Page("person", f"/people/{person.pk}"),
        Page("person, timeline", f"/people/{person.pk}/timeline"),
        Page("catalogue", "/people/names"),
        Page("segment list", "/segments/"),
        Page("segment", f"/segments/{segment.pk}"),
        Page("segment, people", f"/segments/{segment.pk}/people"),
        Page("segment, reach from a sample", "/segments/reach", TYPED),
        Page("segment, channels and languages from a sample", f"/segments/{segment.pk}/reach"),
    ]


def preview(draft: Campaign) -> dict[str, str]:
    """What the editor posts at a keystroke: the open copy, and whom it was shown as before."""
    copy = draft.message.copies.earliest("position")
    people = ",".join(str(pk) for pk in Profile.objects.order_by("pk").values_list("pk", flat=True)[:25])
    return {
        "copy": str(copy.pk), "kind": "by_property", "property": "language", "event_name": "Campaign Sent",
        "missing": "exclude", "include": "email", "key": "title", "template": "Hello {{ profile.first_name }}",
        "people": people, "place": "3", "walk_copy": str(copy.pk),
    }  # fmt: skip


def measured(port: int, found: list[Page]) -> Iterator[report.Figure]:
    headers = {"Cookie": f"sessionid={session()}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    size = "" if (PROFILES, EVENTS) == (1_000_000, 20_000_000) else f" ({PROFILES:,} people, {EVENTS:,} events)"
    for page in found:
        times = ask(port, page, headers)
        print(f"{page.name}: half of the requests within {times.at(50):,.0f} ms", flush=True)
        yield report.Figure(f"{page.name}, p50{size}", times.at(50), "ms", None, "lower")
        yield report.Figure(f"{page.name}, p95{size}", times.at(95), "ms", page.goal, "lower")


def ask(port: int, page: Page, headers: Mapping[str, str]) -> Times:
    """One request after the other over one connection, as one reader would."""
    warming, requests = (WARMING, REQUESTS) if page.goal else (SLOW_WARMING, SLOW_REQUESTS)
    over = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    taken = [seconds(over, page, headers) for _ in range(warming + requests)]
    over.close()
    return Times(sorted(1000 * each for each in taken[warming:]))


def seconds(over: http.client.HTTPConnection, page: Page, headers: Mapping[str, str]) -> float:
    form = {"Content-Type": "application/x-www-form-urlencoded"} if page.posted else {}
    begun = time.perf_counter()
    over.request("POST" if page.posted else "GET", page.address, urlencode(page.posted) or None, {**headers, **form})
    answer = over.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{page.name}: {answer.status} {body[:300]!r}")
    return time.perf_counter() - begun


def session() -> str:
    client = Client()
    client.force_login(User.objects.earliest("pk"), backend=settings.AUTHENTICATION_BACKENDS[1])
    return client.cookies["sessionid"].value


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise SystemExit("The campaigns do not end.")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
