"""The SQL of each comparison: an operand and a value to a condition that may be NULL for "no"."""

from calendar import isleap
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any as Anything
from typing import LiteralString

from psycopg.sql import SQL, Composable, Literal

from segments.context import Context
from segments.inputs import V
from segments.operands import FOLD, Operand, fold_sql
from segments.versions import version_literal

ZONES_APART = 3  # days, and one more for 29 February, that a moment can be from the day that is written


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
    return of_text(operand, lambda text: SQL("{} IN ({})").format(text, listed(values)))


def not_one_of(operand: Operand, values: tuple[str, ...], context: Context) -> Composable:
    return SQL("{} NOT IN ({})").format(operand.value, listed(values))


def contains(operand: Operand, value: str, context: Context) -> Composable:
    sought = Literal(value.translate(FOLD))
    return of_text(operand, lambda text: SQL("strpos({}, {}) > 0").format(fold_sql(text), sought))


def not_contains(operand: Operand, value: str, context: Context) -> Composable:
    return SQL("strpos({}, {}) = 0").format(fold_sql(operand.value), Literal(value.translate(FOLD)))


def starts_with(operand: Operand, value: str, context: Context) -> Composable:
    sought = Literal(value.translate(FOLD))
    return of_text(operand, lambda text: SQL("starts_with({}, {})").format(fold_sql(text), sought))


def of_text(operand: Operand, condition: Callable[[Composable], Composable]) -> Composable:
    """For conditions that few texts meet."""
    if operand.text is None or operand.is_text is None:
        return condition(operand.value)
    return SQL("({} AND {})").format(condition(operand.text), operand.is_text)


def between(operand: Operand, value: tuple[object, object], context: Context) -> Composable:
    return SQL("{} BETWEEN {} AND {}").format(operand.value, Literal(value[0]), Literal(value[1]))


def last_days(operand: Operand, days: int, context: Context) -> Composable:
    return between(operand, (context.today - timedelta(days=days), context.today), context)


def next_days(operand: Operand, days: int, context: Context) -> Composable:
    return between(operand, (context.today, context.today + timedelta(days=days)), context)


def anniversaries(back: int, ahead: int) -> Callable[[Operand, Anything, Context], Composable]:
    """From `back` times the value's days ago to `ahead` times as many from now on."""

    def condition(operand: Operand, days: int | None, context: Context) -> Composable:
        first, last = back * (days or 0), ahead * (days or 0)
        wanted = sorted(days_of_year(context.today, first, last))
        exact = SQL("to_char({}, 'MM-DD') IN ({})").format(operand.value, listed(wanted))
        if operand.text is None:
            return exact
        written = sorted(days_of_year(context.today, first + ZONES_APART, last + ZONES_APART))
        return SQL("(substr({}, 6, 5) IN ({}) AND {})").format(operand.text, listed(written), exact)

    return condition


def has_anniversary(day: date, back: int, ahead: int, context: Context) -> bool:
    return f"{day:%m-%d}" in days_of_year(context.today, back, ahead)


def days_of_year(today: date, back: int, ahead: int) -> set[str]:
    """“03-30” for each day of the window; who was born on 29 February has the first of March in other years."""
    days = [today + timedelta(days=shift) for shift in range(-back, ahead + 1)]
    leapt = {"02-29" for day in days if (day.month, day.day) == (3, 1) and not isleap(day.year)}
    return {f"{day:%m-%d}" for day in days} | leapt


def versions_compared(template: LiteralString) -> Callable[[Operand, str, Context], Composable]:
    def condition(operand: Operand, value: str, context: Context) -> Composable:
        return SQL(template).format(operand.value, version_literal(value))

    return condition


def versions_between(operand: Operand, value: tuple[str, str], context: Context) -> Composable:
    low, high = map(version_literal, value)
    return SQL("{} BETWEEN {} AND {}").format(operand.value, low, high)


def list_with(template: LiteralString) -> Callable[[Operand, tuple[str, ...], Context], Composable]:
    """SQL of one list {0} and an array of texts {1}."""

    def condition(operand: Operand, values: tuple[str, ...], context: Context) -> Composable:
        return SQL(template).format(operand.value, SQL("ARRAY[{}]").format(listed(values)))

    return condition


def listed(values: Iterable[str]) -> Composable:
    return SQL(", ").join(map(Literal, values))
