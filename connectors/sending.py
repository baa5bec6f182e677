"""What the delivery pipeline calls: send one batch through a connection and note how it went."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors import calls, health, http, registry
from connectors.base import Checked, ConnectorError, Outgoing, Part, Receipt, receipts_for
from connectors.http import Exchange
from connectors.models import Connection
from connectors.secrets import open_sealed, spellings


def send(connection: Connection, batch: Sequence[Outgoing], part: Part, *, now: datetime) -> list[Receipt]:
    """One receipt per message, in the order of the batch; trouble of the provider is a receipt, never an error.

    An empty batch is for the retry that finds nobody left: the part written before is overwritten. Only then
    ConnectorError is raised, as there is no message to carry it.
    """
    started, client = time.monotonic(), http.client()
    try:
        receipts = http.run(registry.destination(connection, client).send(batch, part))
    except ConnectorError as error:
        if not batch:
            raise
        receipts = receipts_for([message.id for message in batch], error)
    if receipts:
        note(connection, receipts, client.exchanges, now + timedelta(seconds=time.monotonic() - started))
    return receipts


def check(connection: Connection) -> None:
    """Look whether everything the connection is set to is there. Raises ConnectorError."""
    destination = registry.destination(connection, http.client())
    if isinstance(destination, Checked):
        http.run(destination.check())


def finish(connection: Connection, folder: str, parts: Sequence[str]) -> str:
    """Complete a run: where its result lies, "" where the destination keeps none. Raises ConnectorError; idempotent."""
    return http.run(registry.destination(connection, http.client()).finish(folder, parts))


def note(connection: Connection, receipts: Sequence[Receipt], exchanges: Sequence[Exchange], now: datetime) -> None:
    """Health first; requests are kept when it changed, which is once a second while all is well, or when one failed."""
    changed = health.note(connection, receipts, now=now)
    if exchanges and (changed or not all(exchange.is_ok for exchange in exchanges)):
        calls.keep(connection, exchanges, spellings(open_sealed(connection.secrets).values()))
