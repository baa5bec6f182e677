"""The file of a run is downloaded from its report, by those who may take people's data along, and noted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from campaigns.models import Run
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, send

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
