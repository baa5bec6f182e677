"""Builds the front from the settings."""

from django.conf import settings

from config.front.app import Front, Limits, Memories
from config.front.bodies import Memory
from config.front.doors import Door
from config.front.gateway import Application
from config.front.keys import IsGood, KeyOf, Keys

PAGES_IN_HAND = LOOK_UPS_IN_HAND = 256
UPLOAD_THREADS, UPLOADS_IN_HAND = 2, 8
KEYLESS_BYTES = 1024 * 1024
INGEST_PREFIXES = ("/1/", "/v1/", "/in/")
SIGNED_PREFIX = "/in/segment/"
INGEST_HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


def front(application: Application, key_of: KeyOf, is_good: IsGood) -> Front:
    """One for each process: the limits are a process's own."""
    body_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    return Front(
        application=application,
        pages=Door("pages", settings.WEB_THREADS, PAGES_IN_HAND),
        ingest=Door("ingest", settings.INGEST_THREADS, settings.INGEST_WAITING, settings.KEY_AT_ONCE),
        uploads=Door("uploads", UPLOAD_THREADS, UPLOADS_IN_HAND),
        keys=Keys(key_of, is_good, Door("keys", 1, LOOK_UPS_IN_HAND)),
        memories=Memories(pages=memory(1 / 4), keyless=memory(1 / 4), keyed=memory(3 / 4)),
        limits=Limits(
            body_bytes=body_bytes,
            keyless_bytes=min(KEYLESS_BYTES, body_bytes),
            body_seconds=settings.BODY_SECONDS,
            ingest_prefixes=INGEST_PREFIXES,
            signed_prefix=SIGNED_PREFIX,
            ingest_headers=INGEST_HEADERS,
        ),
    )


def memory(share: float) -> Memory:
    """Of all bytes in hand; however few these are, the largest body fits."""
    least = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    most = max(int(settings.BYTES_IN_HAND * share), least)
    return Memory(most, most_of_one=max(most // 2, least))
