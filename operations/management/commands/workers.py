"""`manage.py workers`: the supervisor with its clock and its workers. Any number of them may run, on any machine."""

from django.core.management.base import BaseCommand

from operations.supervisor import Supervisor


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Plans, renders and sends what is due, until SIGTERM or Ctrl-C."

    def handle(self, *args: object, **options: object) -> None:
        Supervisor().run()
