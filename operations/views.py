"""The home page, the workers light and the health answer for machines."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from operations import health
from operations.home import home as home_page


@require_GET
@vary_on_headers("HX-Request")
@requires(Permission.VIEW_PEOPLE)
def home(request: SignedInRequest) -> HttpResponse:
    template = "operations/_home.html" if request.htmx else "operations/home.html"
    return render(request, template, {"home": home_page(timezone.now())})


@require_GET
@requires(Permission.VIEW_PEOPLE)
def workers_light(request: SignedInRequest) -> HttpResponse:
    """The first thing that is wrong, in a few words; the home page says all of it."""
    found = health.state(timezone.now())
    words = "workers fine" if found.ok else found.sentences[0].split(". ")[0].rstrip(".")
    context = {"tone": "good" if found.ok else "bad", "words": words, "url": reverse("home")}
    return render(request, "components/_workers_light.html", context)


@never_cache
@require_safe
@login_not_required
def health_answer(request: HttpRequest) -> HttpResponse:
    """200 when all is well, else 503, with the sentences; open to machines, so it tells nothing else."""
    try:
        found = health.state(timezone.now())
    except DatabaseError:
        found = health.Health(ok=False, sentences=("The database does not answer.",))
    return JsonResponse({"ok": found.ok, "problems": found.sentences}, status=200 if found.ok else 503)
