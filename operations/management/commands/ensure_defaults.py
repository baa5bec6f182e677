"""`manage.py ensure_defaults`: makes the rows that the product needs; run it after every `migrate`."""

from django.core.management.base import BaseCommand

from operations.defaults import ensure_defaults


class Command(BaseCommand):
    help = "Makes account settings, the first admin and the file connection where they are missing."

    def handle(self, *args: object, **options: object) -> None:
        login = ensure_defaults()
        if login is not None:
            self.stdout.write(f"First login: {login.username} / {login.password} (shown once)")
