"""Control groups: a stable hash of person and group says who is withheld, in Python and in SQL alike.

Never the profile's bucket: a segment on the bucket would meet its own control group.
"""

import hashlib

from psycopg.sql import SQL, Composable, Literal

PARTS = 10_000


def place(salt: str, profile_id: int) -> int:
    """0–9,999: the first 32 bits of md5 of `salt:profile id`, modulo 10,000."""
    digest = hashlib.md5(f"{salt}:{profile_id}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % PARTS


def is_withheld(salt: str, profile_id: int, percent: int) -> bool:
    return place(salt, profile_id) < percent * PARTS // 100


def is_withheld_sql(salt: str, profile: Composable, percent: int) -> Composable:
    """The same over a SQL expression for the profile's id."""
    return SQL("('x' || left(md5({before} || {profile}), 8))::bit(32)::bigint % {parts} < {edge}").format(
        before=Literal(f"{salt}:"), profile=profile, parts=Literal(PARTS), edge=Literal(percent * PARTS // 100)
    )
