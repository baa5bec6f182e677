"""For every page: times in the reader's zone, a password of one's own first, words for what only buttons do."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import AccountSettings, User

UPLOADS_OF_ONE = 2  # half of the web server's places for them


class ReaderZoneMiddleware:
    """Activates the reader's zone, else the account's, while a page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        with timezone.override(ZoneInfo(request.user.zone or AccountSettings.current().zone)):
            return self.get_response(request)


class UploadsOfUsersMiddleware:
    """A form too large to be held brings a file: only of who is signed in, and before anything reads it to the disk.
    Each user has so many of them under way in a process, so that nobody holds all of its places."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.under_way: Counter[object] = Counter()
        self.lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_large = length.isdigit() and int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
        if not is_large or request.content_type != "multipart/form-data":
            return self.get_response(request)
        if not request.user.is_authenticated:
            return HttpResponse("Sign in first, then upload the file.", status=413, content_type="text/plain")
        with self.share(request.user.pk) as is_free:
            return self.get_response(request) if is_free else self.too_many()

    @contextmanager
    def share(self, user: object) -> Iterator[bool]:
        with self.lock:
            is_free = self.under_way[user] < UPLOADS_OF_ONE
            self.under_way[user] += is_free
        try:
            yield is_free
        finally:
            with self.lock:
                self.under_way[user] -= is_free
                self.under_way += Counter()  # without those that have none

    def too_many(self) -> HttpResponse:
        words = f"{UPLOADS_OF_ONE} of your files are being uploaded. Upload this one when one of them is there."
        return HttpResponse(words, status=429, headers={"Retry-After": "10"}, content_type="text/plain")


class OnlyByButtonMiddleware:
    """An address that only a button may press, opened by hand or after signing in again: a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        wants_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if response.status_code != 405 or not wants_page:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page


class OwnPasswordMiddleware:
    """Who signed in with a one-time password chooses another before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.must_change_password):
            return self.get_response(request)
        if request.path in (reverse("password"), reverse("logout"), reverse("workers-light")):
            return self.get_response(request)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(reverse("password"))
        return redirect("password")
