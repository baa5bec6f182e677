"""The rule as one English sentence."""

from collections.abc import Sequence
from typing import assert_never

from segments import operators
from segments.inputs import day_words, days_words
from segments.tree import (
    All,
    Any,
    Between,
    Bucket,
    Comparison,
    Did,
    DidNot,
    Ever,
    Last,
    Node,
    NoneOf,
    Period,
    Property,
    Sum,
    Times,
    Tree,
)


def sentence(tree: Tree) -> str:
    match tree:
        case All(of=()) | NoneOf(of=()):
            return "Everyone."
        case Any(of=()):
            return "Nobody."
        case NoneOf(of):
            return f"Everyone except people {listed(of, 'or')}."
        case All(of):
            return f"People {listed(of, 'and')}."
        case Any(of):
            return f"People {listed(of, 'or')}."
        case _:
            assert_never(tree)


def clause(node: Node) -> str:
    """“who did Charged”, “whose language is es”: what a person has to be, a group in brackets."""
    match node:
        case All(of=(only,)) | Any(of=(only,)):
            return clause(only)
        case All(of):
            return f"({listed(of, 'and')})"
        case Any(of):
            return f"({listed(of, 'or')})"
        case NoneOf(of):
            return f"who are none of these: ({listed(of, 'or')})"
        case Property(name, comparison):
            return f"whose {name} {comparison_words(comparison)}"
        case Did():
            return f"who {deed(node)}"
        case DidNot(event, period, where):
            return " ".join(filter(None, [f"who did not do {event}", period_words(period), where_words(where)]))
        case Bucket(low, high):
            return f"in buckets {low} to {high}"
        case _:
            assert_never(node)


def listed(nodes: Sequence[Node], word: str) -> str:
    clauses = [clause(node) for node in nodes]
    if len(clauses) < 3:
        return f" {word} ".join(clauses)
    return f"{', '.join(clauses[:-1])}, {word} {clauses[-1]}"


def deed(node: Did) -> str:
    never = node.measure is not None and node.measure.include_never
    parts = [
        f"did {node.event}",
        measure_words(node.measure),
        period_words(node.period),
        where_words(node.where),
        "(or never did)" if never else "",
    ]
    return " ".join(filter(None, parts))


def measure_words(measure: Times | Sum | None) -> str:
    match measure:
        case None:
            return ""
        case Times(comparison):
            words = amount_words(comparison)
            return f"{words} time" if words.endswith(" 1") and " and " not in words else f"{words} times"
        case Sum(name, comparison):
            return f"with a total {name} of {amount_words(comparison)}"
        case _:
            assert_never(measure)


def amount_words(comparison: Comparison) -> str:
    """“at least 2”: what a measure says without “is”."""
    return comparison_words(comparison).removeprefix("is ")


def period_words(period: Period) -> str:
    match period:
        case Ever():
            return ""
        case Last(0, "days"):
            return "today"
        case Last(amount, "days"):
            return f"in the last {days_words(amount)}"
        case Last(amount):
            return "in the last hour" if amount == 1 else f"in the last {amount:,} hours"
        case Between():
            return days_between(period)
        case _:
            assert_never(period)


def days_between(period: Between) -> str:
    first, last = (day_words(day) if day else "" for day in (period.first, period.last))
    if first == last:
        return f"on {first}"
    if not last:
        return f"since {first}"
    return f"from {first} to {last}" if first else f"up to {last}"


def where_words(where: Sequence[Property]) -> str:
    filters = [f"{each.name} {comparison_words(each.comparison)}" for each in where]
    return f"where {' and '.join(filters)}" if filters else ""


def comparison_words(comparison: Comparison) -> str:
    return operators.of(comparison).says(comparison.value)
