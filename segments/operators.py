"""Every comparison, one row each: it serves the JSON, the form, the sentence, the SQL and the check in Python.

A value of another type than the row's never matches. A missing value matches only *is missing* and the rows that
begin with *not*: who has no language does not speak Spanish.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any as Anything
from typing import Generic, LiteralString

from psycopg.sql import SQL, Composable

from segments.comparisons import (
    anniversaries,
    between,
    compared,
    contains,
    has_anniversary,
    last_days,
    list_with,
    next_days,
    not_contains,
    not_one_of,
    one_of,
    or_missing,
    starts_with,
    versions_between,
    versions_compared,
)
from segments.context import Context
from segments.inputs import (
    AMOUNT,
    DAY,
    DAYS_OF_YEAR,
    NOTHING,
    NUMBER,
    NUMBERS,
    SEVERAL,
    SPAN,
    TEXT,
    VERSION,
    VERSIONS,
    Input,
    V,
)
from segments.operands import FOLD, Operand, is_missing, typed
from segments.tree import Comparison, Property, Type
from segments.versions import version_of


@dataclass(frozen=True)
class Operator(Generic[V]):
    """`sql` gives a condition on the operand that may be NULL for "no". `holds` says the same of a value that is of the
    row's type, or None. `phrase` is its part of the sentence, with the value in place of {}."""

    key: str
    label: str
    types: tuple[Type, ...]
    input: Input[V]
    phrase: str
    sql: Callable[[Operand, V, Context], Composable]
    holds: Callable[[Anything, V, Context], bool]
    takes_missing: bool = False

    def says(self, value: V) -> str:
        return self.phrase.format(self.input.say(value))


Row = Operator[Anything]


def find(wanted: Type, key: str) -> Operator[Anything] | None:
    return BY_TYPE[wanted].get(key)


def of(comparison: Comparison) -> Operator[Anything]:
    """The row of a comparison that was parsed."""
    return BY_TYPE[comparison.type][comparison.operator]


def meets(raw: object, comparison: Comparison, context: Context) -> bool:
    """What the SQL says of one JSON value (None where there is none), in Python."""
    row = of(comparison)
    if is_missing(raw):
        return row.takes_missing
    if row.types == EVERY:
        return row.holds(raw, comparison.value, context)
    seen = typed(raw, comparison.type, context)
    return seen is not None and row.holds(seen, comparison.value, context)


