"""The ingest API: `POST /1/upload` and the Segment-compatible `/v1/…`. Answers after the data is committed."""

import base64
import binascii
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Literal, TypeVar

import msgspec
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.api_keys import authenticate
from accounts.models import ApiKey
from config.logs import request_id
from people import answers, bodies, pressure, segment_format, tally, upload_format
from people.bodies import BadBody
from people.cleaning import Refused
from people.ingest import ingest_live
from people.records import Outcome, Record, Rejected

logger = logging.getLogger(__name__)
RETRY_SECONDS = 5
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, X-Retry-Count",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}
sender: ContextVar[ApiKey | None] = ContextVar("sender", default=None)  # whose request it is, once that is known

Item = TypeVar("Item")
View = Callable[..., HttpResponse]
Status = Literal["success", "partial", "fail"]


def endpoint(*methods: str) -> Callable[[View], View]:
    """An open address that answers in JSON, errors too, to any origin."""

    def opened(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **kwargs: str) -> HttpResponse:
            response = answered(view, request, methods, *kwargs.values())
            for name, value in CORS.items():
                response.headers[name] = value
            return response

        return csrf_exempt(login_not_required(answer))

    return opened


def answered(view: View, request: HttpRequest, methods: Sequence[str], *args: str) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204)
    if request.method not in methods:
        return failure(405, f"Use {' or '.join(methods)}.", {"Allow": ", ".join(methods)})
    sender.set(None)
    try:
        return view(request, *args)
    except BadBody as error:
        tally.turned_away(request, sender.get(), error.status, error.reason)
        return failure(error.status, error.reason, error.headers)
    except (OperationalError, InterfaceError):
        logger.exception("The database does not answer")
        return failure(503, "Try again in a moment.", {"Retry-After": str(RETRY_SECONDS)})
    except Exception:
        logger.exception("A request of the ingest API failed")
        return failure(500, f"Something went wrong here. It is in the log under {request_id.get()}.")
    finally:
        pressure.end_turn()


@endpoint("POST")
def upload(request: HttpRequest) -> HttpResponse:
    """Profiles and events mixed. With an `Idempotency-Key` header a repeated request changes nothing."""
    key = require(upload_key(request))
    body = bodies.read(request)
    _, records, misshapen = upload_format.reader.read(body)
    now, once = timezone.now(), request.headers.get("Idempotency-Key")
    outcome = take_in(
        records,
        lambda index, record: upload_format.fact(record, now, f"{once}:{index}" if once else None),
        misshapen,
        source="upload",
        way="upload",
        key=key,
        raw=lambda: listed(body, "d"),
    )
    return upload_answer(outcome, body)


@endpoint("POST")
def segment(request: HttpRequest, address: str) -> HttpResponse:
    in_header = segment_key(request)
    key = require(in_header) if in_header else None  # who is unknown has nothing read
    body, received = bodies.read(request) if key else bodies.small(request), timezone.now()
    kind = segment_format.ADDRESSES[address]
    if kind is None:
        batch, messages, misshapen = segment_format.reader.read(body)
    else:
        batch, messages, misshapen = single(body, kind)
    key = key or require(batch.write_key or "")
    outcome = take_in(
        messages,
        lambda _, message: segment_format.fact(message, batch, received),
        misshapen,
        source="segment",
        way="segment",
        key=key,
        raw=lambda: listed(body, "batch" if kind is None else None),
    )
    if outcome.rejected and kind is not None:
        return refusal(outcome.rejected[0])
    refused = [answers.RefusedMessage(each.index, each.code, sayable(each.reason)) for each in outcome.rejected]
    return as_json(answers.SegmentAnswer(success=True, rejected=refused))


@endpoint("GET")
def segment_settings(request: HttpRequest, key: str) -> HttpResponse:
    """What Segment's browser library asks before it sends."""
    require(key)
    own = answers.Own(api_key=key, api_host=f"{request.get_host()}/v1", protocol=request.scheme or "http")
    everything = answers.Plan(track={"__default": answers.Enabled(enabled=True)})
    return as_json(answers.Settings(answers.Integrations(own), everything))


