"""Two connections with one credential go through the sender together no faster than one of them may."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.delivery import deliver, ledger
from campaigns.delivery.job import job_of
from campaigns.models import Run
from campaigns.tasks import due
from connectors import http
from connectors.models import Connection
from connectors.secrets import seal
from tests import factories
from tests.campaigns.delivery import SOON, in_a_minute, plan_all, states
from tests.connectors.servers import Server, says

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
    http.close()


def run_over(server: Server, name: str, key: str, rate: int | None) -> Run:
    over = Connection.objects.create(
        name=name, kind="segment", config={"url": server.url}, secrets=seal({"write_key": key}), rate_per_second=rate
    )
    return plan_all(factories.run(factories.campaign(over)))


def sent_each_second(server: Server, runs: list[Run], seconds: int) -> list[int]:
    """How many messages have come in at the end of each, where workers look ten times in it."""
    found = []
    for second in range(seconds):
        for tenth in range(10):
            now = SOON + timedelta(seconds=second + tenth / 10)
            for run in runs:
                deliver(run.pk, clock=lambda now=now: now, until=in_a_minute())  # type: ignore[misc]
        found.append(sum(len(request.ids) for request in server.requests))
    return found


def test_two_connections_with_one_credential_keep_to_one_rate(exports: Path, server: Server) -> None:
    factories.people(30)
    runs = [run_over(server, "Ours", "key", 10), run_over(server, "Theirs", "key", None)]

    counts = sent_each_second(server, runs, 7)

    assert all(count <= 10 * (second + 1) + 10 for second, count in enumerate(counts))
    assert counts[-1] == 60
    assert [states(run) for run in runs] == [{("accepted", ""): 30}] * 2


def test_with_two_credentials_each_keeps_to_its_own(exports: Path, server: Server) -> None:
    factories.people(30)
    runs = [run_over(server, "Ours", "key", 10), run_over(server, "Theirs", "another", None)]

    assert sent_each_second(server, runs, 1)[0] >= 40


def test_who_is_asked_to_wait_makes_the_other_wait(exports: Path, server: Server) -> None:
    factories.people(5)
    runs = [run_over(server, "Ours", "key", None), run_over(server, "Theirs", "key", None)]
    server.answers.append(says(429, Retry_After="9"))

    for at in (0.0, 8.0, 9.0):
        for run in runs:
            deliver(run.pk, clock=lambda at=at: SOON + timedelta(seconds=at), until=in_a_minute())  # type: ignore[misc]
        if at < 9:
            assert len(server.requests) == 1

    assert [states(run) for run in runs] == [{("accepted", ""): 5}] * 2


def test_no_worker_is_woken_for_who_waits(exports: Path, server: Server) -> None:
    factories.people(5)
    runs = [run_over(server, "Ours", "key", None), run_over(server, "Theirs", "key", None)]
    server.answers.append(says(429, Retry_After="9"))
    deliver(runs[0].pk, clock=lambda: SOON, until=in_a_minute())
    early, late = SOON + timedelta(seconds=8), SOON + timedelta(seconds=9)

    assert due(early, 10) == []
    assert [ledger.claim(job_of(run), now=early) for run in runs] == [None, None]
    assert sorted(due(late, 10)) == sorted(("campaigns.deliver", run.pk) for run in runs)
