"""What the pipeline relies on: one receipt per message whatever happens, health noted, calls kept, secrets masked."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEntry
from connectors import calls, sending
from connectors.base import ConnectorError, Fault, Part
from connectors.models import Call, Connection
from connectors.secrets import MASK
from tests.connectors.factories import WRITE_KEY, connection, outgoing, outgoings
from tests.connectors.servers import Server, resets, says

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PART = Part("campaign-1/run-1", "1")


def to(server: Server, **fields: Any) -> Connection:
    return connection(config={"url": f"{server.url}/v1"}, **fields)


def send(made: Connection, count: int = 3) -> list[tuple[str, Fault | None]]:
    receipts = sending.send(made, outgoings(count), PART, now=NOW)
    assert [receipt.id for receipt in receipts] == [message.id for message in outgoings(count)]
    made.refresh_from_db()
    return sorted({(receipt.state, receipt.fault) for receipt in receipts})


def test_a_batch_is_sent_and_the_success_noted(server: Server) -> None:
    made = to(server)

    assert send(made) == [("accepted", None)]
    assert made.last_success_at is not None
    assert [call.messages for call in Call.objects.all()] == [3]


def test_a_broken_connection_is_a_receipt_and_a_failure_noted(server: Server) -> None:
    made = to(server)
    server.default = resets

    assert send(made) == [("retry", Fault.UNAVAILABLE)]
    assert (made.failures, made.last_error) == (1, "The connection broke before an answer came.")


def test_a_refused_key_pauses_the_connection(server: Server) -> None:
    made = to(server)
    server.default = says(401, "no such key")

    assert send(made) == [("retry", Fault.MISCONFIGURED)]
    assert (made.state, made.paused_reason) == (
        "paused",
        "The write key was refused. Segment answered 401: no such key",
    )


def test_credentials_that_cannot_be_read_pause_the_connection(server: Server, settings) -> None:
    made = to(server)
    settings.SECRETS_KEYS = ["another key"]

    assert send(made) == [("retry", Fault.MISCONFIGURED)]
    assert made.state == "paused"
    assert server.requests == []


def test_a_file_connection_needs_nothing_but_a_disk(tmp_path: Path, settings) -> None:
    settings.EXPORTS = tmp_path
    made = connection("file")

    assert send(made) == [("accepted", None)]
    assert sending.finish(made, PART.folder, [PART.name]) == str(tmp_path / "campaign-1" / "run-1.ndjson")


def test_an_empty_batch_says_nothing_about_the_connection(server: Server) -> None:
    made = to(server)

    assert sending.send(made, [], PART, now=NOW) == []
    made.refresh_from_db()
    assert (made.last_success_at, Call.objects.count()) == (None, 0)


def test_an_empty_batch_that_cannot_be_written_is_an_error(tmp_path: Path, settings) -> None:
    settings.EXPORTS = tmp_path
    (tmp_path / "campaign-1").write_text("in the way")

    with pytest.raises(ConnectorError):
        sending.send(connection("file"), [], PART, now=NOW)


def test_the_newest_fifty_calls_are_kept_of_each_connection(server: Server) -> None:
    made, other = to(server), to(server)
    server.default = says(503)
    for _ in range(53):
        send(made, 1)
    send(other, 1)

    assert Call.objects.filter(connection=made).count() == calls.KEPT == 50
    assert Call.objects.filter(connection=other).count() == 1


def test_a_failed_request_is_kept_even_between_two_samples(server: Server) -> None:
    made = to(server)
    send(made)
    server.default = says(422, "bad event")

    send(made)

    assert list(Call.objects.values_list("status", "answer")) == [("422", "bad event"), ("200", '{"success":true}')]


def test_no_secret_is_kept_or_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = to(server)
    server.default = says(400, f'{{"you sent": {WRITE_KEY!r}, "as": "Basic d2tfInMzY3JldCJfa2V5Og=="}}')

    refused = sending.send(made, outgoings(3), PART, now=NOW)
    server.default = says(401, f"no such key: {WRITE_KEY}")
    send(made)

    kept = "".join(call.request + call.answer for call in Call.objects.all())
    trail = str(list(AuditEntry.objects.values()))
    for text in (kept, caplog.text, trail, str(refused), made.last_error, made.paused_reason):
        assert "s3cret" not in text
        assert "d2tfInMzY3JldCJfa2V5Og" not in text
    assert "user-1" in kept
    assert MASK in kept


def test_a_long_request_is_cut_after_it_is_masked(server: Server) -> None:
    made = to(server)
    long = outgoing(1, content={"echo": WRITE_KEY, "text": "x" * 9000})

    sending.send(made, [long], PART, now=NOW)

    kept = Call.objects.get().request
    assert len(kept) < calls.SHOWN_CHARACTERS + 100
    assert kept.endswith("characters in all)")
    assert "s3cret" not in kept


def test_noting_costs_one_query_while_all_is_well(server: Server, django_assert_num_queries) -> None:
    made = to(server)
    send(made)

    with django_assert_num_queries(1):
        sending.send(made, outgoings(3), PART, now=NOW)
