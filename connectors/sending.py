"""What the delivery pipeline calls: send one batch through a connection and note how it went."""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings

from connectors import calls, health, http, registry
from connectors.base import Checked, ConnectorError, Destination, Fault, Outgoing, Part, Receipt, receipts_for
from connectors.http import Exchange
from connectors.models import Connection
from connectors.secrets import open_sealed, spellings

log = logging.getLogger(__name__)


def send(
    connection: Connection,
    batch: Sequence[Outgoing],
    part: Part,
    *,
    now: datetime,
    seconds: float | None = None,
    is_trial: bool = False,
) -> list[Receipt]:
    """One receipt per message, in the order of the batch; trouble of the provider is a receipt, never an error.

    After `seconds` (half of a lease where none are given) nobody waits any longer. An empty batch is for the retry
    that finds nobody left: the part written before is overwritten. Only then ConnectorError is raised, as there is no
    message to carry it. `is_trial`: somebody tries the connection itself.
    """
    started, client = time.monotonic(), http.client()
    try:
        destination = registry.destination(connection, client)
        receipts = http.run(in_time(destination, batch, part, client.exchanges, seconds or settings.LEASE_SECONDS / 2))
    except ConnectorError as error:
        if not batch:
            raise
        receipts = receipts_for([message.id for message in batch], error)
    if receipts:
        ended = now + timedelta(seconds=time.monotonic() - started)
        note(connection, receipts, client.exchanges, ended, is_trial=is_trial, is_test=part.is_test)
    return receipts


async def in_time(
    destination: Destination, batch: Sequence[Outgoing], part: Part, made: Sequence[Exchange], seconds: float
) -> list[Receipt]:
    """Where no request was made (`made` fills with them) nobody can have got anything, so it is tried again. Raises
    ConnectorError as the destination does, nothing else."""
    ids = [message.id for message in batch]
    try:
        async with asyncio.timeout(seconds):
            return await destination.send(batch, part)
    except ConnectorError:
        raise
    except TimeoutError:
        return [Receipt(id, "unknown", answer="No answer in time.", fault=Fault.UNAVAILABLE) for id in ids]
    except Exception:
        log.exception("A batch could not be sent, in a way nobody foresaw.")
        state: Literal["unknown", "retry"] = "unknown" if made and not destination.deduplicates else "retry"
        return [Receipt(id, state, answer="Sending failed here.", fault=Fault.UNAVAILABLE) for id in ids]


def check(connection: Connection, *, now: datetime) -> Receipt | None:
    """Look whether everything the connection is set to is there. What is wrong is noted as a failure of it."""
    started, client = time.monotonic(), http.client()
    try:
        destination = registry.destination(connection, client)
        if isinstance(destination, Checked):
            http.run(checked_in_time(destination))
    except ConnectorError as error:
        (found,) = receipts_for([""], error)
        ended = now + timedelta(seconds=time.monotonic() - started)
        note(connection, [found], client.exchanges, ended, is_trial=True, is_test=True)
        return found
    return None


async def checked_in_time(destination: Checked) -> None:
    """Raises ConnectorError, nothing else."""
    try:
        async with asyncio.timeout(settings.LEASE_SECONDS / 2):
            await destination.check()
    except ConnectorError:
        raise
    except TimeoutError:
        raise ConnectorError("No answer in time.", fault=Fault.UNAVAILABLE) from None
    except Exception as error:
        log.exception("A connection could not be checked, in a way nobody foresaw.")
        raise ConnectorError("The check failed here. The log says more.", fault=Fault.UNAVAILABLE) from error


def finish(connection: Connection, folder: str, parts: Sequence[str]) -> str:
    """Complete a run: where its result lies, "" where the destination keeps none. Raises ConnectorError; idempotent."""
    return http.run(registry.destination(connection, http.client()).finish(folder, parts))


def note(
    connection: Connection,
    receipts: Sequence[Receipt],
    exchanges: Sequence[Exchange],
    now: datetime,
    *,
    is_trial: bool = False,
    is_test: bool = False,
    own: Collection[str] = (),
) -> None:
    """Health first; requests are kept when it changed, which is once a second while all is well, or when one failed."""
    changed = health.note(connection, receipts, now=now, is_trial=is_trial, is_test=is_test, own=own)
    made = [*exchanges, *unsaid(receipts, exchanges, is_trial=is_trial)]
    if made and (changed or not all(exchange.is_ok for exchange in made)):
        calls.keep(connection, made, hidden(connection), is_test=is_test)


def unsaid(receipts: Sequence[Receipt], exchanges: Sequence[Exchange], *, is_trial: bool) -> list[Exchange]:
    """A failure that no request shows, as it came before one could be made."""
    if exchanges:
        return []
    failures = [receipt for receipt in receipts if receipt.fault or (is_trial and receipt.state != "accepted")]
    return [Exchange("", len(failures), "not sent", 0, b"", each.answer, method="") for each in failures[:1]]


def hidden(connection: Connection) -> list[str]:
    """The spellings of its secrets; none where they cannot be read, so that nothing can repeat them."""
    try:
        return spellings(open_sealed(connection.secrets).values())
    except ConnectorError:
        return []
