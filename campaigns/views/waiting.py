"""Who waits, on the page of a connection."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from campaigns import waiting
from connectors.models import Connection


@require_GET
@requires(Permission.VIEW_PEOPLE)
def queue(request: SignedInRequest, pk: int) -> HttpResponse:
    found = waiting.over(get_object_or_404(Connection, pk=pk))
    context = {"waiting": found, "people": sum(each.people for each in found)}
    return render(request, "campaigns/_waiting.html", context)
