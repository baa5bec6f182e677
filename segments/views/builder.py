"""The builder again after another choice, and the cities that it offers."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from segments import cities
from segments.forms import changed_from_post


@require_POST
@requires(Permission.VIEW_PEOPLE)
def builder(request: SignedInRequest) -> HttpResponse:
    """The builder again, after another choice or a press of one of its buttons."""
    built = changed_from_post(request.POST, request.GET.get("name", "tree"))
    response = render(request, "segments/_builder.html", {"builder": built})
    return trigger_client_event(response, "segment-changed", after="settle")


@require_GET
@requires(Permission.VIEW_PEOPLE)
def find_cities(request: SignedInRequest) -> JsonResponse:
    """Cities whose name begins with `q`, the largest first."""
    found = cities.search(request.GET.get("q", ""))
    return JsonResponse({"cities": [{"value": each.value, "label": each.label, "where": each.where} for each in found]})
