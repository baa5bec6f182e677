"""Files that people uploaded for an import: kept for some days once it is over, then removed."""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from people import uploads
from people.models import Import
from people.uploads import State

logger = logging.getLogger(__name__)
FOLDER = "imports"
LEFT = "Nobody said what its columns become, so it brought nothing. Upload the file again."
ENDED = (State.COMPLETED, State.FAILED, State.STOPPED)


def clear(now: datetime, until: float) -> None:
    """Remove the files of imports that were over, or were left at their columns, so many days ago, for as long as there
    is time. Safe to kill, and to run twice: the rows tell what is left to do."""
    if not settings.UPLOAD_DAYS:
        return
    before = now - timedelta(days=settings.UPLOAD_DAYS)
    for pk in list(over(before).order_by("pk").values_list("pk", flat=True)):
        if time.monotonic() >= until:
            return
        try:
            clear_import(pk, before, now)
        except OSError:
            logger.exception("The file of import %d cannot be removed", pk)
    uploads.remove_strays(Import.objects.filter(file_removed_at=None), FOLDER, before)


def over(before: datetime) -> QuerySet[Import]:
    """Those that no worker reads from, and that still have their file."""
    done = Q(state__in=ENDED, completed_at__lt=before) | Q(state=State.MAPPING, created_at__lt=before)
    return Import.objects.filter(done, file_removed_at=None)


@transaction.atomic
def clear_import(pk: int, before: datetime, now: datetime) -> None:
    """Under the lock that going on with it takes: it finds the file, or is told that it is gone. The file goes first:
    killed in between, it is done again."""
    upload = over(before).filter(pk=pk).select_for_update(skip_locked=True).first()
    if upload is None:
        return
    uploads.file_of(upload).unlink(missing_ok=True)
    upload.file_removed_at, upload.mapping = now, {**upload.mapping, "looks": []}
    upload.save(update_fields=["file_removed_at", "mapping"])
    uploads.failed(upload, LEFT, now=now, while_it_is=State.MAPPING)
    logger.info("Removed the file of import %d; files are kept for BELFRY_UPLOAD_DAYS (%d)", pk, settings.UPLOAD_DAYS)
