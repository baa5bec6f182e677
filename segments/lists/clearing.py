"""Removes what an upload left behind once nobody needs it: members, unmatched lines, the file."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet
from psycopg.sql import SQL, Identifier

from people import uploads
from people.uploads import State
from segments.models import ListUpload

# A rule that was compiled before the new upload came in still reads the old one: a run plans for minutes.
GRACE = timedelta(hours=1)
BATCH = 20_000
ACTIVE = (State.WAITING, State.RUNNING)

DELETE = SQL("""
WITH batch AS (
    SELECT {key} FROM {table} WHERE upload_id = %(upload)s AND {key} > %(after)s ORDER BY {key} LIMIT %(batch)s
), gone AS (
    DELETE FROM {table} t USING batch WHERE t.upload_id = %(upload)s AND t.{key} = batch.{key} RETURNING t.{key}
)
SELECT max({key}) FROM gone
""")
PARTS = (("segments_listmember", "profile_id"), ("segments_listunmatched", "line"))


def spent(now: datetime) -> QuerySet[ListUpload]:
    """Uploads of deleted lists, and those older than one that is the list for long enough."""
    replaced = Q(pk__lt=F("list__current_id"), list__current__completed_at__lt=now - GRACE)
    return ListUpload.objects.filter(Q(list=None) | replaced, is_cleared=False).exclude(state__in=ACTIVE)


def clear(pk: int, until: float, now: datetime) -> None:
    """Delete in batches until the time is up. Safe to run twice, or in two workers."""
    upload = spent(now).filter(pk=pk).first()
    if upload is None:
        return
    for _ in batches(upload.pk):
        if time.monotonic() >= until:
            return
    uploads.file_of(upload).unlink(missing_ok=True)
    ListUpload.objects.filter(pk=pk).update(is_cleared=True)
    if upload.list_id is None:
        ListUpload.objects.filter(pk=pk, list=None).delete()


def batches(upload: int) -> Iterator[int]:
    """Each batch is a transaction of its own; yields the key it went up to."""
    for table, key in PARTS:
        after = 0
        while (after := deleted(table, key, upload, after) or 0) > 0:
            yield after


def deleted(table: str, key: str, upload: int, after: int) -> int | None:
    """The highest key of those deleted; None where there were none above `after`."""
    statement = DELETE.format(table=Identifier(table), key=Identifier(key))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"upload": upload, "after": after, "batch": BATCH})
        highest: int | None = cursor.fetchone()[0]
    return highest
