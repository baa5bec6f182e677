"""What the tests of the compiler share: short words for conditions, and who they find."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

from psycopg.sql import SQL

from people.models import Profile
from segments import compiler
from segments.reading import answers
from segments.tree import (
    All,
    Comparison,
    Deed,
    Last,
    Node,
    Property,
    Type,
    Value,
)
from tests.segments.making import CONTEXT, NOW, did

WEEK = Last(7)
CHARGED = (Deed("Charged"),)


def found(*of: Node, context: compiler.Context = CONTEXT) -> list[str]:
    """Who is selected, by the predicate and alike by the list and the number of people."""
    tree = All(of)
    rows = answers(SQL("SELECT id FROM people_profile p WHERE {}").format(compiler.predicate(tree, context)))
    assert Counter(answers(compiler.profiles(tree, context))) == Counter(rows)
    assert answers(compiler.number(tree, context)) == [(len(rows),)]
    return sorted(str(each.identity) for each in Profile.objects.filter(pk__in=[pk for (pk,) in rows]))


def is_(wanted: Type, operator: str, value: Value = None) -> Comparison:
    return Comparison(wanted, operator, value)


def at_least(number: int | str) -> Comparison:
    return is_(Type.NUMBER, "greater_than_equals", Decimal(number))


def at_most(number: int | str) -> Comparison:
    return is_(Type.NUMBER, "less_than_equals", Decimal(number))


def text(name: str, *values: str, item: str | None = None) -> Property:
    return Property(name, is_(Type.TEXT, "equals", values), item)


def did_at(who: Profile, at: datetime, event: str = "Charged", **properties: object) -> None:
    did(who, event, days_ago=(NOW - at) / timedelta(days=1), **properties)


# behaviour
