"""Who sends to the ingest API, as far as the headers tell: what the front asks before it reads a body."""

from collections.abc import Callable, Mapping

from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpRequest
from django.urls import resolve

from accounts.api_keys import authenticate
from accounts.models import ApiKey
from config.front.asking import Asked, Refused
from config.front.keys import UNKNOWN
from people import api, inbound, segment_format, tally

HEADERS = {
    b"x-clevertap-passcode": "HTTP_X_CLEVERTAP_PASSCODE",
    b"x-api-key": "HTTP_X_API_KEY",
    b"authorization": "HTTP_AUTHORIZATION",
}
MAY_BE_IN_BODY = {f"/v1/{address}": api.segment_key for address in segment_format.ADDRESSES}
READERS: Mapping[str, Callable[[HttpRequest], str]] = {
    "/1/upload": api.upload_key,
    **{f"/in/{system}": inbound.sent_key for system in ("segment", "mparticle", "eventbridge")},
    **MAY_BE_IN_BODY,
}


class HeadersAlone(HttpRequest):
    """As much of a request as tells the key; made in a third of the time."""

    def __init__(self, asked: Asked) -> None:
        self.META = {HEADERS[name]: value.decode("latin-1") for name, value in asked.headers if name in HEADERS}


def key_of(asked: Asked) -> str | None:
    """The key, read as its view does it, empty where it is missing; None where the headers need not name one."""
    reader = READERS.get(asked.path)
    if reader is None or asked.method != "POST":
        return None
    key = reader(HeadersAlone(asked))
    return key if key or asked.path not in MAY_BE_IN_BODY else None


def is_good(asked: Asked, key: str) -> bool:
    """May who has it send? If not, that is counted. Raises Refused where the database does not answer."""
    close_old_connections()
    try:
        if authenticate(key, ApiKey.Scope.INGEST):
            return True
        request = HeadersAlone(asked)
        request.resolver_match = resolve(asked.path)
        tally.turned_away(request, None, 401, UNKNOWN)
    except (OperationalError, InterfaceError):
        raise Refused(503, "Try again in a moment.", api.RETRY_SECONDS) from None
    finally:
        close_old_connections()
    return False
