"""When an answer may be given again: the same question about the same data on the same day, a few minutes ago."""

import hashlib
import json
import uuid
from datetime import datetime, timedelta

from django.db import connection

from segments.context import Context
from segments.models import Computation
from segments.registry import TABLES, Json

MAX_AGE = timedelta(minutes=5)  # “in the last 24 hours” goes on moving
KEPT = timedelta(hours=1)

# Counters of written rows, kept by PostgreSQL for each table and partition: they cost nothing to read and are at most
# some seconds behind. A changed segment can be part of any rule.
VERSION = """
    SELECT COALESCE(sum(pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
                        + pg_stat_get_tuples_deleted(c.oid)), 0),
           count(*), (SELECT extract(epoch FROM max(updated_at)) FROM segments_segment)
    FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.relkind = 'r' AND (c.relname = ANY(%(tables)s) OR i.inhparent::regclass::text = ANY(%(tables)s))
"""


def key_of(kind: str, counted: Json, context: Context) -> uuid.UUID:
    """What is asked, as one value; periods begin with a day of the account's zone."""
    asked = json.dumps([kind, counted, context.zone.key, context.today.isoformat()], sort_keys=True)
    return uuid.UUID(bytes=hashlib.md5(asked.encode(), usedforsecurity=False).digest())


def version() -> str:
    """How the data stands: another text as soon as a person, an event or a list was written."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION, {"tables": TABLES})
        written, tables, changed = cursor.fetchone()
    return f"{written}-{tables}-{changed or 0}"


def known(key: uuid.UUID, version: str, context: Context) -> Computation | None:
    """The newest exact answer that still holds."""
    fresh = Computation.objects.filter(
        key=key, version=version, state=Computation.State.DONE, answered_at__gt=context.now - MAX_AGE
    )
    return fresh.order_by("-answered_at").first()


def purge(now: datetime) -> None:
    """Nobody asks for these any more."""
    Computation.objects.filter(asked_at__lt=now - KEPT).delete()
