"""The file that a run was written to, where its connection writes one."""

import re
from pathlib import Path

from django.conf import settings

from campaigns.delivery.job import folder_of
from campaigns.models import Run
from connectors import file_clearing, registry

TYPES = {".csv": "text/csv; charset=utf-8", ".ndjson": "application/x-ndjson"}


def kept(run: Run) -> Path | None:
    """It is there while the run is complete, or was stopped and put together: then it is this run's own, written over
    whatever lay there before. Exports may be older than the database and hold another's run of the same number."""
    if run.connection is None or not (run.state == Run.State.COMPLETED or run.closed_at):
        return None
    kind = registry.DESTINATIONS.get(run.connection.kind)
    return kind.kept(folder_of(run.campaign_id, run.number)) if kind else None


def gone(run: Run) -> str:
    """What became of the file that a run wrote, in words; "" where it is there, or none was to be."""
    if is_removed(run):
        return f"The file was removed{file_clearing.kept_for(settings.EXPORT_DAYS)}."
    return "" if not wrote(run) or kept(run) else "The file is no longer on this server."


def is_removed(run: Run) -> bool:
    """With its parts, so nothing can be added to it."""
    folder = folder_of(run.campaign_id, run.number)
    return wrote(run) and file_clearing.is_removed(settings.EXPORTS, folder)


def wrote(run: Run) -> bool:
    """Whether the run is over and went out over a connection that writes files."""
    is_over = run.state == Run.State.COMPLETED or bool(run.closed_at)
    return is_over and run.connection is not None and run.connection.kind == file_clearing.KIND


def name(run: Run, path: Path) -> str:
    """A name that every system takes: letters, digits and dashes."""
    words = re.sub(r"[^a-z0-9]+", "-", run.campaign.name.lower()).strip("-")[:60] or "campaign"
    return f"{words}-run-{run.number}{path.suffix}"


def content_type(path: Path) -> str:
    return TYPES.get(path.suffix, "application/octet-stream")
