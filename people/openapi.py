"""The OpenAPI 3.1 document of the ingest API, generated from the types of its requests and answers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from people import answers, eventbridge_format, mparticle_format, segment_format, upload_format
from people.segment_format import ADDRESSES

Object = dict[str, object]
REF = "#/components/schemas/{name}"
CACHED = "public, max-age=3600"
JSON = "application/json"

ABOUT = """How people and events get into Belfry. Every answer comes after the data is committed. A request is read as
UTF-8 JSON whatever its content type says, zipped with gzip or not; it holds at most 10 MB, unzipped. Records are judged
one by one: the good ones of a request are kept, the bad ones named. A 429 or 503 says in `Retry-After` when to send the
same request again; nothing of it was kept."""
PROBLEMS = {
    400: "The request cannot be read, or its one record was refused.",
    401: "The key is unknown, revoked or not for sending data; or the signature is wrong.",
    404: "There is nothing at this address.",
    405: "The address knows other methods, named in `Allow`.",
    408: "The request took too long to arrive.",
    413: "The request is too large, or holds too many records.",
    415: "The body is encoded in another way than gzip.",
    429: "One key sends too much at once.",
    503: "The server is full, or its database does not answer.",
}
WITH_RETRY = (429, 503)
SCHEMES: Object = {
    "passcode": {"type": "apiKey", "in": "header", "name": "X-CleverTap-Passcode"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as the user name, no password."},
    "signature": {"type": "apiKey", "in": "header", "name": "X-Signature"},
}
IN_BODY: Object = {}  # the key may stand in the body as `writeKey`


class Single(segment_format.Message, rename="camel"):
    """A message of its own: its address says its type, and it may carry the key."""

    type: object = ""  # type: ignore[assignment]  # whatever it says, the address counts
    write_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one address takes and answers; `route` is the name of its URL."""

    route: str
    path: str
    summary: str
    body: object | None
    answer: object
    schemes: tuple[str, ...] = ("bearer",)
    key_in_body: bool = False
    parameters: Sequence[Object] = ()


def in_path(name: str, description: str, type: str = "string") -> Object:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": type}}


def in_query(name: str, description: str) -> Object:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}


def in_header(name: str, description: str) -> Object:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def tracking(address: str, kind: str | None) -> Operation:
    """An address of Segment's tracking API."""
    batch = kind is None
    return Operation(
        route="api-segment",
        path=f"/v1/{address}",
        summary="Several messages" if batch else f"One {kind} message",
        body=segment_format.Batch if batch else Single,
        answer=answers.SegmentAnswer,
        schemes=("basic", "bearer"),
        key_in_body=True,
    )


OPERATIONS = (
    Operation(
        route="api-upload",
        path="/1/upload",
        summary="Profiles and events, mixed, at most 1,000",
        body=upload_format.Upload,
        answer=answers.UploadAnswer,
        schemes=("passcode", "bearer"),
        parameters=[in_header("Idempotency-Key", "A request repeated with the same text changes nothing.")],
    ),
    *(tracking(address, kind) for address, kind in ADDRESSES.items()),
    Operation(
        route="api-segment-settings",
        path="/v1/projects/{key}/settings",
        summary="What Segment's browser library asks before it sends",
        body=None,
        answer=answers.Settings,
        schemes=(),
        key_in_body=True,
        parameters=[in_path("key", "The key.")],
    ),
    Operation(
        route="in-segment",
        path="/in/segment",
        summary="Segment's webhook: one event or a list of them",
        body=segment_format.Message | list[segment_format.Message],
        answer=answers.SegmentAnswer,
        schemes=("bearer", "basic", "apiKey"),
    ),
    Operation(
        route="in-segment-signed",
        path="/in/segment/{pk}",
        summary="Segment's webhook, signed with the secret of the key whose number the address has",
        body=segment_format.Message | list[segment_format.Message],
        answer=answers.SegmentAnswer,
        schemes=("signature",),
        parameters=[in_path("pk", "The key's number.", "integer")],
    ),
    Operation(
        route="in-mparticle",
        path="/in/mparticle",
        summary="mParticle's webhook: one batch",
        body=mparticle_format.Batch,
        answer=answers.SegmentAnswer,
        schemes=("bearer", "basic", "apiKey"),
        parameters=[
            in_query("identity", "The type of identity that holds the person's id; customer_id by default."),
            in_query("anonymous", "The type of identity that holds the anonymous id, if one does."),
            in_query("numbers", "1: texts of digits become numbers."),
        ],
    ),
    Operation(
        route="in-eventbridge",
        path="/in/eventbridge",
        summary="EventBridge's API destination: one event",
        body=eventbridge_format.Envelope,
        answer=answers.SegmentAnswer,
        schemes=("bearer", "basic", "apiKey"),
        parameters=[
            in_query("identity", "Where in `detail` the person's id stands: names with dots between them."),
            in_query("anonymous", "Where in `detail` the anonymous id stands."),
        ],
    ),
)


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document, for anybody."""
    body, etag = written()
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type=JSON)
    for name, value in (("ETag", etag), ("Cache-Control", CACHED), ("Access-Control-Allow-Origin", "*")):
        response.headers[name] = value
    return response


@cache
def written() -> tuple[bytes, str]:
    body = msgspec.json.encode(document())
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def document() -> Object:
    types = [each for operation in OPERATIONS for each in (operation.body, operation.answer) if each is not None]
    references, schemas = msgspec.json.schema_components(
        [*types, answers.Failure], schema_hook=any_value, ref_template=REF
    )
    schema_of = dict(zip(map(repr, [*types, answers.Failure]), references, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Belfry: the ingest API", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": {operation.path: described(operation, schema_of) for operation in OPERATIONS},
        "components": {
            "schemas": schemas,
            "securitySchemes": SCHEMES,
            "responses": {str(status): problem(status, schema_of[repr(answers.Failure)]) for status in PROBLEMS},
        },
    }


def any_value(type: type) -> Object:
    return {"description": "Any JSON value."}


def described(operation: Operation, schema_of: dict[str, Object]) -> Object:
    """The path item: one method each."""
    answers_of = {str(status): {"$ref": f"#/components/responses/{status}"} for status in PROBLEMS}
    answered = {"description": "Kept.", "content": {JSON: {"schema": schema_of[repr(operation.answer)]}}}
    found: Object = {
        "operationId": operation.path.strip("/").replace("/", "-").replace("{", "").replace("}", ""),
        "summary": operation.summary,
        "parameters": list(operation.parameters),
        "security": [*({scheme: []} for scheme in operation.schemes), *([IN_BODY] if operation.key_in_body else [])],
        "responses": {"200": answered, **answers_of},
    }
    if operation.body is not None:
        found["requestBody"] = {
            "required": True, "content": {JSON: {"schema": schema_of[repr(operation.body)]}},
        }  # fmt: skip
    return {"get" if operation.body is None else "post": found}


def problem(status: int, schema: Object) -> Object:
    found: Object = {"description": PROBLEMS[status], "content": {JSON: {"schema": schema}}}
    if status in WITH_RETRY:
        seconds = {"type": "integer", "minimum": 1}
        found["headers"] = {"Retry-After": {"description": "In seconds.", "required": True, "schema": seconds}}
    return found
