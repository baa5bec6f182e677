"""Reads a request body of the ingest API: bounded, unzipped, decoded record by record if it must be."""

import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from people import misshapen, pressure
from people.records import Rejected

GZIP_MAGIC = b"\x1f\x8b"
AS_GZIP = 31
GZIP_MEMBERS = 100
ENCODINGS = ("", "identity", "gzip", "x-gzip")
BOM = b"\xef\xbb\xbf"
VALUES = 500_000  # in a request: what it takes in memory is bounded by that, whatever its size in bytes
INTEGER_DIGITS = 400  # any number that long is beyond all ranges
NO_CODES: Mapping[str, str] = {}

T = TypeVar("T", bound=msgspec.Struct)
Envelope = TypeVar("Envelope", bound=msgspec.Struct)
ReadNumber = Callable[[str], object]


class BadBody(Exception):
    """The request as a whole cannot be read; `status` is the HTTP answer, with these headers."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}


def read(request: HttpRequest) -> bytes:
    """The body of who is known: a large one when it is its turn. Raises BadBody."""
    return in_turn(unpacked(request))


def small(request: HttpRequest) -> bytes:
    """The body of who is not known yet: he keeps nobody waiting whose body is large. Raises BadBody."""
    body = unpacked(request)
    if pressure.is_large(len(body), values(body)):
        raise BadBody(413, f"Without a key in its headers a request holds at most 1 MB and {pressure.MANY:,} values.")
    return body


def in_turn(body: bytes) -> bytes:
    pressure.wait_for_turn(len(body), values(body))
    return body


def values(body: bytes) -> int:
    """About how many; a short body has few, no more than bytes."""
    return sum(map(body.count, (b",", b"[", b"{"))) if len(body) > pressure.MANY else len(body)


def unpacked(request: HttpRequest) -> bytes:
    """The body, unzipped if it is zipped, whatever the content type says. Raises BadBody."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise BadBody(413, "The request is too large.") from None
    except UnreadablePostError:
        raise BadBody(400, "The request ended early.") from None
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if body.startswith(GZIP_MAGIC):
        body = unzipped(body)
    elif encoding not in ENCODINGS and body[:64].lstrip()[:1] not in (b"{", b"["):
        raise BadBody(415, "Send the body as it is, or zipped with gzip.", {"Accept-Encoding": "gzip"})
    if values(body) > VALUES:
        raise BadBody(413, f"A request holds at most {VALUES:,} values.")
    return body.removeprefix(BOM)


def unzipped(body: bytes) -> bytes:
    """What the gzip members hold one after the other: together no more than a plain body may. Raises BadBody."""
    most, plain, members = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0), b"", 0
    while body:
        members += 1
        unzip = zlib.decompressobj(AS_GZIP)
        try:
            plain += unzip.decompress(body, most - len(plain) + 1)
        except zlib.error:
            raise BadBody(400, "The gzip data is broken.") from None
        if len(plain) > most or members > GZIP_MEMBERS:
            raise BadBody(413, "The request is too large.")
        if not unzip.eof:
            raise BadBody(400, "The gzip data is broken.")
        body = unzip.unused_data
    return plain


