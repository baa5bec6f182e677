"""The list of people, one person, and their timeline."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from people import allowing, portrait, search, timeline
from people.models import Profile


@require_GET
@requires(Permission.VIEW_PEOPLE)
@vary_on_headers("HX-Request")
def listing(request: SignedInRequest) -> HttpResponse:
    words = request.GET.get("q", "")[:200]
    page = search.page(
        words, before=whole_number(request.GET.get("before", "")), after=whole_number(request.GET.get("after", ""))
    )
    context = {"page": page, "words": words, "nobody": not words and not page.people}
    return render(request, "people/_table.html" if request.htmx else "people/list.html", context)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Profile, pk=pk)
    context = {"person": found, "portrait": portrait.of(found), "page": timeline.page(pk)}
    return render(request, "people/person.html", context)


@require_POST
@requires(Permission.EDIT_PEOPLE)
def allow_again(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Profile, pk=pk)
    if allowing.allow_again(found, request.POST.get("channel", ""), by=request.user, now=timezone.now()):
        messages.success(request, "Messages may be sent to them again.")
    else:
        messages.info(request, "There was nothing to lift.")
    return redirect("person", pk)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def person_timeline(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Profile, pk=pk)
    context = {"person": found, "page": timeline.page(pk, moment(request))}
    return render(request, "people/_timeline.html", context)


def moment(request: SignedInRequest) -> datetime | None:
    try:
        at = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        return None
    return at if at and at.tzinfo else None
