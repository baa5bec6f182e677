"""Which copy a person gets: by the value of one property, in Python and in SQL alike.

The property `language` falls back from the narrow tag to the wide one, then to the default copy: pt-BR → pt → default.
Every other property is compared as it is.
"""

import orjson
from psycopg.sql import SQL, Composable, Literal

from campaigns.delivery.snapshot import Snapshot
from campaigns.models import Message

LANGUAGE = "language"
UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_", "abcdefghijklmnopqrstuvwxyz-"
FOLDED = str.maketrans(UPPER, LOWER)


def copy_for(snapshot: Snapshot, value: str | None) -> int:
    """The id of the copy for a person whose property has this value as text; None: it is missing."""
    known = copies_by_value(snapshot)
    for candidate in candidates(snapshot, value or ""):
        if candidate in known:
            return known[candidate]
    return snapshot.copies[0].id


def copy_for_sql(snapshot: Snapshot, value: Composable) -> Composable:
    """The same over a text expression: one look-up in a constant jsonb map for each step of the fallback."""
    default = Literal(snapshot.copies[0].id)
    if snapshot.kind == Message.Kind.SINGLE or len(snapshot.copies) == 1:
        return SQL("{}::bigint").format(default)
    known = SQL("{}::jsonb").format(Literal(orjson.dumps(copies_by_value(snapshot)).decode()))
    if snapshot.property != LANGUAGE:
        return SQL("COALESCE(({} ->> {})::bigint, {})").format(known, value, default)
    tag = SQL("translate({}, {}, {})").format(value, Literal(UPPER), Literal(LOWER))
    return SQL(
        "COALESCE(({known} ->> {tag})::bigint,"
        " ({known} ->> (split_part({tag}, '-', 1) || '-' || split_part({tag}, '-', 2)))::bigint,"
        " ({known} ->> split_part({tag}, '-', 1))::bigint, {default})"
    ).format(known=known, tag=tag, default=default)


def copies_by_value(snapshot: Snapshot) -> dict[str, int]:
    fold = snapshot.property == LANGUAGE
    return {folded(copy.value) if fold else copy.value: copy.id for copy in snapshot.copies[1:]}


def candidates(snapshot: Snapshot, value: str) -> list[str]:
    if snapshot.property != LANGUAGE:
        return [value]
    parts = folded(value).split("-")
    return [folded(value), "-".join(parts[:2]), parts[0]]


def folded(tag: str) -> str:
    return tag.translate(FOLDED)
