"""`manage.py web`: the web server, for `serve` and for service managers. Becomes granian, so signals reach it.

Django's threads belong to `config.front`; granian speaks HTTP, and times out who does not finish a request's headers.
"""

import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

HEADER_SECONDS = 15  # a connection that is kept open may be silent for as long


class Command(BaseCommand):
    help = "Runs the web server (granian)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.ADDRESS)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: object, host: str, port: int, **options: object) -> None:
        remove_left_over(Path(settings.FILE_UPLOAD_TEMP_DIR))
        os.chdir(settings.BASE_DIR)
        command = [
            *(sys.executable, "-m", "granian", "--interface", "asginl", "--no-ws", "--log-level", "warning"),
            *("--host", host, "--port", str(port)),
            *("--workers", str(settings.WEB_PROCESSES), "--loop", "uvloop"),
            *("--http1-header-read-timeout", str(HEADER_SECONDS * 1000)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "5", "config.asgi:application"),
        ]
        os.execv(sys.executable, command)  # noqa: S606 our own interpreter


def remove_left_over(arriving: Path) -> None:
    """Of uploads on their way. One that another web server is at stays readable to that without its name."""
    for left in arriving.iterdir():
        left.unlink(missing_ok=True)
