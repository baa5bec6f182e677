"""The libraries for servers try again when they are told to wait or hear nothing: nothing is lost, nothing doubled."""

import logging

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from people.models import SeenMessage
from tests.faults.proxy import Dialect, Fault, Proxy, says_unavailable, takes_it_and_breaks_off
from tests.people.facts import counts, summary_of
from tests.people.libraries import LIBRARIES, Library, charged

pytestmark = pytest.mark.django_db(transaction=True)
SEGMENT = Dialect(lambda body: [message["messageId"] for message in body["batch"]])
TIMES = 7


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    return LIBRARIES[request.param]


@pytest.mark.parametrize("fault", [says_unavailable, takes_it_and_breaks_off])
def test_all_comes_once_after_a_fault(live_server: LiveServer, ingest_key: str, library: Library, fault: Fault):
    with Proxy(live_server.url, SEGMENT, fault, times=1) as proxy:
        complaints = library.tell(charged(TIMES), host=proxy.url, key=ingest_key, retries=3)

    repeated = [id for id, times in proxy.taken.items() if times > 1]
    assert (complaints, counts(), SeenMessage.objects.count()) == ([], (1, TIMES), TIMES)
    assert bool(repeated) == (fault is takes_it_and_breaks_off)
    assert summary_of("ann")["Charged"][0] == TIMES


def test_all_comes_once_after_waiting_as_told(
    live_server: LiveServer,
    ingest_key: str,
    library: Library,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
):
    settings.KEY_REQUESTS_PER_SECOND = 1
    many = 2 * library.batch

    with caplog.at_level(logging.WARNING, logger="django.request"):
        complaints = library.tell(charged(many), host=live_server.url, key=ingest_key, retries=3)

    assert "Too Many Requests: /v1/batch" in caplog.messages
    assert (complaints, counts(), SeenMessage.objects.count()) == ([], (1, many), many)
