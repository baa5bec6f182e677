"""What to enter at the other side of each way in: addresses, and a command line that sends one event."""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest

from accounts.models import ApiKey
from people import eventbridge_format
from people.ways import Way

JSON = "-H 'Content-Type: application/json'"
MARK = "KEY=paste-the-key-here"
SECRET_MARK = "SECRET=paste-the-signing-secret-here"  # noqa: S105 the place for one
OPTIONS = {"mparticle": ("identity", "anonymous", "numbers"), "eventbridge": ("identity", "anonymous")}


@dataclass(frozen=True)
class SetUp:
    """`base` is where this installation is reached, `address` what the other side calls; `try_it` is for a shell."""

    base: str
    is_public: bool
    address: str
    try_it: str
    key: ApiKey | None


def of(way: Way, keys: Iterable[ApiKey], request: HttpRequest) -> SetUp:
    """`?key=` chooses one of the keys, else the first; the other parameters are options of the address."""
    listed = list(keys)
    asked = request.GET.get("key", "")
    chosen = next((key for key in listed if str(key.pk) == asked), listed[0] if listed else None)
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    address = base + path(way, chosen) + options(way, request.GET.dict())
    if way.slug == "mail":
        address = address.replace("://", "://user:password@")
    line = try_it(way, address, request.GET.dict()) if chosen else ""
    return SetUp(base, bool(settings.PUBLIC_URL), address, line, chosen)


def path(way: Way, key: ApiKey | None) -> str:
    match way.slug:
        case "segment":  # the libraries add the rest themselves
            return ""
        case "upload":
            return "/1/upload"
        case "segment-webhook":
            return f"/in/segment/{key.pk}" if key else "/in/segment"
        case "mail":
            return "/mail-events/postmark"
        case _:
            return f"/in/{way.slug}"


def options(way: Way, asked: Mapping[str, str]) -> str:
    given = {name: asked[name] for name in OPTIONS.get(way.slug, ()) if asked.get(name)}
    return f"?{urlencode(given)}" if given else ""


def try_it(way: Way, address: str, asked: Mapping[str, str]) -> str:
    """Sends the event “Hello Belfry” of the person “test-person”."""
    made = TRIES.get(way.slug)
    return made(shlex.quote(address), asked) if made else ""


def segment(address: str, asked: Mapping[str, str]) -> str:
    event = {"userId": "test-person", "event": "Hello Belfry"}
    return f"{MARK}\n" + joined(f'curl {address}/v1/track -u "$KEY:"', JSON, body(event))


def upload(address: str, asked: Mapping[str, str]) -> str:
    event = {"type": "event", "identity": "test-person", "evtName": "Hello Belfry"}
    return f"{MARK}\n" + joined(f"curl {address}", '-H "Authorization: Bearer $KEY"', JSON, body({"d": [event]}))


def segment_webhook(address: str, asked: Mapping[str, str]) -> str:
    event = json.dumps({"type": "track", "userId": "test-person", "event": "Hello Belfry"})
    sign = 'SIGNATURE=$(printf %s "$EVENT" | openssl dgst -sha1 -hmac "$SECRET" | sed "s/.* //")'
    command = joined(f"curl {address}", '-H "X-Signature: $SIGNATURE"', JSON, '-d "$EVENT"')
    return "\n".join([SECRET_MARK, f"EVENT='{event}'", sign, command])


def mparticle(address: str, asked: Mapping[str, str]) -> str:
    person = {"identity_type": asked.get("identity") or "customer_id", "identity": "test-person"}
    event = {"event_type": "custom_event", "data": {"event_name": "Hello Belfry"}}
    batch = body({"user_identities": [person], "events": [event]})
    return f"{MARK}\n" + joined(f"curl {address}", '-H "Authorization: Bearer $KEY"', JSON, batch)


def eventbridge(address: str, asked: Mapping[str, str]) -> str:
    detail: object = "test-person"
    for step in reversed(eventbridge_format.path(asked.get("identity") or "userId").split(".")):
        detail = {step: detail}
    event = {"id": "NOW", "time": "NOW", "detail-type": "Hello Belfry", "detail": detail}
    written = body(event).replace("NOW", "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'")
    return f"{MARK}\n" + joined(f"curl {address}", '-H "X-Api-Key: $KEY"', JSON, written)


def body(said: object) -> str:
    return f"-d {shlex.quote(json.dumps(said))}"


def joined(*parts: str) -> str:
    return " \\\n  ".join(parts)


TRIES: dict[str, Callable[[str, Mapping[str, str]], str]] = {
    "segment": segment,
    "upload": upload,
    "segment-webhook": segment_webhook,
    "mparticle": mparticle,
    "eventbridge": eventbridge,
}