def fulfils(properties: Mapping[str, object], where: Property, context: Context) -> bool:
    """Whether the properties of one event match a filter: with an `item`, any one object of the list does."""
    raw = properties.get(where.name)
    if where.item is None:
        return meets(raw, where.comparison, context)
    items = [each for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []
    return any(meets(each.get(where.item), where.comparison, context) for each in items)


EVERY = tuple(Type)
TEXTS, NUMBERS_, DAYS_, LISTS, FLAGS = (Type.TEXT,), (Type.NUMBER,), (Type.DATE,), (Type.LIST,), (Type.BOOLEAN,)
# Numbers and versions alike: key, what is said, SQL, Python. Who has no number has no other number either: “is not”.
ORDER: tuple[tuple[str, str, LiteralString, Callable[[Anything, Anything], bool]], ...] = (
    ("greater_than_equals", "is at least", "{} >= {}", ge),
    ("equals", "is exactly", "{} = {}", eq),
    ("not_equals", "is not", "{} <> {}", ne),
    ("less_than_equals", "is at most", "{} <= {}", le),
    ("greater_than", "is more than", "{} > {}", gt),
    ("less_than", "is less than", "{} < {}", lt),
)


def number_row(key: str, label: str, template: LiteralString, holds: Callable[[Anything, Anything], bool]) -> Row:
    sql, takes_missing = compared(template), key == "not_equals"
    return Operator(
        key,
        label,
        NUMBERS_,
        NUMBER,
        f"{label} {{}}",
        or_missing(sql) if takes_missing else sql,
        lambda seen, value, at: holds(seen, value),
        takes_missing,
    )


def version_row(key: str, label: str, template: LiteralString, holds: Callable[[Anything, Anything], bool]) -> Row:
    sql, takes_missing = versions_compared(template), key == "not_equals"
    return Operator(
        key,
        label,
        (Type.VERSION,),
        VERSION,
        f"{label} {{}}",
        or_missing(sql) if takes_missing else sql,
        lambda seen, value, at: holds(seen, version_of(value)),
        takes_missing,
    )


TEXT_ROWS: tuple[Row, ...] = (
    Operator("equals", "is any of", TEXTS, SEVERAL, "is {}", one_of, lambda seen, value, at: seen in value),
    Operator(
        "not_equals",
        "is not",
        TEXTS,
        SEVERAL,
        "is not {}",
        or_missing(not_one_of),
        lambda seen, value, at: seen not in value,
        takes_missing=True,
    ),
    Operator(
        "contains",
        "contains",
        TEXTS,
        TEXT,
        "contains {}",
        contains,
        lambda seen, value, at: value.translate(FOLD) in seen.translate(FOLD),
    ),
    Operator(
        "not_contains",
        "does not contain",
        TEXTS,
        TEXT,
        "does not contain {}",
        or_missing(not_contains),
        lambda seen, value, at: value.translate(FOLD) not in seen.translate(FOLD),
        takes_missing=True,
    ),
    Operator(
        "starts_with",
        "starts with",
        TEXTS,
        TEXT,
        "starts with {}",
        starts_with,
        lambda seen, value, at: seen.translate(FOLD).startswith(value.translate(FOLD)),
    ),
)

NUMBER_ROWS: tuple[Row, ...] = (
    *(number_row(*each) for each in ORDER),
    Operator(
        "between",
        "is between",
        NUMBERS_,
        NUMBERS,
        "is between {}",
        between,
        lambda seen, value, at: value[0] <= seen <= value[1],
    ),
)

VERSION_ROWS: tuple[Row, ...] = (
    *(version_row(*each) for each in ORDER),
    Operator(
        "between",
        "is between",
        (Type.VERSION,),
        VERSIONS,
        "is between {}",
        versions_between,
        lambda seen, value, at: version_of(value[0]) <= seen <= version_of(value[1]),
    ),
)

DATE_ROWS: tuple[Row, ...] = (
    Operator("on", "is on", DAYS_, DAY, "is on {}", compared("{} = {}"), lambda seen, value, at: seen == value),
    Operator(
        "before", "is before", DAYS_, DAY, "is before {}", compared("{} < {}"), lambda seen, value, at: seen < value
    ),
    Operator("after", "is after", DAYS_, DAY, "is after {}", compared("{} > {}"), lambda seen, value, at: seen > value),
    Operator(
        "between",
        "is between",
        DAYS_,
        SPAN,
        "is between {}",
        between,
        lambda seen, value, at: value[0] <= seen <= value[1],
    ),
    Operator(
        "last_days",
        "is within the last",
        DAYS_,
        AMOUNT,
        "is within the last {}",
        last_days,
        lambda seen, value, at: 0 <= (at.today - seen).days <= value,
    ),
    Operator(
        "next_days",
        "is within the next",
        DAYS_,
        AMOUNT,
        "is within the next {}",
        next_days,
        lambda seen, value, at: 0 <= (seen - at.today).days <= value,
    ),
    Operator(
        "anniversary_today",
        "has its anniversary today",
        DAYS_,
        NOTHING,
        "has its anniversary today",
        anniversaries(0, 0),
        lambda seen, value, at: has_anniversary(seen, 0, 0, at),
    ),
    Operator(
        "anniversary_last_days",
        "had its anniversary in the last",
        DAYS_,
        DAYS_OF_YEAR,
        "had its anniversary in the last {}",
        anniversaries(1, 0),
        lambda seen, value, at: has_anniversary(seen, value, 0, at),
    ),
    Operator(
        "anniversary_next_days",
        "has its anniversary in the next",
        DAYS_,
        DAYS_OF_YEAR,
        "has its anniversary in the next {}",
        anniversaries(0, 1),
        lambda seen, value, at: has_anniversary(seen, 0, value, at),
    ),
)

FLAG_ROWS: tuple[Row, ...] = (
    Operator(
        "is_true",
        "is yes",
        FLAGS,
        NOTHING,
        "is yes",
        lambda operand, value, at: operand.value,
        lambda seen, value, at: seen,
    ),
    Operator(
        "is_false",
        "is no",
        FLAGS,
        NOTHING,
        "is no",
        lambda operand, value, at: SQL("NOT {}").format(operand.value),
        lambda seen, value, at: not seen,
    ),
)

LIST_ROWS: tuple[Row, ...] = (
    Operator(
        "any_of",
        "contains any of",
        LISTS,
        SEVERAL,
        "contains {}",
        list_with("{} ?| {}"),
        lambda seen, value, at: any(each in seen for each in value),
    ),
    Operator(
        "all_of",
        "contains all of",
        LISTS,
        SEVERAL,
        "contains all of {}",
        list_with("{} ?& {}"),
        lambda seen, value, at: all(each in seen for each in value),
    ),
    Operator(
        "none_of",
        "contains none of",
        LISTS,
        SEVERAL,
        "does not contain {}",
        or_missing(list_with("NOT ({} ?| {})")),
        lambda seen, value, at: not any(each in seen for each in value),
        takes_missing=True,
    ),
)

EVERY_ROWS: tuple[Row, ...] = (
    Operator(
        "exists",
        "has any value",
        EVERY,
        NOTHING,
        "has a value",
        lambda operand, value, at: SQL("NOT {}").format(operand.missing),
        lambda seen, value, at: True,
    ),
    Operator(
        "missing",
        "is missing",
        EVERY,
        NOTHING,
        "is missing",
        lambda operand, value, at: operand.missing,
        lambda seen, value, at: False,
        takes_missing=True,
    ),
)

OPERATORS = (*TEXT_ROWS, *NUMBER_ROWS, *VERSION_ROWS, *DATE_ROWS, *FLAG_ROWS, *LIST_ROWS, *EVERY_ROWS)
BY_TYPE = {each: {row.key: row for row in OPERATORS if each in row.types} for each in Type}
# How often and how much are compared as numbers are, with a plain "is exactly 2" said as "exactly 2".
MEASURES = tuple(row for row in NUMBER_ROWS if row.key != "not_equals")


def satisfied_by_zero(comparison: Comparison, context: Context) -> bool:
    return of(comparison).holds(Decimal(0), comparison.value, context)
