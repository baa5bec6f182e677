"""What the ingest API answers, as types: answers are made of them, the OpenAPI document is generated from them."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

RECORDS_BYTES = 1024 * 1024  # of refused records that one answer gives back

Index = Annotated[int, Meta(ge=0, description="Its place in the request, counted from 0.")]
Word = Annotated[str, Meta(description="The kind of problem, as a word that stays the same.")]
Reason = Annotated[str, Meta(description="The problem, as a sentence.")]


class Unprocessed(msgspec.Struct):
    """A record that was refused."""

    status: Literal["fail"]
    code: Annotated[int, Meta(ge=509, le=555, description="The kind of problem, as a number; see the table.")]
    error: Reason
    record: Annotated[
        msgspec.Raw,
        Meta(description="The record as it came; null once the records in an answer take more than 1 MB."),
    ]


class UploadAnswer(msgspec.Struct):
    """What became of an upload: all, some or none of its records are in the database."""

    status: Literal["success", "partial", "fail"]
    processed: Annotated[int, Meta(ge=0, description="How many records are in the database now.")]
    unprocessed: list[Unprocessed]


class RefusedMessage(msgspec.Struct):
    """A message of a batch that was refused."""

    index: Index
    code: Word
    reason: Reason


class SegmentAnswer(msgspec.Struct, omit_defaults=True):
    """The messages are in the database, but for those under `rejected`, which is left out where there are none."""

    success: Literal[True] = msgspec.field()
    rejected: list[RefusedMessage] = []


class Failure(msgspec.Struct):
    """Nothing of the request was kept. `status`, `success`, `error` and `message` serve the various clients."""

    error: Reason
    message: Reason
    code: Annotated[str, Meta(description="The kind of problem, as a word: unauthorized, no_identity, …")]
    status: Literal["fail"] = "fail"
    success: Literal[False] = False


class Enabled(msgspec.Struct):
    enabled: bool


class Own(msgspec.Struct, rename="camel"):
    """Where Segment's browser library sends to: here."""

    api_key: str
    api_host: str
    protocol: str
    type: Literal["browser"] = "browser"


class Metrics(msgspec.Struct, rename="camel"):
    """How much of its own performance the library reports to its maker: nothing."""

    sample_rate: Literal[0] = 0


class Integrations(msgspec.Struct):
    segment: Own = msgspec.field(name="Segment.io")


class Plan(msgspec.Struct):
    track: dict[str, Enabled]


class Settings(msgspec.Struct, rename="camel"):
    """What Segment's browser library asks before it sends."""

    integrations: Integrations
    plan: Plan
    edge_function: dict[str, object] = {}
    metrics: Metrics = msgspec.field(default_factory=Metrics)


def failure(status: int, reason: str, code: str = "") -> Failure:
    """`code` is the word for a record that came alone and was refused; a request's is that of its status."""
    return Failure(error=reason, message=reason, code=code or HTTPStatus(status).name.lower())
