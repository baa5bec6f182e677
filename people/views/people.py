"""The list of people, one person, and their timeline."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from people import portrait, search, timeline
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
