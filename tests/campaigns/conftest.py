"""Where the pipeline's tests write their files."""

from pathlib import Path

import pytest
from pytest_django import Settings

from people import partitions
from tests.factories import NOW


@pytest.fixture
def exports(tmp_path: Path, settings: Settings, db: None) -> Path:
    """The file connection's directory; batches are of ten people."""
    partitions.ensure("campaigns_delivery", now=NOW, since=NOW)
    settings.EXPORTS, settings.BATCH_SIZE = tmp_path, 10
    return tmp_path
