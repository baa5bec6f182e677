"""The main job, headless: real people, a segment, three copies, a control group, the real workers, the report."""

import json
import time
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import AccountSettings, User
from campaigns import lifecycle, reports
from campaigns.delivery.ids import outgoing_id
from campaigns.models import Campaign, Delivery, Run
from campaigns.models.ledger import State
from config import postgres
from operations import demo, scratch
from operations.defaults import ensure_defaults

PATIENCE = 120  # seconds
HEAD_START = timedelta(seconds=2)


class Command(BaseCommand):
    help = "Run the main job in a database of its own, through the real workers, and print the run's report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="End with one JSON line.")

    def handle(self, *, json: bool, **_: object) -> None:
        with postgres.in_use(settings.VAR), scratch.database("demo") as url:
            call_command("migrate", interactive=False, verbosity=0)
            ensure_defaults()
            call_command("load_cdnow", stdout=self.stdout)
            with scratch.workers(url, {"BELFRY_EXPORTS": str(exports())}):
                run, seconds = self.send()
            self.report(run, seconds, as_json=json)

    def send(self) -> tuple[Run, float]:
        """Schedule the demo's campaign two seconds from now, publish it, wait until its run is completed."""
        admin = User.objects.filter(is_superuser=True).earliest("pk")
        campaign = demo.ensure_demo(by=admin, now=timezone.now())
        at = (timezone.now() + HEAD_START).replace(tzinfo=None)  # the account's zone is UTC here
        campaign.schedule = {"version": 1, "kind": "at", "times": [at.isoformat()]}
        campaign.save(update_fields=["schedule"])
        self.stdout.write(f"“{campaign}” goes out at {at:%H:%M:%S} UTC.")
        lifecycle.publish(campaign, by=admin, now=timezone.now())
        run = wait_for(campaign)
        return run, ((run.completed_at or run.due_at) - run.due_at).total_seconds()

    def report(self, run: Run, seconds: float, *, as_json: bool) -> None:
        """Print the table; raises CommandError unless everyone has a final state and the file holds the accepted."""
        totals = reports.totals([run])
        file = exports() / f"campaign-{run.campaign_id}" / f"run-{run.number}.ndjson"
        copies = {copy.name: copy.totals.accepted for copy in reports.by_copy([run])}
        rows = [
            ("Qualified", totals.qualified),
            ("Control group", totals.withheld_people),
            *((f"Excluded: {reason}", people) for reason, people in totals.excluded.items()),
            ("Accepted", totals.accepted),
            *((f"  copy {name}", people) for name, people in copies.items()),
            ("Failed", totals.failed_people),
            ("Unknown", totals.unknown),
        ]
        for label, people in rows:
            self.stdout.write(f"{label:<40}{people:>10,}")
        self.stdout.write(f"{seconds:.1f} seconds from due to completed. The messages: {file}")
        check(run, file)
        if as_json:
            figures = {
                "qualified": totals.qualified, "withheld": totals.withheld_people, "excluded": totals.excluded,
                "accepted": totals.accepted, "failed": totals.failed_people, "unknown": totals.unknown,
                "copies": copies, "seconds": round(seconds, 3), "file": str(file),
            }  # fmt: skip
            self.stdout.write(json.dumps(figures))


def exports() -> Path:
    """Apart from what the installation itself sends: run numbers begin anew in each demo."""
    return Path(settings.VAR) / "demo"


def wait_for(campaign: Campaign) -> Run:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        run = campaign.runs.get()
        if run.state not in lifecycle.OPEN_RUNS:
            return run
        time.sleep(0.1)
    raise CommandError(f"The run is still {run.get_state_display().lower()} after {PATIENCE} seconds.")


def check(run: Run, file: Path) -> None:
    """From the rows, not from the counters."""
    deliveries = Delivery.objects.filter(run=run, occurrence=run.occurrence)
    if run.state != Run.State.COMPLETED or deliveries.filter(state=State.QUEUED).exists():
        raise CommandError(f"Somebody has no final state; the run is {run.get_state_display().lower()}: {run.reason}")
    installation = str(AccountSettings.current().installation)
    accepted = deliveries.filter(state=State.ACCEPTED).values_list("profile_id", flat=True)
    expected = sorted(outgoing_id(installation, run.message_id, profile, run.occurrence) for profile in accepted)
    if sorted(json.loads(line)["messageId"] for line in file.read_text().splitlines()) != expected:
        raise CommandError(f"{file} does not hold exactly the accepted messages.")
