"""The parts of a page that follow what is typed: the builder, reach, examples, why a person is in or not."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from people.models import Profile
from segments import audience, drafts, keeping
from segments.builder import build
from segments.checks import mismatches
from segments.describe import sentence
from segments.forms import json_from_post, tree_from_post
from segments.listing import one_person
from segments.parse import TreeError
from segments.reading import TooSlow


@require_POST
@requires(Permission.VIEW_PEOPLE)
def builder(request: SignedInRequest) -> HttpResponse:
    """The builder again, after another choice or a press of one of its buttons."""
    name = request.GET.get("name", "tree")
    draft = json_from_post(request.POST, name) or drafts.empty()
    changed, focus = drafts.edited(draft, request.POST.get(f"{name}.action", ""))
    response = render(request, "segments/_builder.html", {"builder": build(changed, name=name, focus=focus)})
    return trigger_client_event(response, "segment-changed", after="settle")


@require_POST
@requires(Permission.VIEW_PEOPLE)
def reach(request: SignedInRequest) -> HttpResponse:
    """From a sample, at once; the fragment asks for the exact number by itself."""
    try:
        tree = tree_from_post(request.POST)
    except TreeError as error:
        return render(request, "segments/_reach.html", {"error": error})
    context = {"sentence": sentence(tree)}
    try:
        found = audience.sample_count(tree, audience.current())
    except TooSlow:
        return render(request, "segments/_reach.html", context)
    return render(request, "segments/_reach.html", {**context, "reach": found})


@require_POST
@requires(Permission.VIEW_PEOPLE)
def count(request: SignedInRequest) -> HttpResponse:
    try:
        tree = tree_from_post(request.POST)
        found = audience.count(tree, audience.current())
    except (TreeError, TooSlow) as error:
        return render(request, "segments/_count.html", {"error": error})
    segment = whole_number(request.POST.get("segment", ""))
    if segment is not None:
        keeping.remember_size(segment, tree, found)
    return render(request, "segments/_count.html", {"reach": found})


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
