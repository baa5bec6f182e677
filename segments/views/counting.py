"""How many people: of the rule as it is typed, of a saved segment; asked for, waited for, counted at once."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from segments import audience
from segments.describe import sentence
from segments.forms import tree_from_post
from segments.models import Segment
from segments.names import named
from segments.parse import TreeError, parse
from segments.reach import asking, channels, counters, shown, work
from segments.reach.asking import Answer, editor_of, turn_of
from segments.reading import Cancelled

logger = logging.getLogger(__name__)
NOTHING_NEW = HTTPStatus.NO_CONTENT  # htmx leaves the page as it is


@require_POST
@requires(Permission.VIEW_PEOPLE)
def reach(request: SignedInRequest) -> HttpResponse:
    """Of the rule as typed, the best answer of now; the fragment asks for the exact one by itself."""
    editor, turn = editor_of(request.POST.get("editor", "")), turn_of(request.POST.get("turn", ""))
    try:
        tree = tree_from_post(request.POST)
        found = asking.ask(
            counters.how_many(tree), editor=editor, turn=turn, context=audience.current(), again="again" in request.GET
        )
    except TreeError as error:
        work.give_up(editor, turn)
        return render(request, "segments/_reach.html", {"error": error})
    except Cancelled:
        return HttpResponse(status=NOTHING_NEW)
    return render(
        request, "segments/_reach.html", {"sentence": sentence(tree, named(tree)), **readable(found, figures)}
    )


@require_GET
@requires(Permission.VIEW_PEOPLE)
def count(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of a computation; nothing as long as nothing new is to be said."""
    found = asking.find(pk, now=timezone.now(), kind=counters.PEOPLE)
    if found and is_old(found, request):
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "segments/_count.html", readable(found, figures) if found else {})


@require_POST
@requires(Permission.VIEW_PEOPLE)
def count_now(request: SignedInRequest, pk: int) -> HttpResponse:
    """Count in this request, as no worker does; the fragment that waits will show it."""
    work.compute(pk, clock=timezone.now)
    return HttpResponse(status=NOTHING_NEW)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def breakdown(request: SignedInRequest, pk: int) -> HttpResponse:
    """Of a saved segment, with channels and languages."""
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.PAST)
    waited = whole_number(request.GET.get("count", ""))
    try:
        found = waited_for(waited, segment) if waited is not None else ask(request, segment)
    except TreeError as error:
        return render(request, "segments/_breakdown.html", {"segment": segment, "error": error})
    except Cancelled:
        return HttpResponse(status=NOTHING_NEW)
    if waited is not None and found and is_old(found, request):
        return HttpResponse(status=NOTHING_NEW)
    context = readable(found, partial(split, behind=reverse("segment-people", args=[segment.pk]))) if found else {}
    return render(request, "segments/_breakdown.html", {"segment": segment, **context})


def waited_for(pk: int, segment: Segment) -> Answer | None:
    """None also for what was counted of another segment."""
    return asking.find(pk, now=timezone.now(), kind=counters.BREAKDOWN, asked={"segment": segment.pk})


def ask(request: SignedInRequest, segment: Segment) -> Answer:
    question = counters.broken_down(parse(segment.tree), segment.pk)
    editor, turn = editor_of(request.GET.get("editor", "")), turn_of(request.GET.get("turn", ""))
    return asking.ask(question, editor=editor, turn=turn, context=audience.current(), again="again" in request.GET)


def is_old(found: Answer, request: SignedInRequest) -> bool:
    """The page shows it already."""
    return found.waits is not None and (not found.is_late or "late" in request.GET)


def readable(found: Answer, shown_as: Callable[[Answer], dict[str, object]]) -> dict[str, object]:
    """What a template shows of it; an answer that cannot be read is none."""
    try:
        return shown_as(found)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        logger.exception("An answer cannot be read: %r", found)
        return {"answer": replace(found, found=None, waits=None, trouble=work.BROKEN)}


def figures(found: Answer) -> dict[str, object]:
    """For `_count.html`: the people, give or take `margin`."""
    if found.found is None:
        return {"answer": found}
    people, margin = found.people(int(found.found["people"]))
    return {"answer": found, "people": people, "margin": margin}


def split(found: Answer, behind: str) -> dict[str, object]:
    """For `_breakdown.html`: all of it, as far as it is known."""
    if found.found is None:
        return figures(found)
    return figures(found) | {"split": shown.split_of(channels.load(found.found), found, behind)}
