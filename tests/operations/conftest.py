"""The real workers for tests that need them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.stack import HURRIED, Stack, installation


@pytest.fixture
def stack(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """An installation with a database of its own; this test's models read and write there."""
    with django_db_blocker.unblock(), installation(tmp_path, **HURRIED) as made:
        yield made
