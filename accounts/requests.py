"""What a view behind login may rely on."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User

DIGITS = 18  # the most that every bigint has room for


class SignedInRequest(HttpRequest):
    """A request that passed the login middleware: `user` is one of ours. Only for annotations."""

    user: User
    htmx: HtmxDetails


def whole_number(text: str) -> int | None:
    """A number from an address or a form that fits the database; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
