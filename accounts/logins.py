"""Where a sign-in comes from."""

from django.http import HttpRequest


def address_behind_proxy(request: HttpRequest) -> str:
    """The address our proxy saw: the last one of `X-Forwarded-For`, for whatever stands before it can be made up."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded or str(request.META.get("REMOTE_ADDR", ""))
