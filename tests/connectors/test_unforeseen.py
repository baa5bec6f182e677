"""What nobody foresaw, and what never ends, is told in words; nothing hangs and nobody gets a page that broke."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from connectors import http, registry, sending
from connectors.base import Outgoing, Part, Receipt
from connectors.models import Call, Connection
from connectors.registry import Kind
from tests.connectors.factories import outgoings
from tests.connectors.servers import Server

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PART = Part("campaign-1/run-1", "1")


@dataclass
class Odd:
    """Breaks or hangs wherever it is asked to, after a request where `asks` names an address."""

    client: http.Client
    where: str
    hangs: bool = False
    asks: str = ""
    deduplicates: bool = False

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        if self.asks:
            await self.client.post(self.asks, b"{}", {}, messages=len(batch), shown=b"{}")
        await self.act("send")
        return [Receipt(message.id, "accepted") for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def check(self) -> None:
        await self.act("check")

    async def act(self, where: str) -> None:
        if where == self.where and self.hangs:
            await asyncio.Event().wait()
        if where == self.where:
            raise OverflowError("odd")


def over(monkeypatch: pytest.MonkeyPatch, **odd: Any) -> Connection:
    kind = Kind("odd", "Odd", "plug", "", lambda message: {}, lambda config, secrets, client: Odd(client, **odd))
    monkeypatch.setitem(registry.DESTINATIONS, "odd", kind)
    return Connection.objects.create(name="Odd", kind="odd")


def states(made: Connection, **more: Any) -> set[tuple[str, str]]:
    receipts = sending.send(made, outgoings(3), PART, now=NOW, **more)
    assert [receipt.id for receipt in receipts] == [message.id for message in outgoings(3)]
    return {(receipt.state, receipt.answer) for receipt in receipts}


@pytest.mark.parametrize(
    ("asks", "deduplicates", "state"),
    [(False, False, "retry"), (False, True, "retry"), (True, False, "unknown"), (True, True, "retry")],
)
def test_an_error_nobody_foresaw_is_a_receipt(
    monkeypatch: pytest.MonkeyPatch, caplog: Any, server: Server, asks: bool, deduplicates: bool, state: str
) -> None:
    made = over(monkeypatch, where="send", asks=server.url if asks else "", deduplicates=deduplicates)

    assert states(made) == {(state, "Sending failed here.")}
    assert "OverflowError: odd" in caplog.text


def test_what_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = over(monkeypatch, where="send", hangs=True)

    assert states(made, seconds=0.05) == {("unknown", "No answer in time.")}
    made.refresh_from_db()
    assert made.last_error == "No answer in time."


@pytest.mark.parametrize(
    ("hangs", "words"), [(False, "The check failed here. The log says more."), (True, "No answer in time.")]
)
def test_a_check_that_breaks_or_hangs_is_said(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: Any, hangs: bool, words: str
) -> None:
    settings.LEASE_SECONDS = 0.1

    made = over(monkeypatch, where="check", hangs=hangs)
    found = sending.check(made, now=NOW)

    assert (found and found.answer) == words
    made.refresh_from_db()
    assert (made.last_error, made.failures) == (words, 1)
    assert Call.objects.values_list("status", "answer", "is_test").get() == ("not sent", words, True)
    assert ("OverflowError: odd" in caplog.text) is not hangs


@pytest.mark.parametrize("where", ["check", "send"])
def test_the_button_of_a_connection_answers_in_words(
    monkeypatch: pytest.MonkeyPatch, admin: Client, where: str
) -> None:
    made = over(monkeypatch, where=where)

    answer = admin.post(f"/connections/{made.pk}/test")

    assert answer.status_code == 200
    assert "failed here." in answer.text
