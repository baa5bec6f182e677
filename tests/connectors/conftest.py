"""Fixtures of the connectors' tests: a recording server, a wire with short patience."""

from collections.abc import Iterator

import aiohttp
import pytest

from connectors import http
from connectors.http import Client
from tests.connectors.servers import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def wire() -> Iterator[Client]:
    yield Client(http.client().session)
    http.close()


@pytest.fixture
def impatient() -> Iterator[Client]:
    """Waits a moment for an answer, not fifteen seconds."""
    yield Client(http.client().session, timeout=aiohttp.ClientTimeout(total=0.3))
    http.close()
