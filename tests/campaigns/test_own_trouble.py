"""Whom the other side never takes is given up at last, and holds up nobody else over the connection."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from django.db.models import Min

from campaigns.delivery import deliver
from campaigns.models import Batch, Run
from connectors import health, http
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, in_a_minute, plan_all, states
from tests.connectors.servers import Play, Server, says

pytestmark = pytest.mark.django_db

PEOPLE = 60
REFUSALS = [says(500), says(503, Retry_After="300"), says(429, Retry_After="300")]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
    http.close()


def refuses(every: int, answer: Play) -> Play:
    """One of so many people that come in, for ever; all others are taken."""
    seen: dict[str, int] = {}

    async def answers(request: web.Request) -> web.StreamResponse:
        nth = seen.setdefault(orjson.loads(await request.read())["data"]["message_id"], len(seen))
        return await answer(request) if nth % every == 0 else web.Response(text="ok")

    return answers


def planned(over: Connection) -> Run:
    return plan_all(factories.run(factories.campaign(over)))


def connection(server: Server) -> Connection:
    factories.people(PEOPLE)
    return Connection.objects.create(name="Hook", kind="webhook", config={"url": server.url})


def until_over(*runs: Run, tries: int = 400) -> datetime:
    """Workers look whenever something may be sent; when the last run was over."""
    now = SOON
    for _ in range(tries):
        for run in runs:
            deliver(run.pk, clock=lambda now=now: now, until=in_a_minute())  # type: ignore[misc]
        due = Batch.objects.filter(run__in=runs, state="queued").aggregate(at=Min("not_before"))["at"]
        if due is None:
            return now
        over = Connection.objects.select_related("scope").get()
        waits = [over.not_before, over.scope.not_before if over.scope else None, due]
        now = max(now + timedelta(milliseconds=300), *(at for at in waits if at))
    raise AssertionError("The runs never end.")


@pytest.mark.parametrize("answer", REFUSALS)
def test_one_person_who_is_never_taken_is_given_up_and_opens_no_breaker(
    exports: Path, server: Server, answer: Play
) -> None:
    server.default = refuses(10**6, answer)
    run = planned(connection(server))

    ended = until_over(run)

    assert states(run) == {("accepted", ""): PEOPLE - 1, ("failed", "provider_unavailable"): 1}
    assert Connection.objects.get().failures == 0
    assert timedelta(hours=1) < ended - SOON < timedelta(hours=2)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_lone_message_that_is_never_taken_holds_up_others_once(exports: Path, server: Server, answer: Play) -> None:
    factories.people(1)
    over = Connection.objects.create(name="Hook", kind="webhook", config={"url": server.url})
    server.default = answer
    lone = planned(over)
    for minutes in (0, 5, 10, 20):
        now = SOON + timedelta(minutes=minutes)
        deliver(lone.pk, clock=lambda now=now: now, until=in_a_minute())  # type: ignore[misc]

    over = Connection.objects.select_related("scope").get()

    assert Batch.objects.get(run=lone).attempts == 4
    assert (over.failures < 2, health.waits_until(over, SOON + timedelta(minutes=6))) == (True, None)


@pytest.mark.parametrize("every", [2, 3, 10])
def test_many_who_are_never_taken_keep_nobody_from_being_asked(exports: Path, server: Server, every: int) -> None:
    server.default = refuses(every, says(500))
    run = planned(connection(server))

    until_over(run)

    assert states(run) == {
        ("accepted", ""): PEOPLE - PEOPLE // every,
        ("failed", "provider_unavailable"): PEOPLE // every,
    }
