"""Reads a request body of the ingest API: bounded, unzipped, decoded record by record if it must be."""

import json
import zlib
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from people.records import Rejected

GZIP_MAGIC = b"\x1f\x8b"
AS_GZIP = 31
UNZIPPED_TIMES = 4  # as large as a plain body may be, times this

T = TypeVar("T", bound=msgspec.Struct)
Envelope = TypeVar("Envelope", bound=msgspec.Struct)


class BadBody(Exception):
    """The request as a whole cannot be read; `status` is the HTTP answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def read(request: HttpRequest) -> bytes:
    """The body, unzipped if it is zipped, whatever the content type says. Raises BadBody."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise BadBody(413, "The request is too large.") from None
    except UnreadablePostError:
        raise BadBody(400, "The request ended early.") from None
    return unzipped(body) if body.startswith(GZIP_MAGIC) else body


def unzipped(body: bytes) -> bytes:
    most = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) * UNZIPPED_TIMES
    unzip = zlib.decompressobj(AS_GZIP)
    try:
        plain = unzip.decompress(body, most)
    except zlib.error:
        raise BadBody(400, "The gzip data is broken.") from None
    if unzip.unconsumed_tail:
        raise BadBody(413, "The request is too large.")
    if not unzip.eof:
        raise BadBody(400, "The gzip data is broken.")
    return plain


class Reader(Generic[Envelope, T]):
    """Decodes an envelope with a list of records: all at once if all are good, else one by one."""

    def __init__(self, envelope: type[Envelope], record: type[T], key: str) -> None:
        self.fast = msgspec.json.Decoder(envelope)
        self.envelope, self.record, self.key = envelope, record, key

    def read(self, body: bytes) -> tuple[Envelope, list[tuple[int, T]], list[Rejected]]:
        """The envelope, the records with their places, and those of the wrong shape. Raises BadBody."""
        try:
            envelope = self.fast.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.read_slowly(body)
        return envelope, list(enumerate(getattr(envelope, self.key))), []

    def read_slowly(self, body: bytes) -> tuple[Envelope, list[tuple[int, T]], list[Rejected]]:
        found = parsed(body)
        items = found.get(self.key)
        if not isinstance(items, list):
            raise BadBody(400, f"The request has no list “{self.key}”.")
        try:
            envelope = msgspec.convert({**found, self.key: []}, self.envelope)
        except msgspec.ValidationError as error:
            raise BadBody(400, str(error)) from None
        except UnicodeEncodeError:
            raise BadBody(400, "A text has half a surrogate pair.") from None
        good, bad = converted(items, self.record)
        return envelope, good, bad


def parsed(body: bytes) -> dict[str, object]:
    """The body as a JSON object, half surrogates and bad UTF-8 let through to be refused record by record."""
    try:
        found = json.loads(body.decode("utf-8", "surrogateescape"), parse_constant=refused_constant)
    except (ValueError, RecursionError):
        raise BadBody(400, "The request is no JSON.") from None
    if not isinstance(found, dict):
        raise BadBody(400, "The request must be a JSON object.")
    return found


def refused_constant(word: str) -> object:
    raise ValueError(word)


def converted(items: Sequence[object], record: type[T]) -> tuple[list[tuple[int, T]], list[Rejected]]:
    good, bad = [], []
    for index, item in enumerate(items):
        try:
            good.append((index, msgspec.convert(item, record)))
        except msgspec.ValidationError as error:
            bad.append(Rejected(index, "bad_shape", str(error)))
        except UnicodeEncodeError:
            bad.append(unencodable(index, item, record))
    return good, bad


def unencodable(index: int, item: object, record: type[T]) -> Rejected:
    """Half a surrogate pair where no text belongs hides which field it is; without it the field comes out."""
    try:
        msgspec.convert(json.loads(json.dumps(item, ensure_ascii=False).encode(errors="replace")), record)
    except msgspec.ValidationError as error:
        return Rejected(index, "bad_shape", str(error))
    return Rejected(index, "bad_text", "A text has half a surrogate pair, which cannot be stored.")
