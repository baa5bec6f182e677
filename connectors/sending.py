"""What the delivery pipeline calls: send one batch through a connection and note how it went."""

import asyncio
import logging
import time
from collections.abc import Sequence
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
    connection: Connection, batch: Sequence[Outgoing], part: Part, *, now: datetime, seconds: float | None = None
) -> list[Receipt]:
    """One receipt per message, in the order of the batch; trouble of the provider is a receipt, never an error.

    After `seconds` (half of a lease where none are given) nobody waits any longer. An empty batch is for the retry
    that finds nobody left: the part written before is overwritten. Only then ConnectorError is raised, as there is no
    message to carry it.
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
        note(connection, receipts, client.exchanges, now + timedelta(seconds=time.monotonic() - started))
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


def check(connection: Connection) -> None:
    """Look whether everything the connection is set to is there. Raises ConnectorError."""
    destination = registry.destination(connection, http.client())
    if isinstance(destination, Checked):
        http.run(checked_in_time(destination))


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


def note(connection: Connection, receipts: Sequence[Receipt], exchanges: Sequence[Exchange], now: datetime) -> None:
    """Health first; requests are kept when it changed, which is once a second while all is well, or when one failed."""
    changed = health.note(connection, receipts, now=now)
    if exchanges and (changed or not all(exchange.is_ok for exchange in exchanges)):
        calls.keep(connection, exchanges, spellings(open_sealed(connection.secrets).values()))
