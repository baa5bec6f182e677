"""`manage.py web`: the web server, for `serve` and for service managers. Becomes granian, so signals reach it."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Runs the web server (granian)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.ADDRESS)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: object, host: str, port: int, **options: object) -> None:
        os.chdir(settings.BASE_DIR)
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
            *("--host", host, "--port", str(port)),
            *("--workers", str(settings.WEB_PROCESSES), "--blocking-threads", str(settings.WEB_THREADS)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "5", "config.wsgi:application"),
        ]
        os.execv(sys.executable, command)  # noqa: S606 our own interpreter
