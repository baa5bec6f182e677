"""The file that a run was written to, where its connection writes one."""

import re
from pathlib import Path

from campaigns.delivery.job import folder_of
from campaigns.models import Run
from connectors import registry

TYPES = {".csv": "text/csv; charset=utf-8", ".ndjson": "application/x-ndjson"}


def kept(run: Run) -> Path | None:
    """It is there once the run is complete, or was stopped."""
    return registry.kept(folder_of(run.campaign_id, run.number))


def name(run: Run, path: Path) -> str:
    """A name that every system takes: letters, digits and dashes."""
    words = re.sub(r"[^a-z0-9]+", "-", run.campaign.name.lower()).strip("-")[:60] or "campaign"
    return f"{words}-run-{run.number}{path.suffix}"


def content_type(path: Path) -> str:
    return TYPES.get(path.suffix, "application/octet-stream")