@endpoint("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else begins as an address of the API."""
    return failure(404, "There is nothing at this address.")


def single(
    body: bytes, kind: str
) -> tuple[segment_format.Batch, list[tuple[int, segment_format.Message]], list[Rejected]]:
    """One message, read as a batch of one; its address says its type."""
    found = bodies.parsed(body)
    messages, misshapen = bodies.converted([{**found, "type": kind}], segment_format.Message)
    key, sent_at = found.get("writeKey"), found.get("sentAt")
    batch = segment_format.Batch(
        [], sent_at if isinstance(sent_at, str) else None, key if isinstance(key, str) else None
    )
    return batch, messages, misshapen


def take_in(
    items: Iterable[tuple[int, Item]],
    fact: Callable[[int, Item], Record],
    misshapen: Sequence[Rejected],
    *,
    source: str,
    way: str,
    key: ApiKey,
    raw: Callable[[], Sequence[object]],
) -> Outcome:
    """Ingest what the items tell; the outcome speaks of their places in the request, where `raw` has them too.

    `source` says whose message ids they are, `way` how they came.
    """
    facts, places, refused = [], [], list(misshapen)
    for index, item in items:
        try:
            facts.append(fact(index, item))
            places.append(index)
        except Refused as why:
            refused.append(Rejected(index, why.code, why.reason))
    outcome = ingest_live(facts, source=source, now=timezone.now())
    refused += [msgspec.structs.replace(each, index=places[each.index]) for each in outcome.rejected]
    if refused:
        logger.warning("Refused %d records from %s: %s", len(refused), source, refused[0].code)
    whole = Outcome(outcome.accepted, sorted(refused))
    tally.note(way, key, whole, raw)
    return whole


def listed(body: bytes, name: str | None) -> list[object]:
    """The records of a body as they came: those of its list, or the one that it is."""
    found = bodies.parsed(body)
    records = found if name is None else found.get(name)
    return records if isinstance(records, list) else [records]


def upload_answer(outcome: Outcome, body: bytes) -> HttpResponse:
    status: Status = "success" if not outcome.rejected else "partial" if outcome.accepted else "fail"
    records = bodies.given_back(body, "d", [each.index for each in outcome.rejected], answers.RECORDS_BYTES)
    unprocessed = [
        answers.Unprocessed(
            "fail", upload_format.CODES.get(each.code, upload_format.OTHER), sayable(each.reason), record
        )
        for each, record in zip(outcome.rejected, records, strict=True)
    ]
    return as_json(answers.UploadAnswer(status, outcome.accepted, unprocessed))


def require(secret: str) -> ApiKey:
    """The key, if it may send data and has not sent too much this second. Raises BadBody."""
    return welcome(authenticate(secret, ApiKey.Scope.INGEST))


def welcome(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise BadBody(401, "The key is unknown, revoked or not for sending data.", {"WWW-Authenticate": "Bearer"})
    sender.set(key)
    rate = settings.KEY_REQUESTS_PER_SECOND
    if wait := pressure.seconds_to_wait(key.pk, rate):
        reason = f"One key sends at most {rate} requests a second."
        raise BadBody(429, reason, {"Retry-After": str(math.ceil(wait))})
    return key


def upload_key(request: HttpRequest) -> str:
    return request.headers.get("X-CleverTap-Passcode") or bearer(request)


def segment_key(request: HttpRequest) -> str:
    """The user name of Basic authentication, else a bearer; empty where the headers name no key."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return bearer(request)
    try:
        return base64.b64decode(encoded).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def bearer(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def sayable(reason: str) -> str:
    """A reason may quote half a surrogate pair."""
    return reason.encode(errors="replace").decode()


def refusal(alone: Rejected) -> HttpResponse:
    """Of a record that is a request of its own."""
    return as_json(answers.failure(400, sayable(alone.reason), alone.code), 400)


def failure(status: int, reason: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """All dialects at once: `status` for uploads, `success` for Segment's clients, `code` and `message` for others."""
    response = as_json(answers.failure(status, sayable(reason)), status)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def as_json(answer: object, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(answer), status=status, content_type="application/json")
