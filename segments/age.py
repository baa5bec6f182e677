"""Age in whole years as a range of birth dates, which PostgreSQL compares as they are stored."""

from datetime import date, timedelta
from decimal import Decimal

from psycopg.sql import SQL, Composable, Literal

from segments import operators
from segments.context import Context
from segments.sets import FALSE
from segments.tree import Comparison


def is_aged(comparison: Comparison, context: Context) -> Composable:
    """Who is not born yet has no age."""
    holds = operators.of(comparison).holds
    ages = [
        years for years in range(context.today.year) if holds(Decimal(years), comparison.value, context)
    ]  # without a gap, whatever the comparison
    if not ages:
        return FALSE
    youngest, oldest = born_by(ages[0], context.today), born_by(ages[-1] + 1, context.today)
    if oldest is None:
        return SQL("p.birth_date <= {}").format(Literal(youngest))
    return SQL("p.birth_date BETWEEN {} AND {}").format(Literal(oldest + timedelta(days=1)), Literal(youngest))


def born_by(years: int, today: date) -> date | None:
    """The last day of birth of who is so many years old; on 29 February of a leap year one ages on 1 March in others.

    None before the year 1.
    """
    if years >= today.year:
        return None
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # 29 February, where the year has none
        return date(today.year - years, 2, 28)


def age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
