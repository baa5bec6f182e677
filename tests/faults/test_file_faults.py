"""What becomes of every message when the disk fails on which a run is written: the table of files in docs/faults.md."""

import csv
import os
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import orjson
import pytest
from pytest_django import Settings

from campaigns.models import Delivery, Run
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import deliver_all, plan_all
from tests.faults.test_faults import DOCUMENT, HEAD, PEOPLE, RULE, Fate, rewrite
from tests.faults.test_mail_faults import sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

LONG = {"": [("title", "x" * 50_000)]}
ROOM = 500_000  # bytes, for a run that needs a million


@contextmanager
def no_room(exports: Path, run: Run) -> Iterator[None]:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@contextmanager
def no_folder(exports: Path, run: Run) -> Iterator[None]:
    (exports / f"campaign-{run.campaign_id}").write_text("a file where a folder should be")
    yield
    (exports / f"campaign-{run.campaign_id}").unlink()


@contextmanager
def no_place_for_the_whole(exports: Path, run: Run) -> Iterator[None]:
    for each in ("ndjson", "csv"):
        (exports / f"campaign-{run.campaign_id}" / f"run-1.{each}").mkdir(parents=True)
    yield
    for each in ("ndjson", "csv"):
        (exports / f"campaign-{run.campaign_id}" / f"run-1.{each}").rmdir()


FAULTS: dict[str, Callable[[Path, Run], AbstractContextManager[None]]] = {
    "has no room for a part": no_room,
    "has no folder for the parts": no_folder,
    "has no place for the whole file": no_place_for_the_whole,
}


@pytest.mark.parametrize(("title", "kept_as"), [("File", "ndjson"), ("File, a table", "csv")])
def test_a_file_lacks_nobody_and_has_nobody_twice(tmp_path: Path, settings: Settings, title: str, kept_as: str) -> None:
    settings.EXPORTS = tmp_path
    factories.people(PEOPLE)
    rows = ""
    for fault, failing in FAULTS.items():
        over = Connection.objects.create(name=fault, kind="file", config={"format": kept_as})
        run = plan_all(factories.run(factories.campaign(over, copies=LONG)))
        with failing(tmp_path, run):
            deliver_all(run)
        assert run.state == Run.State.SENDING
        mended = sent(run)
        fate = fate_of(run, written(tmp_path / f"campaign-{run.campaign_id}" / f"run-1.{kept_as}"), mended)
        assert (fate.states, fate.once) == (Counter(accepted=PEOPLE), PEOPLE)
        rows += fate.row(fault)
    section = f"## {title}\n\n{HEAD.replace('The provider', 'The disk')}{RULE}{rows}"
    if os.environ.get("REWRITE_FAULTS"):
        rewrite(title, section)
    assert section in DOCUMENT.read_text()


def written(path: Path) -> Counter[str]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as table:
            return Counter(row["userId"] for row in csv.DictReader(table))
    return Counter(orjson.loads(line)["userId"] for line in path.read_bytes().splitlines())


def fate_of(run: Run, found: Counter[str], mended: bool) -> Fate:
    states = Counter(Delivery.objects.filter(run=run).values_list("state", flat=True))
    once = sum(1 for times in found.values() if times == 1)
    return Fate(states, once, len(found) - once, PEOPLE - len(found), mended)
