"""The editor: one page with five steps, each saved by itself while it is typed in."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import editor, missing, saving
from campaigns.editor import Draft
from campaigns.saving import Basis, Conflict, NotEditable
from campaigns.views import conflict, pages
from campaigns.views.fetching import draft_or_404
from campaigns.views.pages import Refused


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CAMPAIGNS)
def edit(request: SignedInRequest, pk: int, step: str = "start") -> HttpResponse:
    if step not in editor.NAMES:
        raise Http404("There is no such step.")
    draft = draft_or_404(pk)
    if request.method == "POST":
        return save(request, draft, step)
    if not draft.is_editable:
        return redirect("campaign", pk)
    page = pages.context(draft, step, request.GET.get("copy", ""))
    return render(request, f"campaigns/edit_{step}.html", frame(draft, step) | page)


def save(request: SignedInRequest, draft: Draft, step: str) -> HttpResponse:
    """Answers with what changed around the fields, never with the fields themselves: typing goes on meanwhile."""
    try:
        saved = keep(request, draft, step)
    except Conflict as found:
        return conflicting(request, found, step)
    except (NotEditable, Refused) as refused:
        context = {"words": str(refused), "marks": getattr(refused, "marks", ())}
        return render(request, "campaigns/_refused.html", context, status=422)
    around = pages.around(saved, step, request.POST.get("copy", ""))
    answer = render(request, "campaigns/_saved.html", frame(saved, step) | around)
    if step == "who":
        trigger_client_event(answer, "reach-changed")
    if step == "what" and counted_part(saved) != counted_part(draft):
        trigger_client_event(answer, "figures-changed")
    return trigger_client_event(answer, "campaign-saved")


def keep(request: SignedInRequest, draft: Draft, step: str) -> Draft:
    """Save what was posted for one step; raises Refused, Conflict, NotEditable."""
    edit = pages.read(request.POST, draft, step)
    saving.save(draft.campaign.pk, edit, known(request), by=request.user, now=timezone.now())
    return editor.load(draft.campaign.pk)


def conflicting(request: SignedInRequest, found: Conflict, step: str) -> HttpResponse:
    context = conflict.context(request.POST, found.theirs, step)
    return render(request, "campaigns/_conflict.html", context, status=409)


def counted_part(draft: Draft) -> object:
    """What the figures of What depend on: who gets which copy, and the tokens of each."""
    tokens = [(copy.pk, copy.value, list(missing.tokens_of(copy.pairs))) for copy in draft.copies]
    return draft.message.kind, draft.message.property, draft.message.missing, tokens


def known(request: SignedInRequest) -> Basis:
    """What the page was made from. "Keep mine" of the conflict panel sends the revision that it showed."""
    return Basis(whole_number(request.POST.get("revision", "")) or 0, request.POST.get("print", ""))


def frame(draft: Draft, step: str) -> dict[str, object]:
    """What surrounds every step."""
    steps = editor.steps(draft, now=timezone.now())
    return {
        "draft": draft,
        "campaign": draft.campaign,
        "step": step,
        "steps": steps,
        "current": next(each for each in steps if each.key == step),
        "next_step": pages.following(step),
        "basis": saving.basis(draft, step) if step != "review" else None,
    }


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def save_segment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save the rule made here as a segment of its own, which the campaign uses from now on."""
    draft = draft_or_404(pk)
    try:
        keep(request, draft, "who")
        saving.save_as_segment(pk, request.POST.get("segment_name", ""), by=request.user, now=timezone.now())
    except Conflict as found:
        return conflicting(request, found, "who")
    except (NotEditable, Refused) as refused:
        return render(request, "campaigns/_refused.html", {"words": str(refused)}, status=422)
    return HttpResponseClientRedirect(reverse("campaign-edit", args=[pk, "who"]))
