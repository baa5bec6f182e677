"""Where a sign-in comes from."""

from django.http import HttpRequest

from config.front.clients import seen_by_proxy


def address_behind_proxy(request: HttpRequest) -> str:
    """The address our proxy saw, as the web server's front reads it."""
    return seen_by_proxy(request.headers.get("X-Forwarded-For", "")) or str(request.META.get("REMOTE_ADDR", ""))
