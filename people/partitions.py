"""Monthly and yearly partitions of the big tables, made ahead of time."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection
from psycopg.sql import SQL, Identifier

FIRST_YEAR = 1990  # events before it are refused
MONTHS_BACK = 24
MONTHS_AHEAD = 6
CREATE = SQL("""
    CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({}) WITH (fillfactor = {})
""")


def ensure(table: str, *, now: datetime, since: datetime | None = None, fill: int = 100) -> None:
    """Make the partitions of `table` that are missing: yearly from 1990 (or `since`), monthly for the last 24 months
    and 6 ahead, each filled to so many per cent. Safe to repeat and to run in two processes at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"partitions of {table}"])
        try:
            existing = existing_partitions(table)
            for name, begin, end in wanted(now, since or datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)):
                if not any(begin < other_end and other_begin < end for other_begin, other_end in existing):
                    parts = (Identifier(f"{table}_{name}"), Identifier(table), begin, end, fill)
                    cursor.execute(CREATE.format(*parts))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"partitions of {table}"])


def wanted(now: datetime, since: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """(suffix, begin, end) of each partition, oldest first: years, then months from the last year's January on."""
    month, last = month_at(now, -MONTHS_BACK), month_at(now, MONTHS_AHEAD + 1)
    for year in range(since.year, month.year):
        yield f"y{year}", datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    begin = datetime(month.year, 1, 1, tzinfo=UTC)
    while begin < last:
        end = month_at(begin, 1)
        yield f"m{begin:%Y%m}", begin, end
        begin = end


def month_at(moment: datetime, months: int) -> datetime:
    """The first instant of the month `months` after the one of `moment`, in UTC."""
    index = moment.year * 12 + moment.month - 1 + months
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)


def existing_partitions(table: str) -> list[tuple[datetime, datetime]]:
    """The half-open ranges that `table` already has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (regexp_match(bound, $$FROM \\('([^']+)'\\)$$))[1]::timestamptz,
                   (regexp_match(bound, $$TO \\('([^']+)'\\)$$))[1]::timestamptz
            FROM (SELECT pg_get_expr(child.relpartbound, child.oid) AS bound
                  FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
                  WHERE inhparent = %s::regclass) bounds
            """,
            [table],
        )
        return list(cursor.fetchall())
