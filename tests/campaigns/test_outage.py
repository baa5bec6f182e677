"""However long the other side is away, nobody is lost: what tries it again is one request, and no try of anybody's."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.delivery import deliver
from campaigns.delivery.dispatch import ATTEMPTS
from campaigns.models import Batch, Run
from connectors import health, http
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, in_a_minute, plan_all, states
from tests.connectors.servers import Server, says

pytestmark = pytest.mark.django_db

PEOPLE = 60


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(default=says(503, "away")) as running:
        yield running
    http.close()


def failing_run(server: Server) -> Run:
    """Planned in batches of ten, each message a request, over a connection whose breaker has opened."""
    factories.people(PEOPLE)
    over = Connection.objects.create(
        name="Hook", kind="webhook", config={"url": server.url}, failures=health.BREAKER_OPENS_AT
    )
    return plan_all(factories.run(factories.campaign(over)))


def deliver_at(run: Run, minutes: int) -> None:
    now = SOON + timedelta(minutes=minutes)
    deliver(run.pk, clock=lambda: now, until=in_a_minute())


def test_an_outage_of_a_day_fails_nobody(exports: Path, server: Server, settings: Any) -> None:
    settings.BATCH_SIZE = PEOPLE
    run = failing_run(server)

    for minute in range(0, 60 * 24, 60):
        deliver_at(run, minute)

    assert len(server.requests) == 24 > ATTEMPTS
    assert states(run) == {("queued", ""): PEOPLE}
    assert Batch.objects.get(run=run).attempts == 0
    server.default = says(200)
    for minute in range(60 * 24, 60 * 24 + 30, 5):
        deliver_at(run, minute)
    assert states(run) == {("accepted", ""): PEOPLE}


def test_one_request_tries_whether_the_other_side_answers_again(exports: Path, server: Server) -> None:
    run = failing_run(server)

    deliver_at(run, 0)
    assert len(server.requests) == 1

    server.default = says(200)
    deliver_at(run, 2)
    assert states(run) == {("accepted", ""): PEOPLE}
    assert Connection.objects.get().failures == 0


def test_a_wait_that_is_named_counts_from_the_answer_not_from_the_question(exports: Path, server: Server) -> None:
    server.default = says(429, Retry_After="300")
    factories.people(PEOPLE)
    over = Connection.objects.create(name="Hook", kind="webhook", config={"url": server.url})
    run = plan_all(factories.run(factories.campaign(over)))
    answered = SOON + timedelta(seconds=9)

    deliver(run.pk, clock=lambda: answered if server.requests else SOON, until=in_a_minute())

    waits = Connection.objects.select_related("scope").get().scope
    assert waits is not None
    assert waits.not_before == answered + timedelta(seconds=300)
    assert not Batch.objects.filter(run=run, not_before__gt=SOON, not_before__lt=answered).exists()
