"""“Why did they (not) get …?” on a person's page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from campaigns import why
from campaigns.models import Campaign
from people.models import Profile
from segments.parse import TreeError
from segments.reading import TooSlow


@require_GET
@requires(Permission.VIEW_PEOPLE)
def person_why(request: SignedInRequest, pk: int) -> HttpResponse:
    """The question, and once a campaign is chosen its answer."""
    person, asked = get_object_or_404(Profile, pk=pk), whole_number(request.GET.get("campaign", ""))
    if asked is None:
        return render(request, "campaigns/_why.html", {"person": person, "campaigns": why.choices()})
    try:
        context: dict[str, object] = {"answer": why.answer(person, get_object_or_404(Campaign, pk=asked))}
    except (TooSlow, TreeError) as error:
        context = {"error": error}
    return render(request, "campaigns/_why_answer.html", context)
