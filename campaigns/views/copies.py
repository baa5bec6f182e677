"""What is done with copies: open, add, remove, rename, word like the default one. What is typed is saved first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import push_url, reswap, retarget, trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import copies as copying
from campaigns import editor
from campaigns.editor import Draft
from campaigns.saving import Conflict, NotEditable
from campaigns.views import pages
from campaigns.views.editor import conflicting, frame, keep
from campaigns.views.fetching import draft_or_404
from campaigns.views.pages import Refused
from people import languages

VALUE_LENGTH = 200


@require_POST
@requires(Permission.EDIT_CAMPAIGNS)
def copies(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answers with the step What anew, opened at the copy it was about."""
    draft = draft_or_404(pk)
    try:
        keep(request, draft, "what")
        opened = act(request, draft)
    except Conflict as found:
        return in_notice(conflicting(request, found, "what"))
    except (NotEditable, Refused) as refused:
        return in_notice(render(request, "campaigns/_refused.html", {"words": str(refused)}, status=422))
    return step_at(request, pk, opened)


def act(request: SignedInRequest, draft: Draft) -> int:
    """Do what was asked; the id of the copy to open."""
    by, now, pk = request.user, timezone.now(), draft.campaign.pk
    copy_id = whole_number(request.POST.get("target", "")) or draft.default.pk
    action = "add" if "value_to_add" in request.POST else request.POST.get("action")
    match action:
        case "add":
            return copying.add_copy(pk, value(request, draft, "value_to_add", "value"), by=by, now=now).pk
        case "remove":
            copying.remove_copy(pk, copy_id, by=by, now=now)
            return draft.default.pk
        case "rename":
            copying.rename_copy(pk, copy_id, value(request, draft, "renamed"), by=by, now=now)
        case "like-default":
            copying.word_like_default(pk, copy_id, by=by, now=now)
        case "begin":
            copying.begin_with(pk, copy_id, request.POST.get("start", ""), by=by, now=now)
    return copy_id


def value(request: SignedInRequest, draft: Draft, *names: str) -> str:
    """The value a copy is for; raises Refused where there is none."""
    typed = next(filter(None, (request.POST.get(name) for name in names)), "")
    given = " ".join(typed.replace("\0", "").split())
    if not given:
        raise Refused("Give the value that the copy is for.")
    if len(given) > VALUE_LENGTH:
        raise Refused(f"A value has at most {VALUE_LENGTH} letters.")
    return languages.typed(draft.message.property, given)


def step_at(request: SignedInRequest, pk: int, opened: int) -> HttpResponse:
    draft = editor.load(pk)
    context = frame(draft, "what") | pages.context(draft, "what", str(opened))
    answer = render(request, "campaigns/_what.html", context | {"swapped": True})
    address = reverse("campaign-edit", args=[pk, "what"])
    return push_url(trigger_client_event(answer, "copy-opened", after="settle"), f"{address}?copy={opened}")


def in_notice(answer: HttpResponse) -> HttpResponse:
    return reswap(retarget(answer, "#step-notice"), "innerHTML")
