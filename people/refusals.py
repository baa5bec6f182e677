"""The last records that were refused, by each way, for whoever wants to know why: in outline, without their values."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import ApiKey
from people import rows
from people.masking import MEMBERS, Walk, without_secrets
from people.records import Rejected

KEPT_A_WAY = 100
KEPT_A_REQUEST = 20
LOOKED_AT = 600  # members of all records of a request
REASONS_A_KEY = 20  # for which whole requests were turned away
KEPT_FOR = timedelta(days=7)
REASON_LENGTH = 300
RECORD_LENGTH = 500


def keep(way: str, key: ApiKey | None, now: datetime, rejected: Sequence[Rejected], records: Sequence[object]) -> None:
    """Keep the first of these and let go of the oldest of the way."""
    first = rejected[:KEPT_A_REQUEST]
    new = [kept(each, records, LOOKED_AT // len(first)) for each in first]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH new AS (
                INSERT INTO people_refusal (way, key_id, at, place, code, reason, record, times)
                SELECT %(way)s, %(key)s, %(now)s, place, code, reason, record, 1
                FROM jsonb_to_recordset(%(new)s) AS given (place int, code text, reason text, record text),
                    set_config('synchronous_commit', 'off', true)
            )
            DELETE FROM people_refusal WHERE way = %(way)s AND place IS NOT NULL AND id <= (
                SELECT id FROM people_refusal WHERE way = %(way)s AND place IS NOT NULL
                ORDER BY id DESC OFFSET %(left)s LIMIT 1)
            """,
            {
                "way": way, "key": key.pk if key else None, "now": now, "new": rows.json(new),
                "left": KEPT_A_WAY - len(new),
            },
        )  # fmt: skip


def keep_turned_away(way: str, key: ApiKey | None, now: datetime, code: str, reason: str) -> None:
    """One row for each reason; without a key they are strangers', who push out nothing that others should read."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_refusal AS present (way, key_id, at, code, reason, record, times)
            SELECT %s, %s, %s, %s, %s, '', 1 FROM set_config('synchronous_commit', 'off', true)
            ON CONFLICT (way, key_id, code, reason) WHERE place IS NULL
            DO UPDATE SET at = EXCLUDED.at, times = present.times + 1
            RETURNING xmax = 0
            """,
            [way, key.pk if key else None, now, code, shown(without_secrets(reason), REASON_LENGTH)],
        )
        [is_new] = cursor.fetchone() or [False]
    if is_new:
        forget_old_reasons(way, key)


def forget_old_reasons(way: str, key: ApiKey | None) -> None:
    """Of one key, or of strangers: the rows that were not counted in for the longest time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM people_refusal WHERE id IN (
                SELECT id FROM people_refusal
                WHERE way = %s AND key_id IS NOT DISTINCT FROM %s AND place IS NULL
                ORDER BY at DESC, id DESC OFFSET %s)
            """,
            [way, key.pk if key else None, REASONS_A_KEY],
        )


def kept(each: Rejected, records: Sequence[object], most: int = MEMBERS) -> dict[str, object]:
    """The outline of a record, as JSON, and why it was refused, both without what might be a secret."""
    walk, record = Walk(min(most, MEMBERS)), ""
    if each.index < len(records):
        record = json.dumps(walk.outline(records[each.index]), ensure_ascii=False, default=str)
    return {
        "place": each.index,
        "code": each.code[:50],
        "reason": shown(without_secrets(each.reason, walk), REASON_LENGTH),
        "record": shown(record, RECORD_LENGTH),
    }


def shown(text: str, length: int) -> str:
    """Storable and short."""
    clean = text.replace("\x00", "").encode(errors="replace").decode()
    return clean if len(clean) <= length else f"{clean[: length - 1]}…"
