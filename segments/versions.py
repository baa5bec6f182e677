"""Texts read as versions, the same by PostgreSQL and by Python: “v10.2.0-beta” is 10.2, which is later than 9.8."""

import re
from decimal import Decimal

from psycopg.sql import SQL, Composable, Literal

LENGTH = 100_000  # what follows is ignored: PostgreSQL's numbers end at 131,072 digits
PARTS = "^[vV]?([0-9]+(?:[.][0-9]+)*)"
TRAILING_ZEROS = "(?:[.]0+)+$"

Version = tuple[Decimal, ...]


def version_of(text: str) -> Version | None:
    """The numbers of its parts, without zeros at the end, so that 10.2 is 10.2.0; None if it is no version."""
    found = re.match(PARTS, text[:LENGTH])
    return tuple(Decimal(part) for part in re.sub(TRAILING_ZEROS, "", found[1]).split(".")) if found else None


def version_sql(text: Composable) -> Composable:
    """The same as numeric[], which PostgreSQL compares part by part as Python does tuples; NULL if it is no version."""
    return SQL(
        "string_to_array(regexp_replace(substring(left({text}, {length}) FROM {parts}), {zeros}, ''), '.')::numeric[]"
    ).format(text=text, length=Literal(LENGTH), parts=Literal(PARTS), zeros=Literal(TRAILING_ZEROS))


def version_literal(text: str) -> Composable:
    """A text that is a version, as `version_sql` has it."""
    parts = ",".join(str(part) for part in version_of(text) or ())
    return SQL("{}::numeric[]").format(Literal(f"{{{parts}}}"))
