"""The catalogue of names: what happens here, which properties there are, how often."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from people.forms import EventNameForm, PropertyNameForm
from people.models import EventName, PropertyName

EVENT_FIELDS = ("description", "revenue_property", "is_hidden", "is_discarded")
PROPERTY_FIELDS = ("description", "is_hidden", "is_discarded")


@require_GET
@requires(Permission.VIEW_PEOPLE)
def listing(request: SignedInRequest) -> HttpResponse:
    words = request.GET.get("search", "")[:120]
    events = EventName.objects.filter(name__icontains=words).order_by("is_hidden", "-times", "name")
    return render(request, "people/catalogue.html", {"events": events, "words": words})


@require_GET
@requires(Permission.VIEW_PEOPLE)
def profile_properties(request: SignedInRequest) -> HttpResponse:
    names = PropertyName.objects.filter(event=None).order_by("is_hidden", "name")
    return render(request, "people/catalogue_people.html", {"names": names})


@require_GET
@requires(Permission.VIEW_PEOPLE)
def event(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(EventName, pk=pk)
    names = found.properties.order_by("is_hidden", "name")
    return render(request, "people/catalogue_event.html", {"event": found, "names": names})


@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def edit_event(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(EventName, pk=pk)
    before = audit.snapshot(found, EVENT_FIELDS)
    form = EventNameForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        audit.record(request.user, "changed", form.save(), audit.changes(before, found))
        messages.success(request, f"{found} is saved.")
        return redirect("catalogue-event", pk)
    context = {"form": form, "name": found, "back": found}
    return render(request, "people/catalogue_edit.html", context, status=422 if form.errors else 200)


@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def edit_property(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(PropertyName.objects.select_related("event"), pk=pk)
    before = audit.snapshot(found, PROPERTY_FIELDS)
    form = PropertyNameForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        audit.record(request.user, "changed", form.save(), audit.changes(before, found))
        messages.success(request, f"{found} is saved.")
        return redirect("catalogue-event", found.event.pk) if found.event else redirect("catalogue-people")
    context = {"form": form, "name": found, "back": found.event}
    return render(request, "people/catalogue_edit.html", context, status=422 if form.errors else 200)
