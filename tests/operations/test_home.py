"""The home page, the workers light and the health answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AccountSettings
from campaigns.models import Campaign, Counter, Run
from connectors.models import Connection
from operations.models import Heartbeat
from tests import factories
from tests.campaigns.delivery import plan_all
from tests.campaigns.outcomes import tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive() -> None:
    """A clock and a worker that stamped just now."""
    supervisor = uuid4()
    for role in Heartbeat.Role.values:
        Heartbeat.objects.create(role=role, host="one", pid=1, supervisor=supervisor, at=timezone.now())


def counted(run: Run, **people: int) -> None:
    for state, number in people.items():
        Counter.objects.create(run=run, copy_id=1, state=state, hour=run.occurrence, people=number)


def text(client: Client) -> str:
    return " ".join(client.get("/").text.split())


@pytest.mark.usefixtures("alive")
def test_health_is_open_to_machines_and_says_nothing_but_health(client: Client) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"ok": True, "problems": []})


def test_health_without_workers_is_503_with_the_sentence(client: Client) -> None:
    answer = client.get("/health")

    assert answer.status_code == 503
    assert answer.json()["problems"][0].startswith("Nothing is sent: the workers are not running.")


def test_health_says_so_when_the_database_does_not_answer(client: Client) -> None:
    def silent(*statement: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(silent):
        answer = client.get("/health")

    assert (answer.status_code, answer.json()["problems"]) == (503, ["The database does not answer."])


@pytest.mark.usefixtures("alive")
def test_the_light_says_workers_fine(member: Client) -> None:
    assert "workers fine" in member.get("/workers-light").text


def test_the_light_says_what_is_wrong(member: Client) -> None:
    answer = member.get("/workers-light").text

    assert "Nothing is sent: the workers are not running" in answer
    assert "light-bad" in answer


@pytest.mark.usefixtures("alive")
def test_an_empty_installation_offers_to_bring_people_in(admin: Client) -> None:
    assert "Nobody is here yet" in text(admin)


@pytest.mark.usefixtures("alive")
def test_people_without_campaigns_lead_to_the_first_campaign(admin: Client, member: Client) -> None:
    factories.person(identity="1")

    assert "New campaign" in text(admin)
    assert "New campaign" not in text(member)


@pytest.mark.usefixtures("alive")
def test_what_is_sending_shows_progress_and_rate(admin: Client, settings: Settings) -> None:
    settings.BATCH_SIZE = 10
    factories.people(100)
    run = factories.run(factories.campaign(state=Campaign.State.RUNNING), due_at=timezone.now())
    plan_all(run, now=timezone.now())
    tried(run, {}, batches=6, now=timezone.now())
    Run.objects.update(state=Run.State.SENDING, started_at=timezone.now() - timedelta(seconds=30), completed_at=None)

    page = admin.get("/").context["home"]

    assert [(each.progress.finished, each.progress.total) for each in page.sending] == [(60, 100)]
    assert page.sending[0].words.startswith("60 of 100 · 2 a second · ends about ")


@pytest.mark.usefixtures("alive")
def test_what_waits_for_a_paused_connection_is_not_said_to_be_sending(admin: Client) -> None:
    run = factories.run(factories.campaign(state=Campaign.State.RUNNING))
    Run.objects.update(state=Run.State.SENDING, started_at=timezone.now(), planned_at=timezone.now())
    counted(run, accepted=400, queued=600)
    Connection.objects.update(state=Connection.State.PAUSED)

    page = admin.get("/")

    assert [each.words for each in page.context["home"].sending] == ["400 of 1,000 · the connection File is paused"]
    assert "Paused" in page.text
    assert "Sending</span>" not in page.text


@pytest.mark.usefixtures("alive")
def test_what_comes_next_says_how_many_people_it_was_last_time(admin: Client) -> None:
    campaign = factories.campaign(state=Campaign.State.WAITING)
    before = factories.run(campaign, due_at=timezone.now() - timedelta(days=7))
    Run.objects.update(state=Run.State.COMPLETED)
    counted(before, accepted=70, failed=3)
    soon = factories.run(campaign, due_at=timezone.now() + timedelta(days=2), number=2)
    factories.run(campaign, due_at=timezone.now() + timedelta(days=9), number=3)

    coming = admin.get("/").context["home"].coming

    assert [(each.run, each.last_time.totals.qualified) for each in coming] == [(soon, 73)]


@pytest.mark.usefixtures("alive")
def test_missed_runs_failing_connections_and_doubtful_people_need_somebody(admin: Client) -> None:
    campaign = factories.campaign()
    missed = factories.run(campaign, due_at=timezone.now() - timedelta(hours=3))
    missed.state = Run.State.MISSED
    missed.save()
    doubtful = factories.run(campaign, due_at=timezone.now() - timedelta(days=1), number=2)
    doubtful.state = Run.State.COMPLETED
    doubtful.save()
    counted(doubtful, accepted=10, unknown=2)
    Connection.objects.update(failures=3, last_error="<b>no</b>")

    page = admin.get("/").context["home"]

    assert [result.run for result in page.waiting] == [missed, doubtful]
    assert [connection.failures for connection in page.connections] == [3]
    assert "&lt;b&gt;no&lt;/b&gt;" in text(admin)


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize(("accepted", "failed", "is_said"), [(6, 3295, True), (3295, 6, False)])
def test_a_run_that_failed_for_most_needs_somebody(admin: Client, accepted: int, failed: int, is_said: bool) -> None:
    run = factories.run(factories.campaign(), due_at=timezone.now() - timedelta(hours=3))
    run.state = Run.State.COMPLETED
    run.save()
    counted(run, accepted=accepted, failed=failed)

    words = "it failed for 3,295 people, 6 were accepted. Its report says why."
    assert (words in text(admin), admin.get("/").context["home"].needs_somebody) == (is_said, is_said)


@pytest.mark.usefixtures("alive")
def test_a_paused_connection_is_a_link_and_said_once(admin: Client) -> None:
    paused = factories.file_connection(state="paused", paused_reason="They move house.")

    page = text(admin)

    assert page.count("They move house.") == 1
    assert (
        f'<a href="/connections/{paused.pk}">File</a> is paused, so nothing is sent over it. They move house.' in page
    )


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize("runs", [1, 3])
def test_the_home_page_takes_the_same_queries_however_much_goes_on(
    admin: Client, runs: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    AccountSettings.current()
    states = (Run.State.SENDING, Run.State.DUE, Run.State.COMPLETED, Run.State.MISSED)
    for number in range(runs):
        campaign = factories.campaign(state=Campaign.State.RUNNING)
        for nth, state in enumerate(states):
            at = timezone.now() + timedelta(hours=number - 1, minutes=nth)
            run = factories.run(campaign, due_at=at, number=nth + 1)
            Run.objects.filter(pk=run.pk).update(state=state, started_at=at)
            counted(run, accepted=1)

    with django_assert_num_queries(22):
        admin.get("/")


def test_demo_data_is_called_made_up(admin: Client) -> None:
    assert "made up" not in text(admin)

    AccountSettings.objects.update(demo_data=True)

    assert "names, addresses and devices are made up" in text(admin)
