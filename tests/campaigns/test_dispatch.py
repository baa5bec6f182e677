"""dispatch: what becomes of a claim when the destination is slow, broken, or knows nothing of our ids."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from campaigns.delivery import completion, deliver, dispatch, ledger, render
from campaigns.delivery.job import job_of
from campaigns.models import Batch, Delivery, Run
from connectors import http, registry
from connectors.base import ConnectorError, Fault, Outgoing, Part, Receipt
from connectors.models import Connection
from connectors.registry import Kind
from tests import factories
from tests.campaigns.delivery import SOON, counted, deliver_all, in_a_minute, plan_all, states

pytestmark = pytest.mark.django_db


@dataclass
class Probe:
    """A destination that does as it is told."""

    deduplicates: bool = False
    sleeps: float = 0
    asks: bool = False
    error: Exception | None = None
    fails: int = 1_000_000
    batches: int = 0
    calls: http.Client | None = None

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        self.batches += 1
        fails = self.batches <= self.fails
        await asyncio.sleep(self.sleeps)
        if self.calls:
            self.calls.remember("POST", "https://example.com/", len(batch), "200", 0.0, b"", "")
        if self.error and fails:
            raise self.error
        return [Receipt(message.id, "accepted") for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    def over(self, client: http.Client) -> "Probe":
        self.calls = client if self.asks else None
        return self


def kind_of(probe: Probe) -> Kind:
    return Kind(
        key="probe",
        label="Probe",
        icon="plug",
        description="",
        payload=lambda message: {},
        make=lambda *made: probe.over(made[2]),
    )


def probed(monkeypatch: pytest.MonkeyPatch, probe: Probe, people: int = 20) -> Run:
    """A planned run to so many people over the probe."""
    monkeypatch.setitem(registry.DESTINATIONS, "probe", kind_of(probe))
    factories.people(people)
    return plan_all(factories.run(factories.campaign(Connection.objects.create(name="Probe", kind="probe"))))


def test_destination_too_slow_for_the_lease_leaves_the_fate_unknown(
    exports: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LEASE_SECONDS = 0.1
    run = deliver_all(probed(monkeypatch, Probe(sleeps=5)))

    assert states(run) == {("unknown", ""): 20}
    assert set(Delivery.objects.values_list("answer", flat=True)) == {"No answer in time."}
    assert counted(run) == states(run)


def test_slow_destination_that_knows_our_ids_gets_it_again(
    exports: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LEASE_SECONDS = 0.1
    run = deliver_all(probed(monkeypatch, Probe(sleeps=5, deduplicates=True)))

    assert states(run) == {("queued", ""): 20}
    assert set(Batch.objects.values_list("not_before", flat=True)) == {SOON + timedelta(seconds=1)}


def test_what_an_earlier_worker_may_have_sent_is_not_sent_again_without_ids(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe()
    run = probed(monkeypatch, probe)
    ledger.claim(job_of(run), now=SOON, limit=1)

    run = deliver_all(run, SOON + timedelta(seconds=61))

    assert probe.batches == 1
    assert states(run) == {("accepted", ""): 10, ("unknown", ""): 10}


def test_what_breaks_before_anything_is_sent_leaves_nobody_in_doubt(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe()
    run = probed(monkeypatch, probe)
    broken = replace(kind_of(probe), scope=lambda config, secrets: (str(1 // len(secrets)),))
    monkeypatch.setitem(registry.DESTINATIONS, "probe", broken)

    def changed_meanwhile() -> datetime:
        Connection.objects.update(config={"changed": True})
        return SOON

    with pytest.raises(ZeroDivisionError):
        deliver(run.pk, clock=changed_meanwhile, until=in_a_minute())

    assert set(Batch.objects.values_list("lease", "lease_until", "attempts")) == {(None, None, 0)}
    monkeypatch.setitem(registry.DESTINATIONS, "probe", kind_of(probe))
    assert states(deliver_all(run)) == {("accepted", ""): 20}


def test_what_is_given_back_unsent_stays_in_doubt_where_an_earlier_worker_may_have_sent_it(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe, later = Probe(), SOON + timedelta(seconds=61)
    run = probed(monkeypatch, probe)
    ledger.claim(job_of(run), now=SOON, limit=1)
    claim = ledger.claim(job_of(run), now=later, limit=2)
    assert claim

    ledger.release(claim, not_before=later, now=later)

    assert states(deliver_all(run, later)) == {("accepted", ""): 10, ("unknown", ""): 10}


def test_error_of_a_whole_batch_that_cannot_mend_fails_it_with_the_reason(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = deliver_all(probed(monkeypatch, Probe(error=ConnectorError("No.", reason="rejected_by_provider"))))

    assert states(run) == {("failed", "rejected_by_provider"): 20}
    assert run.state == Run.State.COMPLETED


@pytest.mark.parametrize(
    ("asks", "deduplicates", "state"),
    [(False, False, "queued"), (False, True, "queued"), (True, False, "unknown"), (True, True, "queued")],
)
def test_what_nobody_foresaw_leaves_a_fate_unknown_only_where_something_was_sent(
    exports: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    asks: bool,
    deduplicates: bool,
    state: str,
) -> None:
    run = deliver_all(probed(monkeypatch, Probe(deduplicates, asks=asks, error=OverflowError("odd"))))

    assert states(run) == {(state, ""): 20}
    assert Connection.objects.get().failures > 0
    assert "OverflowError: odd" in caplog.text


def test_what_breaks_one_batch_leaves_the_receipts_of_the_others(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = deliver_all(probed(monkeypatch, Probe(fails=1, error=RuntimeError("odd"))))

    assert states(run) == {("accepted", ""): 10, ("queued", ""): 10}


def test_credentials_that_cannot_be_read_pause_the_connection_and_lose_nobody(exports: Path) -> None:
    factories.people(10)
    connection = factories.segment_connection("http://127.0.0.1:9")
    run = plan_all(factories.run(factories.campaign(connection)))
    Connection.objects.update(secrets="rubbish")

    deliver_all(run)

    assert states(run) == {("queued", ""): 10}
    assert Connection.objects.get().state == Connection.State.PAUSED
    assert Batch.objects.get().attempts == 0


def test_run_is_not_completed_while_its_file_cannot_be_joined(exports: Path) -> None:
    factories.people(10)
    run = plan_all(factories.run(factories.campaign()))
    claim = ledger.claim(job_of(run), now=SOON)
    assert claim
    ledger.record(claim, dispatch.send(claim, render.batches(claim), connection_of(run), clock=lambda: SOON), now=SOON)
    parts, hidden = exports / job_of(run).folder, exports / "hidden"
    parts.rename(hidden)

    without = completion.complete(run.pk, now=SOON)
    failures = connection_of(run).failures
    shutil.move(hidden, parts)

    assert (without, failures) == (False, 1)
    assert completion.complete(run.pk, now=SOON)


def test_only_one_of_two_who_complete_at_once_wins(exports: Path) -> None:
    run = plan_all(factories.run(factories.campaign()))

    assert [completion.close(run, now=SOON), completion.close(run, now=SOON)] == [True, False]


def connection_of(run: Run) -> Connection:
    return Connection.objects.get(pk=job_of(run).snapshot.connection)


def test_busy_provider_is_given_up_after_the_last_attempt() -> None:
    receipt = Receipt("id", "retry", answer="503", fault=Fault.UNAVAILABLE)

    assert dispatch.is_tried_again(receipt, ledger.Slip(1, dispatch.ATTEMPTS - 1, 1, False), resends=True)
    assert not dispatch.is_tried_again(receipt, ledger.Slip(1, dispatch.ATTEMPTS, 1, False), resends=True)
