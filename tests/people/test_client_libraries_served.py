"""The libraries for servers against the real web server, which lets a key send one request a second."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from accounts import api_keys
from people.models import SeenMessage
from tests.people.facts import summary_of
from tests.people.libraries import LIBRARIES, charged
from tests.stack import installation

pytestmark = pytest.mark.stack
LIMITS = {"BELFRY_WEB_PROCESSES": "1", "BELFRY_KEY_REQUESTS_PER_SECOND": "1", "BELFRY_LOG_LEVEL": "ERROR"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with django_db_blocker.unblock(), installation(tmp_path_factory.mktemp("web"), **LIMITS) as stack:
        yield stack.start_web()


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_that_is_told_to_slow_down_loses_nothing(address: str, name: str):
    library, before = LIBRARIES[name], SeenMessage.objects.count()
    many = 2 * library.batch
    _, key = api_keys.issue(name, ["ingest"], None)

    complaints = library.tell(charged(many, by=name), host=address, key=key, retries=5)

    assert (complaints, SeenMessage.objects.count() - before) == ([], many)
    assert summary_of(name)["Charged"][0] == many
