"""The preview at the right: a real person's message, following what is typed, by the code that sends."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import mail_shown
from campaigns import preview as previews
from campaigns.delivery.snapshot import Snapshot
from campaigns.editor import Draft
from campaigns.forms.what import WhatForm, WordingError, initial, read_wording
from campaigns.preview import Shown, broken, first_who_gets_it, found_people, frozen, lacking, sample, show
from campaigns.views import mail_frames
from campaigns.views.fetching import draft_or_404
from segments.parse import TreeError
from segments.reading import TooSlow


@dataclass(frozen=True)
class Walk:
    """Where the reader is among the sampled people."""

    people: list[int]
    place: int = 0
    copy: str = ""
    words: str = ""
    is_fresh: bool = False

    @property
    def person(self) -> int:
        return self.people[self.place]


@require_POST
@requires(Permission.VIEW_PEOPLE)
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    draft = as_typed(request, draft_or_404(pk))
    try:
        context = shown(request, draft)
    except (TreeError, TooSlow) as error:
        context = {"words": str(error)}
    return render(request, "campaigns/_preview.html", {"campaign": draft.campaign, "draft": draft} | context)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_PEOPLE)
@xframe_options_sameorigin
def preview_mail(request: SignedInRequest, pk: int, person: int) -> HttpResponse:
    """The mail itself for a frame of the editor: in a box of its own, where nothing runs. As saved; a POST brings what
    is typed, which is shown and not stored."""
    draft = as_typed(request, draft_or_404(pk))
    snapshot = frozen(draft)
    found = show(draft, snapshot, person, now=timezone.now()) if broken(snapshot) is None else None
    if found is None or found.payload is None or not found.is_mail:
        raise Http404("There is no mail to show.")
    return mail_frames.answer(str(found.payload["html"]), dark="dark" in request.GET)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def preview_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """People to preview as, by a part of their name."""
    words = request.GET.get("find", "")
    return render(request, "campaigns/_preview_people.html", {"people": found_people(words), "words": words})


def as_typed(request: SignedInRequest, draft: Draft) -> Draft:
    """The draft with what stands in the step What of the page, saved or not; as saved where that cannot be read."""
    form = WhatForm(request.POST, initial=initial(draft.message))
    if "key" not in request.POST or not form.is_valid():
        return draft
    for name, value in form.cleaned_data.items():
        setattr(draft.message, name, value)
    try:
        wording = read_wording(request.POST)
    except WordingError:
        return draft
    for copy in draft.copies:
        if copy.pk == wording.copy:
            copy.pairs = wording.pairs
    return draft


def shown(request: SignedInRequest, draft: Draft) -> dict[str, object]:
    now = timezone.now()
    snapshot = frozen(draft)
    walk = walked(request, snapshot, now=now)
    trouble = broken(snapshot)
    if walk.is_fresh and trouble is None:
        walk = replace(walk, place=first_who_gets_it(draft, snapshot, walk.people, now=now))
    found = show(draft, snapshot, walk.person, now=now) if walk.people and trouble is None else None
    frames = mail_frames.chosen(request.POST) if found and found.is_mail else None
    return {"walk": walk, "broken": trouble, "shown": found, "frames": frames, "left_out": left_out(found)}


def left_out(found: Shown | None) -> tuple[str, ...]:
    """What of the mail is not shown."""
    return mail_shown.shown(str(found.payload["html"])).left_out if found and found.is_mail and found.payload else ()


def walked(request: SignedInRequest, snapshot: Snapshot, *, now: datetime) -> Walk:
    """The same person as before, unless another was asked for or another copy was opened."""
    walk = kept(request)
    opened = opened_copy(request, snapshot)
    match request.POST.get("move", ""):
        case "next" if walk.people:
            return replace(walk, place=(walk.place + 1) % len(walk.people))
        case "previous" if walk.people:
            return replace(walk, place=(walk.place - 1) % len(walk.people))
        case "lacking":
            people = lacking(snapshot, now=now)
            words = "Nobody of the audience lacks a value that the copies print."
            return replace(walk, people=people, place=0) if people else replace(walk, words=words)
        case person if (pk := whole_number(person)) is not None:
            return replace(walk, people=[pk, *walk.people], place=0)
        case move if move == "random" or not walk.people or walk.copy != opened:
            return fresh(snapshot, opened, now=now)
        case _:
            return walk


def fresh(snapshot: Snapshot, opened: str, *, now: datetime) -> Walk:
    """People who get the copy that is open; anybody of the audience where nobody gets it."""
    if people := sample(snapshot, now=now, copy_id=int(opened) if opened else None):
        return Walk(people, copy=opened, is_fresh=True)
    words = "Nobody of the audience gets this copy at present. This is somebody else." if opened else ""
    people = sample(snapshot, now=now) if opened else []
    return Walk(people, copy=opened, words=words if people else "", is_fresh=True)


def opened_copy(request: SignedInRequest, snapshot: Snapshot) -> str:
    """The id of the copy that the page is open at; "" where it is at none."""
    wanted = request.POST.get("copy", "")
    return wanted if any(str(copy.id) == wanted for copy in snapshot.copies) else ""


def kept(request: SignedInRequest) -> Walk:
    given = request.POST.get("people", "").split(",")[: 2 * previews.SAMPLE]
    people = [pk for text in given if (pk := whole_number(text)) is not None]
    place = whole_number(request.POST.get("place", "")) or 0
    where = place % len(people) if people else 0
    return Walk(people, where, request.POST.get("walk_copy", ""))
