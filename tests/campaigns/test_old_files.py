"""Files of runs are kept for some days and then removed; of a run that is not over nothing is ever touched."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns import lifecycle, old_files, retry
from campaigns.delivery.completion import complete, parts
from campaigns.delivery.stopping import stop
from campaigns.models import Delivery, Run
from connectors.file import write
from connectors.models import Connection
from operations import tasks
from tests import factories
from tests.campaigns.delivery import SOON, in_a_minute, plan_all, send

pytestmark = pytest.mark.django_db

LATER = SOON + timedelta(days=90, seconds=1)


@pytest.fixture(autouse=True)
def ninety_days(settings: Settings) -> None:
    settings.EXPORT_DAYS = 90


def sent_run(**config: str) -> Run:
    factories.person(identity=f"ana-{Run.objects.count()}")
    return send(factories.run(factories.campaign(Connection.objects.create(name="Table", kind="file", config=config))))


def clear(now: datetime = LATER) -> None:
    old_files.clear(now, in_a_minute())


def files(exports: Path) -> list[str]:
    """All but the marks of what was removed."""
    found = (path for path in exports.rglob("*") if path.is_file() and path.suffix != ".removed")
    return sorted(str(path.relative_to(exports)) for path in found)


def of_run(run: Run) -> str:
    return f"campaign-{run.campaign_id}/run-{run.number}"


@pytest.mark.parametrize("kept_as", ["csv", "ndjson"])
def test_files_of_a_run_go_after_so_many_days_and_not_before(exports: Path, kept_as: str) -> None:
    run = sent_run(format=kept_as)
    (exports / f"campaign-{run.campaign_id}" / ".run-1.csv.0123").write_bytes(b"half")
    before = files(exports)

    clear(SOON + timedelta(days=90))
    kept = files(exports)
    clear()

    assert (len(before) >= 3, kept, files(exports)) == (True, before, [])


def test_the_workers_remove_them_by_themselves(exports: Path) -> None:
    run = sent_run()
    Run.objects.filter(pk=run.pk).update(completed_at=timezone.now() - timedelta(days=91))

    tasks.chores(0, in_a_minute())

    assert files(exports) == []


def test_zero_days_keep_them_for_ever(exports: Path, settings: Settings) -> None:
    settings.EXPORT_DAYS = 0
    sent_run()
    before = files(exports)

    clear(SOON + timedelta(days=20_000))

    assert files(exports) == before


@pytest.mark.parametrize("state", ["due", "planning", "sending", "refused", "missed", "stopped"])
def test_a_run_that_is_not_over_loses_nothing_however_old(exports: Path, state: str) -> None:
    run = sent_run()
    before = files(exports)
    Run.objects.filter(pk=run.pk).update(state=state)

    clear(SOON + timedelta(days=20_000))

    assert files(exports) == before


def test_a_stopped_run_counts_from_when_its_file_was_put_together(exports: Path) -> None:
    factories.person(identity="ana")
    run = plan_all(factories.run(factories.campaign()))
    lifecycle.stop(run.campaign, by=factories.user(), now=SOON)
    stop(run.pk, clock=lambda: SOON, until=in_a_minute())
    (made,) = files(exports)

    clear()

    assert (made, files(exports)) == (f"{of_run(run)}.ndjson", [])


def test_a_run_that_was_made_anew_after_a_removal_is_offered_again(creator: Client, exports: Path) -> None:
    run = sent_run()
    clear()
    Run.objects.filter(pk=run.pk).update(state="sending", completed_at=None)

    for name in parts(run):
        write(exports / of_run(run) / f"{name}.ndjson", b"{}")
    complete(run.pk, now=LATER)

    assert "Download the file" in creator.get(f"/campaigns/{run.campaign_id}/").text
    assert f"{of_run(run)}.ndjson" in files(exports)


def test_killed_half_way_it_is_done_the_next_time(exports: Path) -> None:
    run = sent_run()
    (exports / f"{of_run(run)}.ndjson").unlink()
    assert files(exports) != []

    clear()

    assert files(exports) == []


def test_what_time_is_too_short_for_waits_for_the_next_time(exports: Path) -> None:
    sent_run()
    before = files(exports)

    old_files.clear(LATER, time.monotonic() - 1)

    assert files(exports) == before


def test_what_no_run_of_ours_wrote_stays(exports: Path) -> None:
    over = Connection.objects.create(name="Hook", kind="webhook", config={"url": "http://127.0.0.1:9/"})
    other = send(factories.run(factories.campaign(over)))
    strangers = [f"{of_run(other)}.ndjson", "campaign-987654/run-1.csv", "campaign-x/run-1.csv", "notes.txt"]
    strangers.append(f"campaign-{'9' * 30}/run-1.csv")
    for name in strangers:
        (exports / name).parent.mkdir(parents=True, exist_ok=True)
        (exports / name).write_bytes(b"x")

    clear()

    assert files(exports) == sorted(strangers)


def test_files_of_tests_go_by_their_age(exports: Path) -> None:
    for name, age in (("old", timedelta(days=91)), ("new", timedelta(days=89))):
        path = exports / "tests" / "campaign-1" / f"{name}.ndjson"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
        at = (SOON - age).timestamp()
        os.utime(path, (at, at))

    clear(SOON)

    assert files(exports) == ["tests/campaign-1/new.ndjson"]


def test_a_folder_that_cannot_be_removed_keeps_no_chore_from_its_work(exports: Path) -> None:
    run = sent_run()
    (exports / f"{of_run(run)}.ndjson").unlink()
    (exports / f"{of_run(run)}.ndjson").mkdir()

    clear()

    assert (exports / f"{of_run(run)}.ndjson").is_dir()


def test_a_report_says_that_its_file_was_removed(creator: Client, member: Client, exports: Path) -> None:
    run = sent_run()
    clear()
    address = f"/campaigns/{run.campaign_id}/"

    page: Any = creator.get(address)

    assert "The file was removed: files are kept for 90 days." in page.text
    assert "Download the file" not in page.text
    assert "The file was removed" not in member.get(address).text
    assert creator.get(f"/campaigns/runs/{run.pk}/file").status_code == 404


def test_a_report_says_that_a_file_is_missing_before_its_time(
    creator: Client, exports: Path, settings: Settings
) -> None:
    settings.EXPORT_DAYS = 100_000
    run = sent_run()
    (exports / f"{of_run(run)}.ndjson").unlink()

    assert "The file is no longer on this server." in creator.get(f"/campaigns/{run.campaign_id}/").text


def test_nobody_of_a_run_whose_file_was_removed_is_tried_again(exports: Path) -> None:
    factories.person(identity="bob")
    run = sent_run()
    Delivery.objects.filter(run=run, profile__identity="bob").update(state="failed")
    clear()

    with pytest.raises(lifecycle.Refused, match=r"files are kept for 90 days\. Nobody of run 1"):
        retry.retry(run, [Delivery.State.FAILED], by=factories.user(), now=LATER)

    run.refresh_from_db()
    assert run.state == Run.State.COMPLETED
