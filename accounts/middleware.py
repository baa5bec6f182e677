"""Shows every time in the reader's zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import AccountSettings, User


class ReaderZoneMiddleware:
    """Activates the reader's zone, else the account's, while a page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        with timezone.override(ZoneInfo(request.user.zone or AccountSettings.current().zone)):
            return self.get_response(request)
