"""The real workers, and a server that remembers what it was sent, each in processes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.crash import recorder
from tests.crash.recorder import Recorder
from tests.stack import Stack, installation

# Small batches and short times, so that much can go wrong in little time.
HURRIED = {
    "BELFRY_WATCHDOG_SECONDS": "2",
    "BELFRY_TASK_SECONDS": "1",
    "BELFRY_LEASE_SECONDS": "3",
    "BELFRY_CLOCK_SECONDS": "0.05",
    "BELFRY_BATCH_SIZE": "100",
    "BELFRY_PLAN_CHUNK": "4000",
    "BELFRY_ALLOW_PRIVATE_ADDRESSES": "1",
}


@pytest.fixture
def stack(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """An installation with a database of its own; this test's models read and write there."""
    with django_db_blocker.unblock(), installation(tmp_path, **HURRIED) as made:
        yield made


@pytest.fixture
def recording() -> Iterator[Recorder]:
    with recorder.running() as made:
        yield made
