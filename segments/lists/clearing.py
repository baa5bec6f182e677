"""Removes what an upload left behind once nobody needs it: the file, members, unmatched lines."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from psycopg.sql import SQL, Identifier

from people import uploads
from people.uploads import State
from segments.models import ListUpload

logger = logging.getLogger(__name__)
# A rule that was compiled before the new upload came in still reads the old one: a run plans for minutes.
GRACE = timedelta(hours=1)
BATCH = 20_000
ACTIVE = (State.WAITING, State.RUNNING)
ENDED = (State.STOPPED, State.FAILED)
FOLDER = "lists"

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
    """Uploads of deleted lists, those older than one that is the list for long enough, and those that nobody went on
    with for as long as files are kept."""
    replaced = Q(pk__lt=F("list__current_id"), list__current__completed_at__lt=now - GRACE)
    left = Q(list=None) | replaced
    if settings.UPLOAD_DAYS:
        left |= Q(state__in=ENDED, completed_at__lt=kept_since(now))
    return ListUpload.objects.filter(left, is_cleared=False).exclude(state__in=ACTIVE)


def clear(pk: int, until: float, now: datetime) -> None:
    """The file first, then in batches until the time is up. Safe to run twice, or in two workers."""
    upload = without_file(pk, now)
    if upload is None:
        return
    for _ in batches(upload.pk):
        if time.monotonic() >= until:
            return
    ListUpload.objects.filter(pk=pk).update(is_cleared=True)
    if upload.list_id is None:
        ListUpload.objects.filter(pk=pk, list=None).delete()


@transaction.atomic
def without_file(pk: int, now: datetime) -> ListUpload | None:
    """Under the lock that going on with it takes: whoever does so later finds no file, and adds nobody."""
    upload = spent(now).filter(pk=pk).select_for_update(of=("self",)).first()
    if upload is not None and (file := uploads.file_of(upload)).exists():
        file.unlink()
        logger.info("Removed the file of upload %d to a custom list", pk)
    return upload


def remove_strays(now: datetime) -> None:
    """Files in the folder of lists that no upload needs."""
    wanted = ListUpload.objects.filter(is_cleared=False).exclude(state=State.COMPLETED)
    if settings.UPLOAD_DAYS:
        uploads.remove_strays(wanted, FOLDER, kept_since(now))


def kept_since(now: datetime) -> datetime:
    return now - timedelta(days=settings.UPLOAD_DAYS)


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
