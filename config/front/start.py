"""Builds the front from the settings."""

from django.conf import settings

from config.front.app import Front, Limits, Memories
from config.front.bodies import Memory
from config.front.doors import Door
from config.front.gateway import Application
from config.front.keys import IsGood, KeyOf, Keys

PAGES_IN_HAND = LOOK_UPS_IN_HAND = 256
OF_ONE_ADDRESS = 4  # one part in so many is what one address may have in hand
KEYLESS_THREADS = 2
UPLOAD_THREADS, UPLOADS_IN_HAND = 4, 8
KEYLESS_BYTES = 1024 * 1024
INGEST_PREFIXES = ("/1/", "/v1/", "/in/")
SIGNED_PREFIX = "/in/segment/"
INGEST_HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


def front(application: Application, key_of: KeyOf, is_good: IsGood) -> Front:
    """One for each process: the limits are a process's own."""
    body_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    return Front(
        application=application,
        pages=Door("pages", settings.WEB_THREADS, *shared(PAGES_IN_HAND)),
        ingest=Door("ingest", settings.INGEST_THREADS, settings.INGEST_WAITING, settings.KEY_AT_ONCE, "key"),
        keyless=Door("keyless", KEYLESS_THREADS, *shared(settings.INGEST_WAITING)),
        uploads=Door("uploads", UPLOAD_THREADS, UPLOADS_IN_HAND),
        keys=Keys(key_of, is_good, Door("keys", 1, *shared(LOOK_UPS_IN_HAND))),
        memories=Memories(memory(1 / 4, "address"), memory(1 / 4, "address"), memory(3 / 4, "key")),
        limits=Limits(
            body_bytes=body_bytes,
            keyless_bytes=min(KEYLESS_BYTES, body_bytes),
            body_seconds=settings.BODY_SECONDS,
            upload_pace=settings.UPLOAD_PACE,
            behind_proxy=settings.BEHIND_PROXY,
            ingest_prefixes=INGEST_PREFIXES,
            signed_prefix=SIGNED_PREFIX,
            ingest_headers=INGEST_HEADERS,
        ),
    )


def shared(most: int) -> tuple[int, int]:
    """How many there may be in hand, and of them of one address."""
    return most, max(most // OF_ONE_ADDRESS, 1)


def memory(share: float, of: str) -> Memory:
    """Of all bytes in hand; however few these are, the largest body fits."""
    least = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    most = max(int(settings.BYTES_IN_HAND * share), least)
    return Memory(most, most_of_one=max(most // 2, least), of=of)
