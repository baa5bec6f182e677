"""What is typed for a segment and not saved: kept by its page, offered by the next one, thrown away on request."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from segments import drafts, listing, unsaved
from segments.forms import SegmentForm, TreeWidget
from segments.live.forms import LiveWidget
from segments.models import Segment, Unsaved

WIDGETS: dict[str, Callable[[], TreeWidget | LiveWidget]] = {"past": TreeWidget, "live": LiveWidget}
NAME_LENGTH = SegmentForm.Meta.model._meta.get_field("name").max_length or 200


@dataclass(frozen=True, slots=True)
class Other:
    """What was typed on another page; `words` say its rule, if it says anything yet."""

    key: uuid.UUID
    name: str
    words: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that edits a segment: `typed` is what it begins with, `others` what else was typed and not saved."""

    key: uuid.UUID
    segment: Segment
    typed: dict[str, Any]
    others: Sequence[Other]

    def over(self, request: SignedInRequest) -> None:
        unsaved.end(self.key, of=self.segment, by=request.user, now=timezone.now())


def opened(request: SignedInRequest, segment: Segment) -> Opened:
    """A page of its own, unless an address or a form says that it goes on with what was typed before."""
    key = key_of(request.POST.get("unsaved", "") or request.GET.get("unsaved", ""))
    found = list(unsaved.waiting(segment, by=request.user))
    here = next((each for each in found if each.key == key), None)
    if key is None or (here is None and request.method == "GET"):
        key = uuid.uuid4()
    return Opened(key, segment, here.typed if here else {}, others([each for each in found if each is not here]))


def others(found: Sequence[Unsaved]) -> list[Other]:
    rules = listing.rules_of([Segment(kind=each.kind, tree=each.typed.get("tree")) for each in found])
    return [
        Other(each.key, str(each), rule.words if rule.works else "", each.kept_at)
        for each, rule in zip(found, rules, strict=True)
    ]


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def keep(request: SignedInRequest, unsaved_key: uuid.UUID) -> HttpResponse:
    segment, now = segment_of(request), timezone.now()
    try:
        unsaved.keep(unsaved_key, typed(request, segment), of=segment, by=request.user, now=now)
    except Unsaved.DoesNotExist:
        raise Http404("Somebody else made this.") from None
    except unsaved.TooLong:
        return HttpResponse("This is too long to be kept before it is saved.", status=413)
    return render(request, "segments/_kept.html", {"now": now})


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def drop(request: SignedInRequest, unsaved_key: uuid.UUID) -> HttpResponse:
    gone = get_object_or_404(Unsaved, key=unsaved_key, owner=request.user)
    live = "live-" if gone.kind == Segment.Kind.LIVE else ""
    page = redirect(f"{live}segment-edit", gone.segment_id) if gone.segment_id else redirect(f"{live}segment-new")
    unsaved.end(unsaved_key, of=Segment(kind=gone.kind), by=request.user, now=timezone.now())
    return page


def segment_of(request: SignedInRequest) -> Segment:
    """The stored one that is being edited, or a new one of a kind."""
    pk = whole_number(request.GET.get("segment", ""))
    if pk is not None:
        return get_object_or_404(Segment, pk=pk)
    return Segment(kind="live" if request.GET.get("kind") == "live" else "past")


def typed(request: SignedInRequest, segment: Segment) -> dict[str, object]:
    tree = WIDGETS[segment.kind]().value_from_datadict(request.POST, {}, "tree")
    words = {"name": request.POST.get("name", "")[:NAME_LENGTH], "description": request.POST.get("description", "")}
    version = whole_number(request.POST.get("version", "")) or segment.version
    return {**drafts.keepable(words), "version": version, "tree": drafts.keepable(tree) if tree else None}


def key_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
