"""Builds the front from the settings."""

from django.conf import settings

from config.front.app import Front, Limits
from config.front.bodies import Memory
from config.front.doors import Door
from config.front.gateway import Application

PAGES_IN_HAND = 256
UPLOAD_THREADS, UPLOADS_IN_HAND = 2, 8
INGEST_PREFIXES = ("/1/", "/v1/", "/in/")
INGEST_HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


def front(application: Application) -> Front:
    """One for each process: the limits are a process's own."""
    return Front(
        application,
        pages=Door("pages", settings.WEB_THREADS, PAGES_IN_HAND),
        ingest=Door("ingest", settings.INGEST_THREADS, settings.INGEST_WAITING, settings.KEY_AT_ONCE),
        uploads=Door("uploads", UPLOAD_THREADS, UPLOADS_IN_HAND),
        memory=Memory(settings.BYTES_IN_HAND),
        limits=Limits(
            body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0,
            body_seconds=settings.BODY_SECONDS,
            ingest_prefixes=INGEST_PREFIXES,
            ingest_headers=INGEST_HEADERS,
        ),
    )
