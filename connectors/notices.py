"""What the owner of a connection has to know: that it paused by itself, is failing, or is well again.

Each is a row, written in the transaction of what happened. The page of the connection shows them, and the workers mail
them (`connectors.telling`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from connectors.models import Connection, Notice

Kind = Notice.Kind
QUIET = timedelta(hours=1)  # a provider that comes and goes is told of once in it
SHOWN = 5


@transaction.atomic
def paused(connection: Connection, reason: str, *, now: datetime) -> None:
    Notice.objects.create(connection=connection, kind=Kind.PAUSED, words=reason[:500], at=now)


@transaction.atomic
def failing(connection: Connection, words: str, *, now: datetime) -> None:
    """Told once until it is well again, and at most once an hour. Safe in several workers at once."""
    last = newest(connection)
    is_known = last is not None and last.kind == Kind.FAILING
    if not is_known and not told_lately(connection, now):
        Notice.objects.create(connection=connection, kind=Kind.FAILING, words=words[:500], at=now)


@transaction.atomic
def well(connection: Connection, *, now: datetime) -> None:
    """Only who was told of trouble hears that it is over."""
    last = newest(connection)
    if last is not None and last.kind == Kind.FAILING:
        Notice.objects.create(connection=connection, kind=Kind.WELL, at=now)


def newest(connection: Connection) -> Notice | None:
    """Whoever asks holds the connection's row until the transaction ends."""
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    return Notice.objects.filter(connection=connection).first()


def told_lately(connection: Connection, now: datetime) -> bool:
    return Notice.objects.filter(connection=connection, kind=Kind.FAILING, at__gt=now - QUIET).exists()


def last_of(connection: Connection) -> Sequence[Notice]:
    return list(Notice.objects.filter(connection=connection)[:SHOWN])
