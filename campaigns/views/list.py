"""The list of campaigns, and what can be done with several of them at once."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from campaigns import lifecycle, meanwhile, saving
from campaigns.listing import connections, labels, listing, owners, read_filters, ticked
from campaigns.models import Campaign

BULK = {"stop": (lifecycle.stop, "stopped"), "archive": (lifecycle.archive, "archived")}


@require_GET
@vary_on_headers("HX-Request")
@requires(Permission.VIEW_PEOPLE)
def campaigns(request: SignedInRequest) -> HttpResponse:
    filters, number = read_filters(request.GET), request.GET.get("page", "1")
    context = {"filters": filters, "listing": listing(filters, now=timezone.now(), number=number)}
    if request.htmx and not request.htmx.boosted:
        return render(request, "campaigns/_table.html", context)
    return render(request, "campaigns/list.html", context | choices())


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CAMPAIGNS)
def new(request: SignedInRequest) -> HttpResponse:
    """By a button an empty draft; by its address a page with that button, as looking at a page makes nothing."""
    if request.method == "GET":
        return render(request, "campaigns/new.html")
    campaign = saving.create(by=request.user, now=timezone.now())
    return redirect("campaign-edit", campaign.pk, "start")


@require_POST
@requires(Permission.PUBLISH)
def bulk(request: SignedInRequest) -> HttpResponse:
    """Stop or archive the ticked campaigns; those whose state does not allow it are named and stay."""
    act, done = BULK.get(request.POST.get("action", ""), BULK["archive"])
    changed = 0
    for campaign in ticked(request.POST.getlist("campaign")):
        try:
            with transaction.atomic():
                act(campaign, by=request.user, now=timezone.now())
            changed += 1
        except lifecycle.Refused as refused:
            messages.warning(request, meanwhile.refusal(campaign, refused, reader=request.user, now=timezone.now()))
    if changed:
        messages.success(request, f"{changed} campaign{'' if changed == 1 else 's'} {done}.")
    return redirect(f"{reverse('campaigns')}?{request.POST.get('back', '')}")


def choices() -> dict[str, object]:
    """What the filters offer."""
    return {
        "states": Campaign.State.choices,
        "owners": owners(),
        "connections": connections(),
        "labels": labels(),
    }
