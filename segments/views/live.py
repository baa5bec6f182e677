"""The pages of live segments: making one, editing it, and trying it on a person."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from people.models import Profile
from segments import audience, keeping, listing
from segments.live.describe import sentence
from segments.live.forms import LiveForm, changed_from_post, rule_from_post
from segments.live.names import named
from segments.live.shown import words_of
from segments.live.trial import somebody, trial
from segments.models import Segment
from segments.parse import TreeError
from segments.reading import TooSlow
from segments.views.unsaved import opened

PAGE = "segments/live/edit.html"


@never_cache  # so that going back asks anew, and what was typed is offered
@requires(Permission.EDIT_SEGMENTS)
def new(request: SignedInRequest) -> HttpResponse:
    typing = opened(request, Segment(kind=Segment.Kind.LIVE))
    form = LiveForm(request.POST or None, instance=typing.segment, initial={"version": 1} | typing.typed)
    if request.method == "POST" and form.is_valid():
        made = form.kept_by(lambda segment: keeping.create(segment, by=request.user, now=timezone.now()))
        if made:
            typing.over(request)
            messages.success(request, f"{made} is saved.")
            return redirect("segment", made.pk)
    return render(request, PAGE, {"form": form, "opened": typing}, status=422 if form.errors else 200)


@never_cache
@requires(Permission.EDIT_SEGMENTS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.LIVE)
    typing = opened(request, segment)
    form = LiveForm(request.POST or None, instance=segment, initial={"version": segment.version} | typing.typed)
    if request.method == "POST" and form.is_valid():
        version, now = form.cleaned_data["version"], timezone.now()
        try:
            kept = form.kept_by(lambda segment: keeping.change(segment, version=version, by=request.user, now=now))
        except keeping.Conflict as conflict:
            return show_conflict(request, conflict.stored)
        if kept:
            typing.over(request)
            messages.success(request, f"{kept} is saved.")
            return redirect("segment", pk)
    context = {"form": form, "segment": segment, "users": listing.users(segment), "opened": typing}
    return render(request, PAGE, context, status=422 if form.errors else 200)


def show_conflict(request: SignedInRequest, stored: Segment) -> HttpResponse:
    """What is stored and, in the form, what this person typed; saving once more keeps that."""
    typed = request.POST.copy()
    typed["version"] = str(stored.version)
    form = LiveForm(typed, instance=Segment.objects.get(pk=stored.pk))
    context = {
        "form": form,
        "segment": stored,
        "users": listing.users(stored),
        "stored": words_of(stored.tree),
        "opened": opened(request, stored),
    }
    return render(request, PAGE, context, status=409)


@require_POST
@requires(Permission.VIEW_PEOPLE)
def builder(request: SignedInRequest) -> HttpResponse:
    """What begins it again, after another choice or a press of one of its buttons."""
    row = changed_from_post(request.POST, request.GET.get("name", "tree"))
    response = render(request, "segments/live/_trigger.html", {"trigger": row})
    return trigger_client_event(response, "segment-changed", after="settle")


@require_POST
@requires(Permission.VIEW_PEOPLE)
def try_it(request: SignedInRequest) -> HttpResponse:
    """The sentence, and the last events of a person: of the one that was typed, else of who did it last."""
    asked = request.POST.get("person", "").strip()
    try:
        rule = rule_from_post(request.POST, request.GET.get("name", "tree"))
        person = listing.one_person(asked) if asked else somebody(rule)
        found = trial(rule, person, audience.current()) if person else None
    except Profile.DoesNotExist:
        return render(request, "segments/live/_trial.html", {"sentence": sentence(rule, named(rule)), "asked": asked})
    except (TreeError, TooSlow) as error:
        return render(request, "segments/live/_trial.html", {"error": error})
    return render(request, "segments/live/_trial.html", {"sentence": sentence(rule, named(rule)), "trial": found})