class Reader(Generic[Envelope, T]):
    """Decodes an envelope with a list of records: all at once if all are good, else one by one. `codes` are those of
    fields of the wrong type that have one of their own."""

    def __init__(
        self, envelope: type[Envelope], record: type[T], key: str, most: int, codes: Mapping[str, str] = NO_CODES
    ) -> None:
        self.fast = msgspec.json.Decoder(envelope)
        self.envelope, self.record, self.key, self.most, self.codes = envelope, record, key, most, codes

    def read(self, body: bytes) -> tuple[Envelope, list[tuple[int, T]], list[Rejected]]:
        """The envelope, the records with their places, and those of the wrong shape. Raises BadBody."""
        try:
            envelope = self.fast.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.read_slowly(body)
        records = getattr(envelope, self.key)
        self.check_number(records)
        return envelope, list(enumerate(records)), []

    def read_slowly(self, body: bytes) -> tuple[Envelope, list[tuple[int, T]], list[Rejected]]:
        found = parsed(body)
        items = found.get(self.key)
        if not isinstance(items, list):
            raise BadBody(400, f"The request has no list “{self.key}”.")
        self.check_number(items)
        try:
            envelope = msgspec.convert({**found, self.key: []}, self.envelope)
        except msgspec.ValidationError as error:
            raise BadBody(400, misshapen.said(str(error)).sentence) from None
        except UnicodeEncodeError:
            raise BadBody(400, "A text has half a surrogate pair.") from None
        good, bad = converted(items, self.record, self.codes)
        return envelope, good, bad

    def check_number(self, records: Sequence[object]) -> None:
        if len(records) > self.most:
            raise BadBody(413, f"A request holds at most {self.most:,} records.")


def parsed(body: bytes, number: ReadNumber = float) -> dict[str, object]:
    """The body as a JSON object, half surrogates and bad UTF-8 let through to be refused record by record."""
    found = decoded(body, number)
    if not isinstance(found, dict):
        raise BadBody(400, "The request must be a JSON object.")
    return found


def decoded(body: bytes, number: ReadNumber = float) -> object:
    try:
        return loaded(body.decode("utf-8", "surrogateescape"), number)
    except RecursionError:
        raise BadBody(400, "The request is nested too deeply.") from None
    except ValueError:
        raise BadBody(400, "The request is no JSON in UTF-8.") from None


def loaded(text: str, number: ReadNumber) -> object:
    """JSON as Python reads it, but for integers of thousands of digits, which it refuses: they are read by `number`."""
    try:
        return json.loads(text, parse_float=number, parse_constant=refused_constant)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        if "digits" not in str(error):
            raise

    def integer(digits: str) -> object:
        return int(digits) if len(digits) < INTEGER_DIGITS else number(digits)

    return json.loads(text, parse_int=integer, parse_float=number, parse_constant=refused_constant)


def refused_constant(word: str) -> object:
    raise ValueError(word)


def finite(text: str) -> float | str:
    """A number, or its digits where it is beyond all ranges: JSON knows no infinity."""
    number = float(text)
    return number if math.isfinite(number) else text


def given_back(body: bytes, key: str, places: Sequence[int], most: int) -> list[msgspec.Raw]:
    """The records at these places as JSON again; null for those that would take the answer beyond `most` bytes."""
    if not places:
        return []
    items = parsed(body, finite)[key]
    written, left = [], most
    for place in places:
        text = json.dumps(items[place])  # type: ignore[index]  # the reader saw a list
        left -= len(text)
        written.append(msgspec.Raw(text if left >= 0 else "null"))
    return written


def converted(
    items: Sequence[object], record: type[T], codes: Mapping[str, str] = NO_CODES
) -> tuple[list[tuple[int, T]], list[Rejected]]:
    good, bad = [], []
    for index, item in enumerate(items):
        try:
            good.append((index, msgspec.convert(item, record)))
        except msgspec.ValidationError as error:
            bad.append(refused(index, error, codes))
        except UnicodeEncodeError:
            bad.append(unencodable(index, item, record, codes))
    return good, bad


def unencodable(index: int, item: object, record: type[T], codes: Mapping[str, str]) -> Rejected:
    """Half a surrogate pair where no text belongs hides which field it is; without it the field comes out."""
    try:
        msgspec.convert(json.loads(json.dumps(item, ensure_ascii=False).encode(errors="replace")), record)
    except msgspec.ValidationError as error:
        return refused(index, error, codes)
    return Rejected(index, "bad_text", "A text has half a surrogate pair, which cannot be stored.")


def refused(index: int, error: msgspec.ValidationError, codes: Mapping[str, str]) -> Rejected:
    field, sentence = misshapen.said(str(error))
    return Rejected(index, codes.get(field, "bad_shape"), sentence)
