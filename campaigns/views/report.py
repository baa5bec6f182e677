"""A campaign's own page: what became of everybody, per run and in total, and the people behind every number."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import history, lifecycle, lost, report_page, reports, retry
from campaigns import sent as sending
from campaigns.delivery.snapshot import Incomplete
from campaigns.models import Campaign, Run
from campaigns.models.ledger import State
from segments.parse import TreeError


@require_GET
@requires(Permission.VIEW_PEOPLE)
def campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Campaign.objects.select_related("connection", "segment", "owner", "message"), pk=pk)
    if found.state == Campaign.State.DRAFT:
        return redirect("campaign-edit", pk=pk)
    page = report_page.page(found, request.GET.get("run", ""), now=timezone.now())
    template = "campaigns/_report.html" if request.htmx else "campaigns/report.html"
    has_moved = request.GET.get("seen", found.state) != found.state  # then the header is sent anew
    response = render(request, template, {"campaign": found, "page": page, "has_moved": has_moved})
    response["Vary"] = "HX-Request"
    return trigger_client_event(response, "campaign-moved") if has_moved else response


@require_GET
@requires(Permission.VIEW_PEOPLE)
def people(request: SignedInRequest, pk: int) -> HttpResponse:
    """The people behind one number of the report, by profile."""
    found = get_object_or_404(Campaign, pk=pk)
    chosen = report_page.Behind.of(request.GET)
    runs = report_page.chosen_runs(report_page.all_runs(found), chosen.run)
    names = reports.copy_names(runs)
    found_people = reports.people(runs, **chosen.narrowed, after=chosen.after)
    shown = found_people[: reports.PAGE]
    context = {
        "campaign": found,
        "people": report_page.rows(shown, names),
        "heading": chosen.heading(names),
        "total": reports.how_many(runs, **chosen.narrowed),
        "next": f"{shown[-1].profile_id}-{shown[-1].pk}" if len(found_people) > reports.PAGE else None,
    }
    return render(request, "campaigns/people.html", context)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def sent(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom and what: the fragment behind “What is sent”."""
    found = get_object_or_404(Campaign.objects.select_related("connection", "segment", "message"), pk=pk)
    try:
        context: dict[str, object] = {"sent": sending.sent(found, whole_number(request.GET.get("run", "")))}
    except (Incomplete, TreeError) as error:
        context = {"error": error}
    return render(request, "campaigns/_sent.html", context)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def happened(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who did what to it, and how its runs went: the fragment behind “What happened”."""
    found = history.happened(get_object_or_404(Campaign, pk=pk))
    return render(request, "campaigns/_happened.html", {"happened": found})


@require_GET
@requires(Permission.PUBLISH)
def lost_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom to try again, and why not the others: a fragment of its own, as it reads rows and not counters."""
    found = get_object_or_404(Campaign, pk=pk)
    runs = report_page.chosen_runs(report_page.all_runs(found), request.GET.get("run", ""))
    again = [lost.again(run) for run in lost.runs(found, runs, reports.by_run(runs))]
    return render(request, "campaigns/_report_retry.html", {"found": again})


@require_POST
@requires(Permission.PUBLISH)
def retry_failed(request: SignedInRequest, pk: int) -> HttpResponse:
    """Those who failed, or those whose fate is unknown: never both by one press."""
    states = (State.UNKNOWN,) if request.POST.get("which") == State.UNKNOWN else (State.FAILED,)
    run = get_object_or_404(Run.objects.select_related("campaign"), pk=pk)
    try:
        people = retry.retry(run, states, by=request.user, now=timezone.now())
    except lifecycle.Refused as refused:
        return report_page.answer(request, run.campaign, str(refused), refused=True)
    words = f"{lost.people_are(people)} tried again." if people else "Nobody is left who can be tried again."
    return report_page.answer(request, run.campaign, words)


@require_POST
@requires(Permission.PUBLISH)
def send_missed(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(Run.objects.select_related("campaign"), pk=pk)
    try:
        lifecycle.send_missed(run, by=request.user, now=timezone.now())
    except lifecycle.Refused as refused:
        return report_page.answer(request, run.campaign, str(refused), refused=True)
    return report_page.answer(request, run.campaign, f"Run {run.number} goes out now.")
