"""Test sends of a campaign: whom, which copies, and what became of each message, beside the editor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import editor, testing
from campaigns.delivery import reasons
from campaigns.editor import Draft
from campaigns.models import Tester, TestMessage, TestSend
from campaigns.models.ledger import State
from campaigns.preview import found_people
from campaigns.saving import Conflict, NotEditable
from campaigns.testing import Wanted
from campaigns.views import pages, preview
from campaigns.views.editor import frame, keep
from campaigns.views.fetching import draft_or_404
from campaigns.views.pages import Refused
from connectors import registry
from people.models import Profile

EDIT = Permission.EDIT_CAMPAIGNS
SLOW = timedelta(seconds=20)  # then the page says that it takes longer than it should
SAVED = ("start", "who", "what", "when")
CONFLICT = "Somebody else changed this step too. Close this, choose between the two versions, then send the test."


@dataclass(frozen=True)
class Line:
    """One message of a test, in words."""

    message: TestMessage
    where: str
    words: str


@require_http_methods(["GET", "POST"])
@requires(EDIT)
def test_send(request: SignedInRequest, pk: int) -> HttpResponse:
    """The panel; a POST saves what is typed, then sends the test."""
    draft = draft_or_404(pk)
    return sent(request, draft) if request.method == "POST" else opened(request, draft)


def opened(request: SignedInRequest, draft: Draft) -> HttpResponse:
    last = testing.last(draft.campaign)
    context = panel(request, draft, testing.remembered(request.user))
    found = answers(last, by=request.user, now=timezone.now()) if last else {}
    return render(request, "campaigns/_test.html", context | found)


def sent(request: SignedInRequest, draft: Draft) -> HttpResponse:
    try:
        draft, around = as_it_stands(request, draft)
        test = testing.start(draft, wanted(request), by=request.user, now=timezone.now())
    except (testing.Refused, NotEditable, Refused) as refused:
        return render(request, "campaigns/_test_answers.html", {"words": str(refused)})
    except Conflict:
        return render(request, "campaigns/_test_answers.html", {"words": CONFLICT})
    testing.go(test, now=timezone.now())
    answer = render(request, "campaigns/_test_sent.html", answers(test, by=request.user, now=timezone.now()) | around)
    return trigger_client_event(answer, "campaign-saved") if around else answer


@require_POST
@requires(EDIT)
def testers(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody more, or fewer, among the test people; the others stay ticked as they were."""
    draft, chosen, words = draft_or_404(pk), ticked(request), ""
    added, removed = (whole_number(request.POST.get(name, "")) for name in ("add", "remove"))
    if removed is not None:
        testing.remove(removed, by=request.user)
    if added is not None:
        try:
            testing.add(get_object_or_404(Profile, pk=added), by=request.user, now=timezone.now())
            chosen.add(added)
        except testing.Refused as refused:
            words = str(refused)
    return render(request, "campaigns/_testers.html", panel(request, draft, chosen) | {"words": words})


@require_GET
@requires(EDIT)
def find(request: SignedInRequest, pk: int) -> HttpResponse:
    """People who can be made test people, by a part of their name, address or identity."""
    draft, words = draft_or_404(pk), request.GET.get("find", "")
    context = {"campaign": draft.campaign, "people": found_people(words), "words": words}
    return render(request, "campaigns/_test_found.html", context)


@require_GET
@requires(EDIT)
def test_answers(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of a test so far."""
    test = get_object_or_404(TestSend, pk=pk)
    return render(request, "campaigns/_test_answers.html", answers(test, by=request.user, now=timezone.now()))


@require_POST
@requires(EDIT)
def test_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Those that did not go out once more, under the same ids."""
    test, words = get_object_or_404(TestSend.objects.select_related("by"), pk=pk), ""
    try:
        testing.again(test, by=request.user, now=timezone.now())
    except testing.Refused as refused:
        words = str(refused)
    else:
        testing.go(test, now=timezone.now())
    context = answers(test, by=request.user, now=timezone.now()) | {"words": words}
    return render(request, "campaigns/_test_answers.html", context)


def as_it_stands(request: SignedInRequest, draft: Draft) -> tuple[Draft, dict[str, object]]:
    """The draft with what is typed in the page, and what the page needs to know of it: of a draft it is saved first, of
    a published campaign it is only used. Raises Refused, NotEditable, Conflict."""
    step = request.POST.get("test_step", "")
    if step not in SAVED or "revision" not in request.POST:
        return draft, {}
    if draft.is_published:
        return (preview.as_typed(request, draft) if step == "what" else draft), {}
    saved = keep(request, draft, step)
    return saved, frame(saved, step) | pages.around(saved, step, request.POST.get("copy", ""))


def wanted(request: SignedInRequest) -> Wanted:
    return Wanted(
        people=sorted(ticked(request)),
        copies=request.POST.get("test_copies", testing.OWN),
        is_told="test_told" in request.POST,
        to_me=request.POST.get("test_to") == "me",
    )


def ticked(request: SignedInRequest) -> set[int]:
    given = (whole_number(text) for text in request.POST.getlist("tester"))
    return {pk for pk in given if pk is not None}


def panel(request: SignedInRequest, draft: Draft, chosen: set[int]) -> dict[str, object]:
    kind = registry.DESTINATIONS.get(draft.channel)
    return {
        "campaign": draft.campaign,
        "draft": draft,
        "step": request.GET.get("step", ""),
        "testers": Tester.objects.select_related("profile"),
        "chosen": chosen,
        "copies": testing.copies(draft),
        "is_mail": registry.channel(draft.channel) == "email",
        "tells": kind.tells if kind else "",
        "trouble": trouble(draft),
    }


def trouble(draft: Draft) -> str:
    over = draft.campaign.connection
    return editor.connection_trouble(over, now=timezone.now()) if over else ""


def answers(test: TestSend, *, by: User, now: datetime) -> dict[str, object]:
    rows = list(test.messages.select_related("profile"))
    waits = any(row.state == State.QUEUED for row in rows)
    is_left = any(row.state in testing.AGAIN for row in rows) and not testing.is_over(test, now=now)
    return {
        "test": test,
        "lines": [Line(row, where(test, row), words_of(row)) for row in rows],
        "waits": waits,
        "is_slow": waits and now - test.at > SLOW,
        "accepted": sum(row.state == State.ACCEPTED for row in rows),
        "is_left": is_left and not waits,
        "is_mine": test.by_id == by.pk,
    }


def where(test: TestSend, row: TestMessage) -> str:
    """Where the message goes to."""
    if test.address:
        return test.address
    return (row.profile.email or "") if registry.channel(test.snapshot["channel"]) == "email" else ""


def words_of(row: TestMessage) -> str:
    match row.state:
        case State.QUEUED:
            return "On its way …"
        case State.ACCEPTED:
            said = "The destination took it."
        case State.UNKNOWN:
            said = "It may have arrived: nobody knows."
        case _ if row.reason == "provider_unavailable":
            said = "It did not go out."
        case _:
            said = reasons.sentence(row.reason)
    return f"{said} {row.answer}".strip()
