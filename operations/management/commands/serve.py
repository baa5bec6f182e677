"""`manage.py serve`: everything on one machine, made ready and started by one command; `make run` calls it."""

import signal
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.defaults import Login
from config import postgres
from operations import preparation, serving


class Command(BaseCommand):
    help = "Makes everything ready, then runs the web server and the workers until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.ADDRESS)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: object, host: str, port: int, **options: object) -> None:
        for asked in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.default_int_handler)
        try:
            with postgres.in_use(settings.VAR):
                sys.exit(self.serve(host, port))
        except KeyboardInterrupt:
            sys.exit(0)
        except serving.CannotServe as error:
            raise CommandError(str(error)) from error

    def serve(self, host: str, wanted: int) -> int:
        login = preparation.prepare(self.say)
        port = serving.free_port(host, wanted)
        if port != wanted:
            self.say(f"Port {wanted} is taken, so {port} is used.")
        return serving.serve(host, port, lambda: self.greet(host, port, login), self.say)

    def greet(self, host: str, port: int, login: Login | None) -> None:
        self.say(f"\nBelfry runs at http://{f'[{host}]' if ':' in host else host}:{port}")
        if login is None:
            self.say("Sign in with your own login. Forgotten? manage.py changepassword NAME")
        else:
            self.say(f"Sign in as {login.username} with the password {login.password}")
        self.say("Ctrl-C stops everything.\n")

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
