"""Files that runs and tests were written to: kept for some days, then removed."""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.models import Run
from connectors import file_clearing

logger = logging.getLogger(__name__)
EACH = 500  # runs that are asked for at once


def clear(now: datetime, until: float) -> None:
    """Remove the files of runs that were over so many days ago, for as long as there is time. Safe to kill, and to run
    twice: what lies on the disk tells what is left to do."""
    if not settings.EXPORT_DAYS:
        return
    before = now - timedelta(days=settings.EXPORT_DAYS)
    try:
        file_clearing.remove_tests(settings.EXPORTS, before)
        for run, folder in stored(before):
            if time.monotonic() >= until:
                return
            clear_run(run, folder, before)
    except OSError:
        logger.exception("Old files cannot be removed")


def stored(before: datetime) -> list[tuple[int, str]]:
    """(run, folder) of those that are over and still have files."""
    folders = file_clearing.runs(settings.EXPORTS)
    campaigns = sorted({campaign for campaign, _ in folders})
    found = []
    for some in (campaigns[start : start + EACH] for start in range(0, len(campaigns), EACH)):
        rows = over(before).filter(campaign__in=some).order_by("pk").values_list("pk", "campaign_id", "number")
        found += [(pk, folders[campaign, number]) for pk, campaign, number in rows if (campaign, number) in folders]
    return found


def over(before: datetime) -> QuerySet[Run]:
    """Nothing of theirs is written any more, and whoever presses to try them again finds their rows locked."""
    done = Q(state=Run.State.COMPLETED, completed_at__lt=before) | Q(state=Run.State.STOPPED, closed_at__lt=before)
    return Run.objects.filter(done, connection__kind=file_clearing.KIND)


@transaction.atomic
def clear_run(pk: int, folder: str, before: datetime) -> None:
    """Under the lock that trying again takes: it finds all of the files, or none and refuses."""
    locked = over(before).filter(pk=pk).select_for_update(no_key=True, of=("self",), skip_locked=True)
    if locked.values_list("pk").first():
        file_clearing.remove(settings.EXPORTS, folder)
        logger.info("Removed the files of run %d; files are kept for BELFRY_EXPORT_DAYS (%d)", pk, settings.EXPORT_DAYS)
