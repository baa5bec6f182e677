"""The parts of a page that follow what is typed: checks, examples, why a person is in or not."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from people.models import Profile
from segments import audience
from segments.checks import mismatches
from segments.forms import tree_from_post
from segments.listing import one_person
from segments.parse import TreeError
from segments.reading import TooSlow


@require_POST
@requires(Permission.VIEW_PEOPLE)
def checks(request: SignedInRequest) -> HttpResponse:
    """How many people have values of a type that the rule does not look at."""
    try:
        found = mismatches(tree_from_post(request.POST), audience.current())
    except (TreeError, TooSlow) as error:
        return render(request, "segments/_checks.html", {"error": error})
    return render(request, "segments/_checks.html", {"found": found})


@require_POST
@requires(Permission.VIEW_PEOPLE)
def examples(request: SignedInRequest) -> HttpResponse:
    try:
        people = audience.examples(tree_from_post(request.POST), audience.current())
    except (TreeError, TooSlow) as error:
        return render(request, "segments/_examples.html", {"error": error})
    return render(request, "segments/_examples.html", {"people": people})


@require_POST
@requires(Permission.VIEW_PEOPLE)
def why(request: SignedInRequest) -> HttpResponse:
    asked = request.POST.get("person", "").strip()
    try:
        person = one_person(asked)
        explanation = audience.explain(tree_from_post(request.POST), person, audience.current())
    except Profile.DoesNotExist:
        return render(request, "segments/_why.html", {"asked": asked})
    except (TreeError, TooSlow) as error:
        return render(request, "segments/_why.html", {"error": error})
    return render(request, "segments/_why.html", {"person": person, "explanation": explanation})
