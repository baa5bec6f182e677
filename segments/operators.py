"""Every comparison, one row each: it serves the JSON, the form, the sentence, the SQL and the check in Python.

A value of another type than the row's never matches. A missing value matches only *is missing* and the rows that
begin with *not*: who has no language does not speak Spanish.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any as Anything
from typing import Generic, LiteralString

from psycopg.sql import SQL, Composable, Literal

from segments.context import Context
from segments.inputs import AMOUNT, DAY, NOTHING, NUMBER, NUMBERS, SEVERAL, SPAN, TEXT, Input, V
from segments.operands import FOLD, Operand, fold_sql, is_missing, typed
from segments.tree import Comparison, Type


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


def compared(template: LiteralString) -> Callable[[Operand, Anything, Context], Composable]:
    """SQL of one operand {0} and one value {1}."""

    def condition(operand: Operand, value: object, context: Context) -> Composable:
        return SQL(template).format(operand.value, Literal(value))

    return condition


def or_missing(
    condition: Callable[[Operand, V, Context], Composable],
) -> Callable[[Operand, V, Context], Composable]:
    def widened(operand: Operand, value: V, context: Context) -> Composable:
        return SQL("({} OR {})").format(condition(operand, value, context), operand.missing)

    return widened


def one_of(operand: Operand, values: tuple[str, ...], context: Context) -> Composable:
    return SQL("{} IN ({})").format(operand.value, listed(values))


def not_one_of(operand: Operand, values: tuple[str, ...], context: Context) -> Composable:
    return SQL("{} NOT IN ({})").format(operand.value, listed(values))


def contains(operand: Operand, value: str, context: Context) -> Composable:
    return SQL("strpos({}, {}) > 0").format(fold_sql(operand.value), Literal(value.translate(FOLD)))


def starts_with(operand: Operand, value: str, context: Context) -> Composable:
    return SQL("starts_with({}, {})").format(fold_sql(operand.value), Literal(value.translate(FOLD)))


def between(operand: Operand, value: tuple[object, object], context: Context) -> Composable:
    return SQL("{} BETWEEN {} AND {}").format(operand.value, Literal(value[0]), Literal(value[1]))


def last_days(operand: Operand, days: int, context: Context) -> Composable:
    return between(operand, (context.today - timedelta(days=days), context.today), context)


def next_days(operand: Operand, days: int, context: Context) -> Composable:
    return between(operand, (context.today, context.today + timedelta(days=days)), context)


def list_with(template: LiteralString) -> Callable[[Operand, tuple[str, ...], Context], Composable]:
    """SQL of one list {0} and an array of texts {1}."""

    def condition(operand: Operand, values: tuple[str, ...], context: Context) -> Composable:
        return SQL(template).format(operand.value, SQL("ARRAY[{}]").format(listed(values)))

    return condition


def listed(values: Iterable[str]) -> Composable:
    return SQL(", ").join(map(Literal, values))


EVERY = tuple(Type)
TEXTS, NUMBERS_, DAYS_, LISTS, FLAGS = (Type.TEXT,), (Type.NUMBER,), (Type.DATE,), (Type.LIST,), (Type.BOOLEAN,)

OPERATORS: tuple[Operator[Anything], ...] = (
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
        "starts_with",
        "starts with",
        TEXTS,
        TEXT,
        "starts with {}",
        starts_with,
        lambda seen, value, at: seen.translate(FOLD).startswith(value.translate(FOLD)),
    ),
    Operator(
        "greater_than_equals",
        "is at least",
        NUMBERS_,
        NUMBER,
        "is at least {}",
        compared("{} >= {}"),
        lambda seen, value, at: seen >= value,
    ),
    Operator(
        "equals",
        "is exactly",
        NUMBERS_,
        NUMBER,
        "is exactly {}",
        compared("{} = {}"),
        lambda seen, value, at: seen == value,
    ),
    Operator(
        "not_equals",
        "is not",
        NUMBERS_,
        NUMBER,
        "is not {}",
        or_missing(compared("{} <> {}")),
        lambda seen, value, at: seen != value,
        takes_missing=True,
    ),
    Operator(
        "less_than_equals",
        "is at most",
        NUMBERS_,
        NUMBER,
        "is at most {}",
        compared("{} <= {}"),
        lambda seen, value, at: seen <= value,
    ),
    Operator(
        "greater_than",
        "is more than",
        NUMBERS_,
        NUMBER,
        "is more than {}",
        compared("{} > {}"),
        lambda seen, value, at: seen > value,
    ),
    Operator(
        "less_than",
        "is less than",
        NUMBERS_,
        NUMBER,
        "is less than {}",
        compared("{} < {}"),
        lambda seen, value, at: seen < value,
    ),
    Operator(
        "between",
        "is between",
        NUMBERS_,
        NUMBERS,
        "is between {}",
        between,
        lambda seen, value, at: value[0] <= seen <= value[1],
    ),
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

BY_TYPE = {each: {row.key: row for row in OPERATORS if each in row.types} for each in Type}
# How often and how much are compared as numbers are, with a plain "is exactly 2" said as "exactly 2".
MEASURES = tuple(row for row in OPERATORS if row.input in (NUMBER, NUMBERS) and row.key != "not_equals")


def satisfied_by_zero(comparison: Comparison, context: Context) -> bool:
    return of(comparison).holds(Decimal(0), comparison.value, context)
