"""The real web server in one process, with small limits, for floods and slow clients."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.people.pressure.wire import Server
from tests.stack import installation

LIMITS = {
    "BELFRY_WEB_PROCESSES": "1",
    "BELFRY_INGEST_WAITING": "32",
    "BELFRY_KEY_AT_ONCE": "15",
    "BELFRY_BODY_SECONDS": "2",
    "BELFRY_INGEST_THREADS": "4",
    "BELFRY_LOG_LEVEL": "ERROR",
}


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Server]:
    """With the module's own LIMITS where it has some."""
    limits = {**LIMITS, **getattr(request.module, "LIMITS", {})}
    with django_db_blocker.unblock(), installation(tmp_path_factory.mktemp("web"), **limits) as stack:
        yield Server(int(stack.start_web().rpartition(":")[2]), stack.processes[0].pid)
