"""The ingest API: `POST /1/upload` and the Segment-compatible `/v1/…`. Answers after the data is committed."""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TypeVar

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.api_keys import authenticate
from accounts.models import ApiKey
from config.logs import request_id
from people import bodies, segment_format, upload_format
from people.bodies import BadBody
from people.cleaning import Refused
from people.ingest import ingest
from people.records import Outcome, Record, Rejected

logger = logging.getLogger(__name__)
RETRY_SECONDS = 5
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, X-Retry-Count",
    "Access-Control-Max-Age": "86400",
}

Item = TypeVar("Item")
View = Callable[..., HttpResponse]


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
    try:
        return view(request, *args)
    except BadBody as error:
        return failure(error.status, error.reason)
    except (OperationalError, InterfaceError):
        logger.exception("The database does not answer")
        return failure(503, "Try again in a moment.", {"Retry-After": str(RETRY_SECONDS)})
    except Exception:
        logger.exception("A request of the ingest API failed")
        return failure(500, f"Something went wrong here. It is in the log under {request_id.get()}.")


@endpoint("POST")
def upload(request: HttpRequest) -> HttpResponse:
    """Profiles and events mixed. With an `Idempotency-Key` header a repeated request changes nothing."""
    require(upload_key(request))
    body = bodies.read(request)
    _, records, misshapen = upload_format.reader.read(body)
    if len(records) + len(misshapen) > upload_format.RECORDS:
        raise BadBody(413, f"A request holds at most {upload_format.RECORDS:,} records.")
    now, once = timezone.now(), request.headers.get("Idempotency-Key")
    outcome = take_in(
        records,
        lambda index, record: upload_format.fact(record, now, f"{once}:{index}" if once else None),
        [upload_format.with_code(each) for each in misshapen],
        source="upload",
    )
    return upload_answer(outcome, body)


@endpoint("POST")
def segment(request: HttpRequest, address: str) -> HttpResponse:
    body, received = bodies.read(request), timezone.now()
    kind = segment_format.ADDRESSES[address]
    if kind is None:
        batch, messages, misshapen = segment_format.reader.read(body)
    else:
        batch, messages, misshapen = single(body, kind)
    require(segment_key(request, batch.write_key))
    if len(messages) + len(misshapen) > segment_format.MESSAGES:
        raise BadBody(413, f"A request holds at most {segment_format.MESSAGES:,} messages.")
    outcome = take_in(
        messages, lambda _, message: segment_format.fact(message, batch, received), misshapen, source="segment"
    )
    if outcome.rejected and kind is not None:
        return failure(400, outcome.rejected[0].reason)
    refused = [{"index": each.index, "code": each.code, "reason": each.reason} for each in outcome.rejected]
    return as_json({"success": True, **({"rejected": refused} if refused else {})})


@endpoint("GET")
def segment_settings(request: HttpRequest, key: str) -> HttpResponse:
    """What Segment's browser library asks before it sends."""
    require(key)
    host = f"{request.get_host()}/v1"
    own = {"apiKey": key, "apiHost": host, "protocol": request.scheme, "type": "browser"}
    return as_json(
        {"integrations": {"Segment.io": own}, "plan": {"track": {"__default": {"enabled": True}}}, "edgeFunction": {}}
    )


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
    items: Iterable[tuple[int, Item]], fact: Callable[[int, Item], Record], misshapen: Sequence[Rejected], source: str
) -> Outcome:
    """Ingest what the items tell; the outcome speaks of their places in the request."""
    facts, places, refused = [], [], list(misshapen)
    for index, item in items:
        try:
            facts.append(fact(index, item))
            places.append(index)
        except Refused as why:
            refused.append(Rejected(index, why.code, why.reason))
    outcome = ingest(facts, source=source, now=timezone.now(), live=True)
    refused += [msgspec.structs.replace(each, index=places[each.index]) for each in outcome.rejected]
    if refused:
        reason = refused[0].reason.encode(errors="replace").decode()  # it may quote half a surrogate pair
        logger.warning("Refused %d records from %s: %s", len(refused), source, reason)
    return Outcome(outcome.accepted, sorted(refused))


def upload_answer(outcome: Outcome, body: bytes) -> HttpResponse:
    status = "success" if not outcome.rejected else "partial" if outcome.accepted else "fail"
    records = bodies.parsed(body)["d"] if outcome.rejected else []
    unprocessed = [
        {
            "status": "fail",
            "code": upload_format.CODES.get(each.code, upload_format.OTHER),
            "error": each.reason,
            "record": records[each.index],  # type: ignore[index]  # the reader saw a list
        }
        for each in outcome.rejected
    ]
    return as_json({"status": status, "processed": outcome.accepted, "unprocessed": unprocessed})


def require(secret: str) -> ApiKey:
    key = authenticate(secret, ApiKey.Scope.INGEST)
    if key is None:
        raise BadBody(401, "The key is unknown, revoked or not for sending data.")
    return key


def upload_key(request: HttpRequest) -> str:
    return request.headers.get("X-CleverTap-Passcode") or bearer(request)


def segment_key(request: HttpRequest, in_body: str | None) -> str:
    """The user name of Basic authentication, else the body's writeKey, else a bearer."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return in_body or bearer(request)
    try:
        return base64.b64decode(encoded).decode().partition(":")[0] or in_body or ""
    except (binascii.Error, UnicodeDecodeError):
        return in_body or ""


def bearer(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def failure(status: int, reason: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """Both dialects at once: `status` for uploads, `success` for Segment's clients."""
    response = as_json({"status": "fail", "success": False, "error": reason}, status)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def as_json(answer: object, status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(answer), status=status, content_type="application/json")
