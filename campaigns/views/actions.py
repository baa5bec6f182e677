"""What changes a campaign's state: publish, pause, resume, stop, clone, archive, restore."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import lifecycle, meanwhile
from campaigns.models import Campaign

Act = Callable[..., Campaign]


@require_POST
@requires(Permission.PUBLISH)
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """To the campaign's page; back to Review with everything that is missing where it is not ready."""
    campaign, now = get_object_or_404(Campaign, pk=pk), timezone.now()
    revision, seen = whole_number(request.POST.get("revision", "")), request.POST.get("seen")
    try:
        lifecycle.publish(campaign, by=request.user, now=now, revision=revision, seen=seen)
    except lifecycle.NotReady as missing:
        return look_again(request, pk, [problem.message for problem in missing.problems])
    except lifecycle.Changed as changed:
        return look_again(request, pk, [meanwhile.changed(campaign, changed, reader=request.user, now=now)])
    except lifecycle.Already:
        return published_before(request, pk)
    except lifecycle.Refused as refused:
        return say(request, campaign, refused)
    messages.success(request, f"“{campaign}” is published.")
    return redirect("campaign", pk)


def look_again(request: SignedInRequest, pk: int, words: Sequence[str]) -> HttpResponse:
    for each in words:
        messages.error(request, each)
    return redirect("campaign-edit", pk, "review")


def published_before(request: SignedInRequest, pk: int) -> HttpResponse:
    """Back to Review, as nothing was done, with a way to the report; to the report where Review shows nothing more."""
    campaign = get_object_or_404(Campaign, pk=pk)
    words = meanwhile.published(campaign, reader=request.user, now=timezone.now())
    if campaign.state not in lifecycle.LIVE:
        messages.warning(request, f"{words} Nothing went out twice.")
        return redirect("campaign", pk)
    report = reverse("campaign", args=[pk])
    messages.warning(request, format_html('{} Nothing goes out twice. <a href="{}">See its report</a>.', words, report))
    return redirect("campaign-edit", pk, "review")


@require_POST
@requires(Permission.PUBLISH)
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, lifecycle.pause, "is paused. Nothing more goes out until it is resumed")


@require_POST
@requires(Permission.PUBLISH)
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, lifecycle.resume, "goes on where it was")


@require_POST
@requires(Permission.PUBLISH)
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, lifecycle.stop, "is stopped")


@require_POST
@requires(Permission.EDIT_CAMPAIGNS)
def archive(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, lifecycle.archive, "is archived")


@require_POST
@requires(Permission.EDIT_CAMPAIGNS)
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, lifecycle.restore, "is back in the list")


@require_POST
@requires(Permission.EDIT_CAMPAIGNS)
def clone(request: SignedInRequest, pk: int) -> HttpResponse:
    twin = lifecycle.clone(get_object_or_404(Campaign, pk=pk), by=request.user, now=timezone.now())
    messages.success(request, f"This is a copy: “{twin}”. The original stays as it is.")
    return redirect("campaign-edit", twin.pk, "start")


def change(request: SignedInRequest, pk: int, act: Act, done: str) -> HttpResponse:
    """Back to where the button was: the list, or the campaign."""
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        act(campaign, by=request.user, now=timezone.now())
    except lifecycle.Refused as refused:
        return say(request, campaign, refused)
    messages.success(request, f"“{campaign}” {done}.")
    return back(request, pk)


def say(request: SignedInRequest, campaign: Campaign, refused: lifecycle.Refused) -> HttpResponse:
    tell = messages.warning if isinstance(refused, lifecycle.Already) else messages.error
    tell(request, meanwhile.refusal(campaign, refused, reader=request.user, now=timezone.now()))
    return back(request, campaign.pk)


def back(request: SignedInRequest, pk: int) -> HttpResponse:
    return redirect("campaigns") if request.GET.get("back") == "list" else redirect("campaign", pk)
