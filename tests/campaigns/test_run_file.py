"""The file of a run is downloaded from its report, by those who may take people's data along, and noted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from campaigns import lifecycle
from campaigns.delivery.stopping import stop
from campaigns.models import Run
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, deliver_all, in_a_minute, lines, plan_all, send

pytestmark = pytest.mark.django_db


def sent_run(**config: str) -> Run:
    factories.person(identity="ana", email="ana@example.com")
    over = Connection.objects.create(name="Table", kind="file", config=config)
    return send(factories.run(factories.campaign(over)))


def downloaded(client: Client, run: Run) -> tuple[bytes, Any]:
    answer: Any = client.get(f"/campaigns/runs/{run.pk}/file")
    return b"".join(answer.streaming_content), answer


@pytest.mark.parametrize(("kept_as", "kind"), [("csv", "text/csv; charset=utf-8"), ("ndjson", "application/x-ndjson")])
def test_the_file_of_a_run_is_downloaded_as_it_lies_there(
    creator: Client, exports: Path, kept_as: str, kind: str
) -> None:
    run = sent_run(format=kept_as)

    content, answer = downloaded(creator, run)

    assert content == (exports / f"campaign-{run.campaign_id}" / f"run-1.{kept_as}").read_bytes()
    assert (answer.headers["Content-Type"], answer.headers["Content-Disposition"]) == (
        kind, f'attachment; filename="win-back-run-1.{kept_as}"',
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="exported")
    assert (entry.object_id, entry.changes) == (str(run.campaign_id), {"run": ["", 1]})


def test_only_those_who_may_export_see_the_link_and_get_the_file(
    creator: Client, member: Client, exports: Path
) -> None:
    run = sent_run(format="csv")
    page, link = f"/campaigns/{run.campaign_id}/", f'href="/campaigns/runs/{run.pk}/file"'

    assert (creator.get(page).text.count(link), member.get(page).text.count(link)) == (1, 0)
    assert member.get(f"/campaigns/runs/{run.pk}/file").status_code == 403
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_a_run_that_wrote_no_file_offers_none(creator: Client, exports: Path) -> None:
    run = sent_run()
    (exports / f"campaign-{run.campaign_id}" / "run-1.ndjson").unlink()

    assert "/file" not in creator.get(f"/campaigns/{run.campaign_id}/").text
    assert creator.get(f"/campaigns/runs/{run.pk}/file").status_code == 404


def offered(client: Client, run: Run) -> list[object]:
    """Whether the report links to the file, and what its address answers."""
    link = f"/campaigns/runs/{run.pk}/file"
    answer: Any = client.get(link)
    b"".join(answer)  # to its end, which closes the file
    return [link in client.get(f"/campaigns/{run.campaign_id}/").text, answer.status_code]


def lying_there(exports: Path, run: Run) -> Path:
    """A stranger's file: the folder of exports is older than the database."""
    found = exports / f"campaign-{run.campaign_id}" / "run-1.ndjson"
    found.parent.mkdir(parents=True)
    found.write_bytes(b'{"userId": "stranger"}\n')
    return found


def test_a_run_over_another_connection_offers_no_file_that_lies_there(creator: Client, exports: Path) -> None:
    over = Connection.objects.create(name="Hook", kind="webhook", config={"url": "http://127.0.0.1:9/"})
    run = send(factories.run(factories.campaign(over)))
    lying_there(exports, run)

    assert (run.state, run.connection, offered(creator, run)) == (Run.State.COMPLETED, over, [False, 404])


def test_a_file_that_lay_there_before_the_run_is_not_offered_and_is_written_over(
    creator: Client, exports: Path
) -> None:
    factories.person(identity="ana", email="ana@example.com")
    run = factories.run(factories.campaign())
    lying_there(exports, run)

    before = offered(creator, run)
    plan_all(run)
    meanwhile = offered(creator, run)
    deliver_all(run)

    assert (before, meanwhile, offered(creator, run)) == ([False, 404], [False, 404], [True, 200])
    assert [line["userId"] for line in lines(exports, run)] == ["ana"]


def test_of_a_stopped_run_only_what_it_wrote_itself_is_offered(creator: Client, exports: Path) -> None:
    factories.person(identity="ana", email="ana@example.com")
    run = plan_all(factories.run(factories.campaign()))
    lying_there(exports, run)
    lifecycle.stop(run.campaign, by=factories.user(), now=SOON)

    stopped = offered(creator, run)
    stop(run.pk, clock=lambda: SOON, until=in_a_minute())

    assert (stopped, offered(creator, run)) == ([False, 404], [True, 200])
    assert lines(exports, run) == []


def test_of_several_runs_each_report_has_its_own_file(creator: Client, exports: Path) -> None:
    factories.person(identity="ana", email="ana@example.com")
    campaign = factories.campaign()
    first, second = factories.run(campaign), factories.run(campaign, due_at=SOON, number=2)
    send(first)
    send(second, SOON + timedelta(seconds=1))
    page = f"/campaigns/{campaign.pk}/"

    found = [creator.get(address).text.count("/file") for address in (page, f"{page}?run=1", f"{page}?run=2")]

    assert found == [0, 1, 1]
    assert f"/campaigns/runs/{second.pk}/file" in creator.get(f"{page}?run=2").text
