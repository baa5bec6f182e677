"""Loads generated people and events fast, and so that a killed load leaves whole months or nothing of them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from psycopg.sql import SQL, Composable, Identifier, Literal

from people.generation import events, profiles, reach
from people.generation.events import Crowd, Stretch
from people.partitions import month_at

BLOCK = 5000
EVENT_COLUMNS = ("id", "profile_id", "name_id", "at", "properties")


def reserve(table: str, count: int) -> int:
    """The first of `count` ids that nobody else will get."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name, nextval(name) + %s) FROM pg_get_serial_sequence(%s, 'id') AS found (name)",
            [count, table],
        )
        return int(cursor.fetchone()[0]) - count


@transaction.atomic
def load_people(crowd: Crowd, now: datetime) -> None:
    """The people with their devices and consents."""
    ids, rest = range(crowd.first_id, crowd.first_id + crowd.count), (crowd.seed, now)
    for table, columns, lines in (
        ("people_profile", profiles.COLUMNS, profiles.lines(crowd.first_id, crowd.count, *rest)),
        ("people_device", reach.DEVICE_COLUMNS, reach.devices(ids, *rest)),
        ("people_subscription", reach.SUBSCRIPTION_COLUMNS, reach.subscriptions(ids, *rest)),
    ):
        with without_indexes(table):
            copy(table, columns, lines)


def load_events(stretch: Stretch, crowd: Crowd, name_ids: dict[str, int]) -> None:
    """Fill one month. An empty partition is replaced by a table that was filled first and indexed then."""
    month = month_at(stretch.begin, 0)
    partition = f"people_event_m{month:%Y%m}"
    lines = events.lines(stretch, crowd, name_ids)
    if is_empty(partition):
        fill(f"{partition}_new", lines)
        replace_partition(partition, f"{partition}_new", month, month_at(month, 1))
    else:
        copy("people_event", EVENT_COLUMNS, lines)


@transaction.atomic
def fill(table: str, lines: Iterable[bytes]) -> None:
    execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
    execute(SQL("CREATE TABLE {} (LIKE people_event INCLUDING INDEXES)").format(Identifier(table)))
    with without_indexes(table):
        copy(table, EVENT_COLUMNS, lines)


@transaction.atomic
def replace_partition(partition: str, table: str, begin: datetime, end: datetime) -> None:
    """The check that repeats the bounds spares ATTACH its scan of the rows. The lock comes first: no deadlock."""
    execute(SQL("LOCK TABLE people_event IN ACCESS EXCLUSIVE MODE"))
    if not is_empty(partition):
        raise RuntimeError(f"{partition} was filled meanwhile.")
    name, new, bounds = Identifier(partition), Identifier(table), (Literal(begin), Literal(end))
    execute(SQL("ALTER TABLE {} ADD CONSTRAINT bounds CHECK (at >= {} AND at < {})").format(new, *bounds))
    execute(SQL("DROP TABLE {}").format(name))
    execute(SQL("ALTER TABLE {} RENAME TO {}").format(new, name))
    attach = SQL("ALTER TABLE people_event ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
    execute(attach.format(name, *bounds))
    execute(SQL("ALTER TABLE {} DROP CONSTRAINT bounds").format(name))


@transaction.atomic
def load_summary(crowd: Crowd, since: datetime) -> None:
    """Count what the crowd did; it is new, so there is nothing to add to."""
    last = crowd.first_id + crowd.count
    with without_indexes("people_profileevent"):
        execute(SQL("SET LOCAL work_mem = '1GB'"))
        execute(
            SQL(
                """
                INSERT INTO people_profileevent (profile_id, name_id, count, first_at, last_at)
                SELECT profile_id, name_id, count(*), min(at), max(at) FROM people_event
                WHERE profile_id >= {} AND profile_id < {} AND at >= {} GROUP BY profile_id, name_id
                """
            ).format(Literal(crowd.first_id), Literal(last), Literal(since))
        )


def settle() -> None:
    """Fresh statistics, and pages marked visible for index-only scans."""
    for table in ("people_profile", "people_device", "people_subscription", "people_event", "people_profileevent"):
        execute(SQL("VACUUM (ANALYZE) {}").format(Identifier(table)))


@contextmanager
def without_indexes(table: str) -> Iterator[None]:
    """An empty table is filled without its indexes and foreign keys, which are made again at the end, in the caller's
    transaction: after a crash it is as it was. A table with rows keeps them."""
    if not is_empty(table):
        yield
        return
    execute(SQL("SET LOCAL maintenance_work_mem = '512MB'"))
    constraints, indexes = definitions(table)
    for name, _ in constraints:
        execute(SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(Identifier(table), Identifier(name)))
    for name, _ in indexes:
        execute(SQL("DROP INDEX {}").format(Identifier(name)))
    yield
    for _, definition in indexes:
        execute(SQL(definition))
    for name, definition in constraints:
        add = SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
        execute(add.format(Identifier(table), Identifier(name), SQL(definition)))


def definitions(table: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(constraints, other indexes): names with what makes them again; without a primary key that others refer to."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint c
            WHERE conrelid = %s::regclass AND (contype IN ('u', 'f') OR contype = 'p'
                AND NOT EXISTS (SELECT FROM pg_constraint WHERE confrelid = c.conrelid)) ORDER BY contype DESC
            """,
            [table],
        )
        constraints = cursor.fetchall()
        cursor.execute(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
            WHERE indrelid = %s::regclass AND NOT indisprimary
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype = 'u')
            """,
            [table],
        )
        return constraints, cursor.fetchall()


def copy(table: str, columns: Sequence[str], lines: Iterable[bytes]) -> None:
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), SQL(", ").join(map(Identifier, columns)))
    rest = iter(lines)
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        while block := b"".join(islice(rest, BLOCK)):
            target.write(block)


def is_empty(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT NOT EXISTS (SELECT FROM {})").format(Identifier(table)))
        return bool(cursor.fetchone()[0])


def execute(statement: Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
