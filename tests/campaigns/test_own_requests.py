"""What one campaign's words earn at a webhook's receiver, and what any test earns, stops no other campaign."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from accounts.models import AuditEntry
from campaigns import editor, testing
from campaigns.delivery import testing as delivery
from campaigns.models import Campaign, Delivery, TestMessage
from campaigns.testing import Wanted
from connectors import http
from connectors.models import Call, Connection, Notice
from people.models import Profile
from tests import factories
from tests.campaigns.delivery import send, states
from tests.connectors.servers import Play, Server, hangs, says

pytestmark = pytest.mark.django_db

PLAIN = {"": [("title", "Hello")]}
OWN = {"": [("@path", "/people/{{ profile.identity }}"), ("title", "Hello")]}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    http.close()


def only_at(path: str, status: int) -> Play:
    """A receiver that takes what comes to `path` and answers everything else with `status`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=204 if request.path == path else status, headers={"Location": "/login"})

    return answer


def hook(server: Server) -> Connection:
    return Connection.objects.create(name="Hook", kind="webhook", config={"url": f"{server.url}/in"})


def well(over: Connection) -> tuple[str, int, int, int]:
    """Its state, its failures, what its owner was told, and who paused it how often."""
    over.refresh_from_db()
    told = Notice.objects.filter(connection=over).count()
    return over.state, over.failures, told, AuditEntry.objects.filter(action="paused").count()


@pytest.mark.parametrize("status", [302, 401, 403, 404, 410])
def test_a_path_of_the_campaigns_own_that_is_not_taken_fails_its_messages_alone(exports: Any, status: int) -> None:
    factories.people(12)
    with Server(default=only_at("/in", status)) as server:
        over = hook(server)
        own = send(factories.run(factories.campaign(over, copies=OWN)))
        plain = send(factories.run(factories.campaign(over, copies=PLAIN)))

    assert states(own) == {("failed", "rejected_by_provider"): 12}
    assert states(plain) == {("accepted", ""): 12}
    assert well(over) == ("active", 0, 0, 0)
    assert Delivery.objects.filter(run=own).earliest("profile_id").answer == (
        f"The receiver answered {status}. The copy itself chose how the receiver is asked: POST /people/person-1. "
        "Correct that at the step What."
    )


def tried(over: Connection, person: Profile, copies: Any) -> TestMessage:
    campaign: Campaign = factories.campaign(over, copies=copies, state="draft")
    test = testing.start(editor.load(campaign.pk), Wanted([person.pk]), by=factories.user(), now=factories.NOW)
    delivery.send(test.pk, now=factories.NOW)
    message = test.messages.get()
    assert isinstance(message, TestMessage)
    return message


@pytest.mark.parametrize("copies", [PLAIN, OWN])
@pytest.mark.parametrize("status", [302, 401, 403, 404, 405, 410, 500, 503])
def test_no_test_pauses_a_connection_and_the_tester_is_told(exports: Any, status: int, copies: Any) -> None:
    person = factories.person(identity="ana")
    testing.add(person, by=factories.user(), now=factories.NOW)
    with Server(default=says(status, "No", Location="/login")) as server:
        over = hook(server)
        answers = [tried(over, person, copies) for _ in range(6)]

    assert {(each.state, str(status) in each.answer) for each in answers} == {("failed", True)}
    assert well(over) == ("active", 0, 0, 0)
    assert (over.last_error, over.last_failure_at, over.not_before) == ("", None, None)
    assert set(Call.objects.values_list("status", "is_test")) == {(str(status), True)}


def test_a_test_that_nobody_answers_stops_nobody_either(exports: Any, settings: Any) -> None:
    settings.TASK_SECONDS = 0.2
    person = factories.person(identity="ana")
    testing.add(person, by=factories.user(), now=factories.NOW)
    with Server(default=hangs) as server:
        over = hook(server)
        answers = [tried(over, person, PLAIN) for _ in range(6)]
        http.close()

    assert {each.state for each in answers} == {"unknown"}
    assert well(over) == ("active", 0, 0, 0)
