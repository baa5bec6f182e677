"""`manage.py bounce`: takes in one mail that came back, one complaint, or one to unsubscribe, from standard input."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from people import bounces


class Command(BaseCommand):
    help = "Take in one mail that came back, one complaint, or one to unsubscribe, from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recipient", default="", help="The address the report came to, as the mail server knows it."
        )

    def handle(self, *args: Any, recipient: str, **options: Any) -> None:
        """Always ends well: a report that is refused would come back itself."""
        raw = sys.stdin.buffer.read(bounces.MOST_BYTES)
        self.stdout.write(words(bounces.take_in(raw, recipient=recipient, now=timezone.now())))


def words(report: bounces.Report | None) -> str:
    match report:
        case None:
            return "This is no report of a bounce or a complaint, and nobody unsubscribes by it."
        case bounces.Report(people=()):
            return "The report names nobody that a mail of ours went to."
        case bounces.Report("soft"):
            return f"The mail came back for now ({report.status or 'no status'}). Nobody is suppressed."
        case bounces.Report("opt-out" | "unsubscribe"):
            return f"Unsubscribed: {len(report.people)}."
        case _:
            return f"Suppressed ({report.kind}): {len(report.people)}."
