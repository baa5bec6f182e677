"""The step Review: who will receive, which copy, when it goes and for how long, what to think of before publishing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from accounts.templatetags.formats import length
from campaigns import editor, meanwhile, reviewed
from campaigns.aside import aside
from campaigns.copy_names import copy_name
from campaigns.delivery import reasons
from campaigns.delivery.audience import Funnel
from campaigns.delivery.reasons import CONTROL_GROUPS
from campaigns.delivery.snapshot import Snapshot
from campaigns.editor import Draft
from campaigns.figures import Figures
from campaigns.figures_asked import Counted
from campaigns.leftovers import leftovers
from campaigns.models import Copy, Message
from campaigns.problems import copies_sent, problems
from campaigns.views.fetching import draft_or_404
from campaigns.views.figures import SHORT, counted
from campaigns.views.when import next_runs
from connectors import health
from connectors.models import Connection
from people import languages
from segments.parse import TreeError
from segments.reading import Cancelled

LANGUAGES = 8
# Messages a second without a limit on the connection, as the benchmarks measured them against servers nearby.
ASSUMED_RATES = {"webhook": 6_000, "email": 800}
ASSUMED_RATE = 20_000


@dataclass(frozen=True)
class Row:
    """A row of the funnel, as the component wants it."""

    label: str
    count: int
    tone: str = "accent"
    part_of: bool = False
    url: str = ""


@dataclass(frozen=True)
class CopyShare:
    name: str
    people: int
    whole: int


@dataclass(frozen=True)
class Warned:
    """What should be known before it is published; words about `copies` go on with their names, as links to them."""

    words: str
    copies: tuple[Copy, ...] = ()


def review_context(draft: Draft) -> dict[str, object]:
    """What is there at once; the numbers come with `review_numbers`."""
    return {"upcoming": next_runs(draft, now=timezone.now())}


@require_GET
@requires(Permission.EDIT_CAMPAIGNS)
def review_numbers(request: SignedInRequest, pk: int) -> HttpResponse:
    draft, now = draft_or_404(pk), timezone.now()
    context: dict[str, object] = {
        "draft": draft,
        "campaign": draft.campaign,
        "seen": reviewed.seen(draft.campaign),
        "published": meanwhile.published(draft.campaign, reader=request.user, now=now) if draft.is_published else "",
        "missing": [] if draft.is_published else problems(draft.campaign, now=now),
    }
    try:
        context |= numbers(draft, counted(request, draft)) if draft.has_audience else {}
    except TreeError as error:
        context["words"] = str(error)
    except Cancelled:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "campaigns/_review.html", context)


def numbers(draft: Draft, counted: Counted) -> dict[str, object]:
    found = counted.figures
    context: dict[str, object] = {
        "answer": counted.answer,
        "upcoming": next_runs(draft, now=timezone.now()),
        "verb": verb(counted),
    }
    if found is None:
        return context
    return context | {
        "funnel": found.funnel,
        "rows": rows(found.funnel),
        "margin": counted.margin,
        "copies": copy_shares(counted.snapshot, found.funnel),
        "languages": language_rows(found),
        "duration": duration(draft, found.funnel),
        "warnings": list(warnings(draft, found.funnel, found)),
    }


def rows(funnel: Funnel) -> list[Row]:
    """qualified → each reason → will receive."""
    ordered = [reason for reason in reasons.SENTENCES if funnel.reasons.get(reason)]
    taken = [
        Row(f"− {SHORT.get(reason) or reasons.sentence(reason)}", funnel.reasons[reason], tone(reason), part_of=True)
        for reason in ordered
    ]
    return [Row("Qualify", funnel.qualified), *taken, Row("Will receive it", funnel.receives, "good")]


def tone(reason: str) -> str:
    return "off" if reason in CONTROL_GROUPS else "wait"


def copy_shares(snapshot: Snapshot, funnel: Funnel) -> list[CopyShare]:
    if snapshot.kind == Message.Kind.SINGLE:
        return []
    return [
        CopyShare(copy_name(snapshot.property, copy.value), funnel.copies[copy.id], funnel.receives)
        for copy in snapshot.copies
    ]


def verb(counted: Counted) -> str:
    """Of the button: to how many people it goes, as far as that is known."""
    if counted.figures is None:
        return "Publish it uncounted"
    receives = counted.figures.funnel.receives
    about = "" if counted.answer.is_exact else "≈ "
    return f"Publish to {about}{receives:,} {'person' if receives == 1 else 'people'}"


def language_rows(found: Figures) -> list[Row]:
    """Of those who will receive it, the most frequent languages by name."""
    rows = [
        Row(languages.named(name) if name else "no language", people, "accent" if name else "off")
        for name, people in found.languages
    ]
    others = sum(row.count for row in rows[LANGUAGES:])
    return [*rows[:LANGUAGES], *([Row("other languages", others, "off")] if others else [])]


def duration(draft: Draft, funnel: Funnel) -> str:
    """At the rate of the connection and of those it shares it with; without one, at the rate that was measured."""
    connection = draft.campaign.connection
    limit = health.batch_limit(connection) if connection else None
    rate = limit or ASSUMED_RATES.get(draft.channel, ASSUMED_RATE)
    seconds = round(funnel.receives / rate)
    if seconds < 60:
        return f"about {seconds} seconds" if seconds > 1 else "about a second"
    return f"about {length(timedelta(seconds=seconds))}"


def warnings(draft: Draft, funnel: Funnel, found: Figures) -> Iterator[Warned]:
    """What does not keep it from being published but should be known."""
    if not funnel.qualified:
        yield Warned("Nobody qualifies at present. If that stays so, nothing goes out.")
    elif not funnel.receives:
        yield Warned("Nobody is left to receive it.")
    connection = draft.campaign.connection
    is_told = connection and connection.state == Connection.State.PAUSED and not draft.is_published  # as it is missing
    if connection and not is_told and (trouble := editor.connection_trouble(connection, now=timezone.now())):
        yield Warned(f"The connection {connection} is not well: {trouble}")
    if kept := aside(draft):
        words = f"Written for another kind of connection, kept aside and not sent over {connection}: {kept.what}"
        yield Warned(words if kept.copies else f"{words}.", kept.copies)
    yield from dict.fromkeys(missing_warnings(draft, found))
    for each in leftovers(draft.channel, copies_sent(draft.message, list(draft.copies))):
        yield Warned(each.words, each.copies)


def missing_warnings(draft: Draft, found: Figures) -> Iterator[Warned]:
    """People who lack a value that has no fallback, copy by copy."""
    copies = {copy.pk: copy for copy in draft.copies}
    what = "nothing" if draft.message.missing == Message.Missing.EXCLUDE else "a gap in the text"
    for lack in found.lacks:
        if lack.people and lack.token.fallback is None:
            who, get = ("person has", "gets") if lack.people == 1 else ("people have", "get")
            number = f"Up to {lack.people:,}" if lack.token.conditional else f"{lack.people:,}"
            yield Warned(f"{number} {who} no {lack.name} and {get} {what}", (copies[lack.copy_id],))
