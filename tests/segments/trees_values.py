"""Comparisons of every type and operator, with values that the difficult people have."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any as Anything

from hypothesis import strategies as st

from segments import operators
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
    WrongValue,
)
from segments.tree import Comparison, Type
from tests.segments.population_times import NOW
from tests.segments.population_values import NUMBERS as AMOUNTS
from tests.segments.population_values import TEXTS, URLS
from tests.segments.population_values import VERSIONS as ODD_VERSIONS

EVERY_COMPARISON = [(kind, row) for kind in Type for row in sorted(operators.BY_TYPE[kind])]


def is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def is_version(text: str) -> bool:
    try:
        return VERSION.parse(text) == text
    except WrongValue:
        return False


numbers = st.sampled_from([Decimal(str(each)) for each in AMOUNTS if len(str(each)) < 15])
days = st.integers(-40, 5).map(lambda shift: NOW.date() + timedelta(days=shift))
days |= st.dates(date(1900, 1, 1), date(2200, 12, 31))
OF_COLUMNS = ["F", "BR", "SP", "Europe/Berlin", "ana@example.com", "+5511999990000", "ios", "Apple"]
texts = st.sampled_from([*TEXTS, *URLS, *OF_COLUMNS]) | st.text(min_size=1, max_size=3).filter(
    lambda text: bool(text.strip()) and is_storable(text)
)
versions = st.sampled_from([text for text in ODD_VERSIONS if is_version(text)])
versions |= st.lists(st.integers(0, 12).map(str), min_size=1, max_size=4).map(".".join)
often = st.sampled_from(["es", "pt", "ES", "A", "B", "100%", "a\\b", "O'Hara"])
several = st.lists(often | texts, min_size=1, max_size=3, unique=True).map(tuple)
several |= st.lists(often, min_size=1, max_size=3, unique=True).map(tuple)
VALUES: list[tuple[Input[Anything], st.SearchStrategy[Anything]]] = [
    (NOTHING, st.none()),
    (TEXT, texts | texts.map(lambda text: text[:2]).filter(lambda text: bool(text.strip()))),
    (SEVERAL, several),
    (NUMBER, numbers),
    (NUMBERS, st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))),
    (DAY, days),
    (SPAN, st.tuples(days, days).map(lambda pair: (min(pair), max(pair)))),
    (AMOUNT, st.integers(0, 40) | st.sampled_from([365, 10_000])),
    (DAYS_OF_YEAR, st.integers(0, 40) | st.sampled_from([364, 365])),
    (VERSION, versions),
    (VERSIONS, st.tuples(versions, versions).filter(lambda pair: is_span(list(pair)))),
]


def is_span(pair: list[str]) -> bool:
    try:
        VERSIONS.parse(pair)
    except WrongValue:
        return False
    return True


def comparison(kind: Type, key: str) -> st.SearchStrategy[Comparison]:
    row = operators.BY_TYPE[kind][key]
    values = next(values for taken, values in VALUES if taken is row.input)
    return values.map(lambda value: Comparison(kind, key, value))


def comparisons(*kinds: Type) -> st.SearchStrategy[Comparison]:
    """Of these types; of every type if there is none."""
    wanted = [pair for pair in EVERY_COMPARISON if not kinds or pair[0] in kinds]
    return st.sampled_from(wanted).flatmap(lambda pair: comparison(*pair))


def measured(low: int, high: int) -> st.SearchStrategy[Comparison]:
    """Whole numbers of so many compared as how often is."""
    return measured_by(st.integers(low, high))


def measured_by(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Comparison]:
    wholes = numbers.map(Decimal)
    pairs = st.tuples(wholes, wholes).map(lambda pair: (min(pair), max(pair)))
    return st.sampled_from(operators.MEASURES).flatmap(
        lambda row: (pairs if row.input is NUMBERS else wholes).map(
            lambda value: Comparison(Type.NUMBER, row.key, value)
        )
    )


amounts = st.sampled_from(operators.MEASURES).flatmap(lambda row: comparison(Type.NUMBER, row.key))
