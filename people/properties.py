"""What a property of a person is called, which type a value has, and where SQL finds it."""

import re
from typing import Literal

from psycopg.sql import SQL, Composable, Identifier
from psycopg.sql import Literal as Quoted

Type = Literal["text", "number", "boolean", "date", "list", "object"]
COLUMNS: dict[str, Type] = {
    "identity": "text",
    "name": "text",
    "first_name": "text",
    "email": "text",
    "phone": "text",
    "language": "text",
    "zone": "text",
    "country": "text",
    "region": "text",
    "city": "text",
    "latitude": "number",
    "longitude": "number",
    "birth_date": "date",
    "gender": "text",
    "bucket": "number",
    "created_at": "date",
    "updated_at": "date",
}
READ_ONLY = frozenset({"identity", "bucket", "created_at", "updated_at"})
WRITABLE = tuple(name for name in COLUMNS if name not in READ_ONLY)

# ISO 8601, a date or a moment; the same shape serves PostgreSQL, where \d would know more digits than ours.
DATE_SHAPE = (
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
DATE = re.compile(DATE_SHAPE)
DATE_SQL = f"^{DATE_SHAPE}$"


def type_of(value: object) -> Type | None:
    """The type of one JSON value; None for null, which counts as missing. A text of a date's shape is a date."""
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "date" if len(value) >= 10 and value[4] == "-" and DATE.fullmatch(value) else "text"
        case list():
            return "list"
        case _:
            return "object"


def value_sql(name: str, alias: str = "p") -> Composable:
    """The value of a person's property as jsonb; SQL NULL where it is missing or JSON null."""
    if name in COLUMNS:
        return SQL("to_jsonb({})").format(Identifier(alias, name))
    return SQL("NULLIF({} -> {}, 'null'::jsonb)").format(Identifier(alias, "properties"), Quoted(name))


def text_sql(name: str, alias: str = "p") -> Composable:
    """The value of a person's property as text; NULL where it is missing."""
    if name in COLUMNS:
        return SQL("{}::text").format(Identifier(alias, name))
    return SQL("({} ->> {})").format(Identifier(alias, "properties"), Quoted(name))


def type_sql(value: Composable) -> Composable:
    """The type of a jsonb expression, in the words of `type_of`; NULL where it is missing."""
    return SQL(
        "CASE jsonb_typeof({value}) WHEN 'array' THEN 'list' WHEN 'null' THEN NULL"
        " WHEN 'string' THEN CASE WHEN {value} #>> '{{}}' ~ {date} THEN 'date' ELSE 'text' END"
        " ELSE jsonb_typeof({value}) END"
    ).format(value=value, date=Quoted(DATE_SQL))
