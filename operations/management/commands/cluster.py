"""`manage.py cluster`: the workers of one supervisor. `manage.py workers` starts it; nobody else should."""

from django.core.management.base import BaseCommand, CommandParser

from operations import cluster


class Command(BaseCommand):
    help = "Started by `workers`: the processes that do the work of one supervisor."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue")
        parser.add_argument("parent", type=int, help="Process id of the supervisor.")

    def handle(self, *args: object, queue: str, parent: int, **options: object) -> None:
        cluster.run(queue, parent=parent)
