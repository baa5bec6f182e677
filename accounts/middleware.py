"""For every page: times in the reader's zone, a password of one's own first, words for what only buttons do."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import AccountSettings, User
from accounts.permissions import Permission, can

UPLOADS_OF_ONE = 2  # half of the web server's places for them
BRING_FILES = (Permission.EDIT_PEOPLE, Permission.EDIT_SEGMENTS)
TOO_MANY = f"{UPLOADS_OF_ONE} of your files are being uploaded. Upload this one when one of them is there."


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
    """A form too large to be held brings a file. Before anything reads it to the disk: only of who may upload files,
    none that is too large anyway, and of each user so many at once in a process that nobody holds all of its places.
    A file that broke off is gone when its request is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.under_way: Counter[object] = Counter()
        self.lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.content_type != "multipart/form-data":
            return self.get_response(request)
        try:
            return self.admitted(request)
        finally:
            let_go(request)

    def admitted(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("CONTENT_LENGTH") or "0"
        length, held = int(given) if given.isdigit() else 0, settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        if length <= held:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return in_words(413, "Sign in first, then upload the file.")
        if not any(can(request.user, permission) for permission in BRING_FILES):
            return in_words(403, "Your role does not upload files.")
        if length > settings.UPLOAD_BYTES + held:  # the rest of the form is no file
            return in_words(413, f"A file has at most {filesizeformat(settings.UPLOAD_BYTES)}.")
        with self.share(request.user.pk) as is_free:
            return self.get_response(request) if is_free else in_words(429, TOO_MANY, {"Retry-After": "10"})

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


def let_go(request: HttpRequest) -> None:
    """Django closes the files that came whole. One that did not is held by its handler, which holds the request, which
    holds the handler: it would stay on the disk until the collector of garbage comes by."""
    for handler in request.upload_handlers:
        file = getattr(handler, "file", None)
        if file is not None:
            file.close()


def in_words(status: int, words: str, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(words, status=status, headers=headers, content_type="text/plain")


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
