"""What is counted beside the editor: the reach, the figures of What, the people who lack a value."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import catalogue, figures_asked, missing
from campaigns import figures as counting
from campaigns.delivery.audience import Funnel
from campaigns.editor import Draft
from campaigns.figures_asked import Counted
from campaigns.preview import frozen
from campaigns.views.fetching import draft_or_404
from campaigns.views.what import open_copy
from segments.parse import TreeError
from segments.reach.asking import Answer
from segments.reading import Cancelled, TooSlow

NOBODY = "Choose who gets it, then it is counted here."
SHORT = {
    "no_address": "no address",
    "unsubscribed": "unsubscribed",
    "suppressed": "suppressed",
    "duplicate_address": "shares an address",
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
    """Who qualifies, down to who will receive: at once from a sample, then exactly."""
    draft = draft_or_404(pk)
    try:
        context = reached(counted(request, draft)) if draft.has_audience else {"words": NOBODY}
    except TreeError as error:
        context = {"words": str(error)}
    except Cancelled:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    more = urlencode({"step": request.GET.get("step", "")})
    return render(request, "campaigns/_reach.html", {"campaign": draft.campaign, "more": more} | context)


def counted(request: SignedInRequest, draft: Draft) -> Counted:
    """What this page asks for or waits for. Raises TreeError, and Cancelled where it shows all that is known."""
    waits, token = whole_number(request.GET.get("count", "")), request.GET.get("editor", "")
    found = figures_asked.find(draft, waits) if waits is not None else None
    if found is None:
        return figures_asked.ask(draft, token=token, turn=request.GET.get("turn", ""), again="again" in request.GET)
    if found.answer.waits and is_shown(found.answer, request.GET):
        raise Cancelled
    return found


def is_shown(answer: Answer, page: QueryDict) -> bool:
    """The page says it already: about how many, and that no worker counts."""
    return ("rough" in page or answer.found is None) and ("late" in page or not answer.is_late)


def reached(found: Counted) -> dict[str, object]:
    context: dict[str, object] = {"answer": found.answer, "margin": found.margin}
    if found.figures:
        funnel = found.figures.funnel
        context |= {"qualified": funnel.qualified, "funnel": lines(funnel), "withheld": funnel.withheld}
    return context


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
    """Share of each copy, as on Review; common values without a copy, people who lack what a token prints."""
    draft = draft_or_404(pk)
    copy = open_copy(draft, request.GET.get("copy", ""))
    context: dict[str, object] = {"campaign": draft.campaign, "draft": draft, "open_copy": copy}
    context["more"] = urlencode({"copy": copy.pk})
    try:
        found = counted(request, draft)
    except TreeError as error:
        return render(request, "campaigns/_figures.html", context | {"words": str(error)})
    except Cancelled:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context["answer"] = found.answer
    if found.figures:
        lacks, uncovered = found.figures.of_copy(copy.pk), found.figures.uncovered
        context |= {"uncovered": uncovered, "lacks": lacks, "funnel": found.figures.funnel}
    return render(request, "campaigns/_figures.html", context)


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
    context = {"campaign": draft.campaign, "copy": copy, "name": name, "page": counting.PAGE}
    try:
        context["people"] = counting.people_lacking(frozen(draft), copy.pk, tokens[0], now=timezone.now(), after=after)
    except (TreeError, TooSlow) as error:
        context["words"] = str(error)
    return render(request, "campaigns/_lacking.html", context)
