"""`manage.py recount RUN …`: the counters of runs, rebuilt from their rows."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.delivery.recount import recount
from campaigns.models import Run


class Command(BaseCommand):
    help = "Rebuilds the counters of runs from the ledger's rows; without numbers, of all runs that have begun."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("runs", nargs="*", type=int, help="Ids of runs.")

    def handle(self, *args: object, runs: list[int], **options: object) -> None:
        begun = Run.objects.filter(started_at__isnull=False).order_by("pk")
        found = list(begun.filter(pk__in=runs) if runs else begun)
        if missing := sorted(set(runs) - {run.pk for run in found}):
            raise CommandError(f"No run that has begun: {', '.join(map(str, missing))}.")
        for run in found:
            recount(run)
        self.stdout.write(f"Recounted {len(found)} {'run' if len(found) == 1 else 'runs'}.")
