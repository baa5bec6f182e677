"""What is counted beside the editor: the reach, the figures of What, the people who lack a value."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import catalogue, missing
from campaigns import figures as counting
from campaigns.delivery.audience import Funnel
from campaigns.editor import Draft
from campaigns.preview import frozen
from campaigns.views.fetching import draft_or_404
from campaigns.views.what import open_copy
from segments import audience as reaching
from segments import parse
from segments.audience import Reach
from segments.parse import TreeError
from segments.reading import TooSlow

SHORT = {
    "no_address": "no address",
    "unsubscribed": "unsubscribed",
    "suppressed": "suppressed",
    "campaign_control_group": "control group",
    "missing_value": "a value is missing",
}


@dataclass(frozen=True)
class Line:
    """A line of the reach: people taken away, or at last those who will receive."""

    label: str
    people: int
    sign: str = ""


@require_GET
@requires(Permission.VIEW_PEOPLE)
def reach(request: SignedInRequest, pk: int) -> HttpResponse:
    """At once from a sample; with `exact`, everybody counted, down to who will receive."""
    draft = draft_or_404(pk)
    try:
        context = reached(draft, exact="exact" in request.GET)
    except (TreeError, TooSlow) as error:
        context = {"words": str(error)}
    return render(request, "campaigns/_reach.html", {"campaign": draft.campaign} | context)


def reached(draft: Draft, *, exact: bool) -> dict[str, object]:
    tree = draft.campaign.segment.tree if draft.campaign.segment else draft.campaign.tree
    if not tree:
        return {"words": "Choose who gets it, then it is counted here."}
    if not exact:
        estimate = reaching.sample_count(parse.parse(tree), reaching.current())
        if not estimate.is_exact:
            return {"reach": estimate}
    now = timezone.now()
    funnel = counting.figures(frozen(draft), now=now).funnel
    return {"reach": Reach(funnel.qualified, 0, True, 0, now), "funnel": lines(funnel), "withheld": funnel.withheld}


def lines(funnel: Funnel) -> list[Line]:
    taken = [Line(words, funnel.reasons[reason], "−") for reason, words in SHORT.items() if funnel.reasons.get(reason)]
    return [*taken, Line("will receive", funnel.receives)]


@require_GET
@requires(Permission.VIEW_PEOPLE)
def tokens(request: SignedInRequest, pk: int) -> JsonResponse:
    """For the @ picker of the template fields."""
    return JsonResponse({"tokens": catalogue.tokens(draft_or_404(pk).channel)})


@require_GET
@requires(Permission.VIEW_PEOPLE)
def figures(request: SignedInRequest, pk: int) -> HttpResponse:
    """Share of each copy, common values without a copy, people who lack what a token prints."""
    draft = draft_or_404(pk)
    copy = open_copy(draft, request.GET.get("copy", ""))
    context: dict[str, object] = {"campaign": draft.campaign, "draft": draft, "open_copy": copy}
    try:
        now, snapshot = timezone.now(), frozen(draft)
        found = counting.figures(snapshot, now=now)
        uncovered = counting.common_values(snapshot, now=now)
        context |= {"uncovered": uncovered, "lacks": found.of_copy(copy.pk), "shares": shares(found)}
    except (TreeError, TooSlow) as error:
        context["words"] = str(error)
    return render(request, "campaigns/_figures.html", context)


def shares(found: counting.Figures) -> list[tuple[int, int, int]]:
    return [(copy_id, people, found.people) for copy_id, people in found.copies.items()]


@require_GET
@requires(Permission.VIEW_PEOPLE)
def lacking(request: SignedInRequest, pk: int) -> HttpResponse:
    """The people of one copy who lack the value of one token."""
    draft = draft_or_404(pk)
    copy = open_copy(draft, request.GET.get("copy", ""))
    name = request.GET.get("property", "")
    tokens = [token for token in missing.tokens_of(copy.pairs) if ".".join(map(str, token.path)) == name]
    if not tokens:
        raise Http404("The copy does not print this any more.")
    after = whole_number(request.GET.get("after", "")) or 0
    people = counting.people_lacking(frozen(draft), copy.pk, tokens[0], now=timezone.now(), after=after)
    context = {"campaign": draft.campaign, "copy": copy, "name": name, "people": people, "page": counting.PAGE}
    return render(request, "campaigns/_lacking.html", context)
