"""The pages of saved segments: the list, one of them, its people, editing, copying, deleting."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from segments import keeping, listing, sizes, sizes_chart
from segments.forms import SegmentForm
from segments.models import Segment
from segments.parse import TreeError
from segments.parts import part_of
from segments.reading import TooSlow
from segments.views.unsaved import opened


@require_GET
@requires(Permission.VIEW_PEOPLE)
def index(request: SignedInRequest) -> HttpResponse:
    page = listing.page_of(request.GET)
    template = "segments/_table.html" if request.htmx else "segments/list.html"
    response = render(request, template, {"page": page})
    response["Vary"] = "HX-Request"
    return response


@never_cache  # so that going back asks anew, and what was typed is offered
@requires(Permission.EDIT_SEGMENTS)
def new(request: SignedInRequest) -> HttpResponse:
    typing = opened(request, Segment())
    form = SegmentForm(request.POST or None, initial={"version": 1} | typing.typed)
    if request.method == "POST" and form.is_valid():
        made = form.kept_by(lambda segment: keeping.create(segment, by=request.user, now=timezone.now()))
        if made:
            typing.over(request)
            messages.success(request, f"{made} is saved.")
            return redirect("segment", made.pk)
    return render(request, "segments/edit.html", {"form": form, "opened": typing}, status=422 if form.errors else 200)


@never_cache
@requires(Permission.EDIT_SEGMENTS)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    if segment.kind == Segment.Kind.LIVE:
        return redirect("live-segment-edit", pk)
    typing = opened(request, segment)
    initial = {"version": segment.version} | typing.typed
    form = SegmentForm(request.POST or None, instance=segment, initial=initial)
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
    return render(request, "segments/edit.html", context, status=422 if form.errors else 200)


def show_conflict(request: SignedInRequest, stored: Segment) -> HttpResponse:
    """What is stored and, in the form, what this person typed; saving once more keeps that."""
    typed = request.POST.copy()
    typed["version"] = str(stored.version)
    context = {
        "form": SegmentForm(typed, instance=stored),
        "segment": stored,
        "users": listing.users(stored),
        "stored": listing.rule_of(stored),
        "opened": opened(request, stored),
    }
    return render(request, "segments/edit.html", context, status=409)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.select_related("created_by"), pk=pk)
    context = {"segment": segment, "rule": listing.rule_of(segment), "users": listing.users(segment)}
    if segment.kind == Segment.Kind.PAST:
        context |= {"sizes": sizes_chart.chart_of(sizes.of(segment, now=timezone.now()))}
    return render(request, "segments/segment.html", context)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def people(request: SignedInRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.PAST)
    part = part_of(request.GET)
    try:
        page = listing.people_of(segment, part, after=request.GET.get("after", ""))
    except (TreeError, TooSlow) as error:
        return render(request, "segments/people.html", {"segment": segment, "error": error}, status=422)
    return render(request, "segments/people.html", {"segment": segment, "part": part, "page": page})


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def clone(request: SignedInRequest, pk: int) -> HttpResponse:
    copied = keeping.clone(get_object_or_404(Segment, pk=pk), by=request.user, now=timezone.now())
    messages.success(request, f"This is the copy, {copied}.")
    return redirect("segment-edit", copied.pk)


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    try:
        keeping.delete(segment, by=request.user)
    except keeping.InUse as refusal:
        names = ", ".join(f"the {user.kind} {user.name}" for user in refusal.users)
        messages.error(request, f"{segment} is still used by {names}, so it cannot be deleted.")
        return redirect("segment", pk)
    messages.success(request, f"{segment} is deleted.")
    return redirect("segments")
