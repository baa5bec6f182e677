"""What is typed for a segment and not saved: kept by its page, offered by the next one, thrown away on request."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from segments import drafts, half_made, unsaved
from segments.forms import SegmentForm, TreeWidget
from segments.live.forms import LiveWidget
from segments.models import Segment, Unsaved

WIDGETS: dict[str, Callable[[], TreeWidget | LiveWidget]] = {"past": TreeWidget, "live": LiveWidget}
NAME_LENGTH = SegmentForm.Meta.model._meta.get_field("name").max_length or 200


@dataclass(frozen=True, slots=True)
class Other:
    """What was typed on another page; `words` say what is complete of its rule."""

    key: uuid.UUID
    name: str
    words: str
    is_whole: bool
    kept_at: datetime
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that edits a segment: it goes on with `kept`, if with anything; `others` is what else was typed and not
    saved, the one that was just thrown away among them."""

    key: uuid.UUID
    segment: Segment
    kept: Unsaved | None
    others: Sequence[Other]

    @property
    def typed(self) -> dict[str, Any]:
        return self.kept.typed if self.kept else {}

    def over(self, request: SignedInRequest) -> None:
        unsaved.end(self.key, of=self.segment, by=request.user, now=timezone.now())


def opened(request: SignedInRequest, segment: Segment) -> Opened:
    """A page of its own, unless an address or a form says that it goes on with what was typed before."""
    key = key_of(request.POST.get("unsaved", "") or request.GET.get("unsaved", ""))
    found = list(unsaved.waiting(segment, by=request.user, gone=key_of(request.GET.get("thrown", ""))))
    here = next((each for each in found if each.key == key and not each.is_over), None)
    if key is None or (here is None and request.method == "GET"):
        key = uuid.uuid4()
    beside = others([each for each in found if each is not here])
    return Opened(key, segment, here, beside)


def others(found: Sequence[Unsaved]) -> list[Other]:
    return [
        Other(each.key, str(each), said.words, said.is_whole, each.kept_at, each.is_over)
        for each, said in zip(found, half_made.said_by(found), strict=True)
    ]


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def keep(request: SignedInRequest, unsaved_key: uuid.UUID) -> HttpResponse:
    segment, now = segment_of(request), timezone.now()
    words, turn = typed(request, segment), whole_number(request.POST.get("turn", "")) or 0
    try:
        is_kept = unsaved.keep(unsaved_key, words, turn, of=segment, by=request.user, now=now)
    except Unsaved.DoesNotExist:
        raise Http404("Somebody else made this.") from None
    except unsaved.TooLong:
        return HttpResponse("This is too long to be kept before it is saved.", status=413)
    response = render(request, "segments/_kept.html", {"at": now if is_kept else None})
    return trigger_client_event(response, "segment-kept", {"query": f"?unsaved={unsaved_key}" if is_kept else ""})


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def drop(request: SignedInRequest, unsaved_key: uuid.UUID) -> HttpResponse:
    """From a list of what was typed: its row again, with undo; from the page that it is typed on: that page anew."""
    gone = get_object_or_404(Unsaved, key=unsaved_key, owner=request.user)
    unsaved.throw_away(gone)
    if request.htmx:
        return row(request, unsaved_key)
    live = "live-" if gone.kind == Segment.Kind.LIVE else ""
    page = reverse(f"{live}segment-edit", args=[gone.segment_id]) if gone.segment_id else reverse(f"{live}segment-new")
    return redirect(f"{page}?thrown={unsaved_key}")


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def bring_back(request: SignedInRequest, unsaved_key: uuid.UUID) -> HttpResponse:
    unsaved.bring_back(get_object_or_404(Unsaved, key=unsaved_key, owner=request.user))
    return row(request, unsaved_key)


def row(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    [each] = others([Unsaved.objects.get(key=key)])
    return render(request, "segments/_unsaved_row.html", {"each": each, "moved": True})


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
