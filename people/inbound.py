"""Where other systems push to: Segment's webhook, mParticle's, EventBridge's API destinations. Answers after the data
is committed, as the ingest API does."""

import base64
import binascii

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey
from people import answers, bodies, eventbridge_format, mparticle_format, segment_webhook, signing
from people.api import as_json, endpoint, refusal, require, sayable, take_in, welcome
from people.bodies import BadBody
from people.records import Outcome


@endpoint("POST")
def segment(request: HttpRequest) -> HttpResponse:
    """One event or a list of them, from who has the key. A signature is not needed, but a wrong one is refused."""
    key, body = require(sent_key(request)), bodies.read(request)
    if "X-Signature" in request.headers:
        check_signature(request, body, key)
    return segment_events(body, key)


@endpoint("POST")
def segment_signed(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, from who signs with the secret of the key that the address names."""
    body, key = bodies.unpacked(request), api_keys.named(pk, ApiKey.Scope.INGEST)
    if key is None:
        raise wrong_signature()
    check_signature(request, body, key)
    api_keys.stamp(key)
    return segment_events(bodies.in_turn(body), welcome(key))


@endpoint("POST")
def mparticle(request: HttpRequest) -> HttpResponse:
    """One batch. `?identity=` and `?anonymous=` say which types of identity hold the person's ids."""
    key, body = require(sent_key(request)), bodies.read(request)
    (batch, events), choice = mparticle_format.read(body), mparticle_format.Choice.of(request.GET.dict())
    told, refused = mparticle_format.facts(batch, events, choice, timezone.now())
    outcome = take_in(
        told,
        lambda _, fact: fact,
        refused,
        source="mparticle",
        way="mparticle",
        key=key,
        raw=lambda: mparticle_format.raw(body),
    )
    return answer(outcome)


@endpoint("POST")
def eventbridge(request: HttpRequest) -> HttpResponse:
    """One event. `?identity=` and `?anonymous=` say where in its detail the person's ids stand."""
    key, body = require(sent_key(request)), bodies.read(request)
    event, paths = eventbridge_format.read(body), eventbridge_format.Paths.of(request.GET.dict())
    outcome = take_in(
        [(0, event)],
        lambda _, each: eventbridge_format.fact(each, paths),
        [],
        source="eventbridge",
        way="eventbridge",
        key=key,
        raw=lambda: [bodies.parsed(body)],
    )
    return answer(outcome, alone=True)


def segment_events(body: bytes, key: ApiKey) -> HttpResponse:
    received, (events, misshapen), raw = timezone.now(), *segment_webhook.read(body)
    outcome = take_in(
        events,
        lambda _, event: segment_webhook.fact(event, received),
        misshapen,
        source="segment",
        way="segment-webhook",
        key=key,
        raw=lambda: raw,
    )
    return answer(outcome, alone=not segment_webhook.is_list(body))


def check_signature(request: HttpRequest, body: bytes, key: ApiKey) -> None:
    """Raises BadBody. A list is signed by its first event alone: that is how Segment does it."""
    if not signing.is_signed(segment_webhook.signed_texts(body), request.headers.get("X-Signature", ""), key):
        raise wrong_signature()


def wrong_signature() -> BadBody:
    return BadBody(401, "The signature is missing or was not made with the signing secret of this address's key.")


def answer(outcome: Outcome, *, alone: bool = False) -> HttpResponse:
    """A record of its own that is refused is a 400; of several each refused one is named."""
    if outcome.rejected and alone:
        return refusal(outcome.rejected[0])
    refused = [answers.RefusedMessage(each.index, each.code, sayable(each.reason)) for each in outcome.rejected]
    return as_json(answers.SegmentAnswer(success=True, rejected=refused))


def sent_key(request: HttpRequest) -> str:
    """The key in `X-Api-Key` or in `Authorization`: as a bearer, in Basic authentication, or by itself."""
    if given := request.headers.get("X-Api-Key"):
        return given.strip()
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "basic":
            return of_basic(rest)
        case _:
            return scheme


def of_basic(encoded: str) -> str:
    """Who asks for a name and a password gets the key as either."""
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password if password.startswith(ApiKey.BEGINNING) else user
