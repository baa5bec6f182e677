"""Rules by the thousand, with values that the difficult people have."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from segments import operators
from segments.inputs import AMOUNT, DAY, NOTHING, NUMBER, NUMBERS, SEVERAL, SPAN, TEXT
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
    Type,
    Value,
)
from tests.segments.population import CUSTOM, EVENT_PROPERTIES, EVENTS, NEVER_SEEN, NOW, TEXTS
from tests.segments.population import NUMBERS as AMOUNTS

COLUMN_TYPES = {
    "identity": Type.TEXT,
    "language": Type.TEXT,
    "city": Type.TEXT,
    "latitude": Type.NUMBER,
    "bucket": Type.NUMBER,
    "birth_date": Type.DATE,
    "created_at": Type.DATE,
    "updated_at": Type.DATE,
}
numbers = st.sampled_from([Decimal(str(each)) for each in AMOUNTS if len(str(each)) < 15])
days = st.integers(-40, 5).map(lambda shift: NOW.date() + timedelta(days=shift))
days |= st.dates(date(1900, 1, 1), date(2200, 12, 31))
texts = st.sampled_from(TEXTS) | st.text(min_size=1, max_size=3).filter(lambda text: text.strip() and is_storable(text))
VALUES: dict[str, st.SearchStrategy[Value]] = {
    NOTHING.widget: st.none(),
    TEXT.widget: texts | texts.map(lambda text: text[:2]).filter(str.strip),
    SEVERAL.widget: st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple),
    NUMBER.widget: numbers,
    NUMBERS.widget: st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair))),
    DAY.widget: days,
    SPAN.widget: st.tuples(days, days).map(lambda pair: (min(pair), max(pair))),
    AMOUNT.widget: st.integers(0, 40),
}


def is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


@st.composite
def comparisons(draw: st.DrawFn, wanted: Type | None = None) -> Comparison:
    kind = wanted or draw(st.sampled_from(Type))
    row = draw(st.sampled_from(sorted(operators.BY_TYPE[kind].values(), key=lambda each: each.key)))
    return Comparison(kind, row.key, draw(VALUES[row.input.widget]))


@st.composite
def properties(draw: st.DrawFn) -> Property:
    name = draw(st.sampled_from([*COLUMN_TYPES, *CUSTOM]))
    return Property(name, draw(comparisons(COLUMN_TYPES.get(name))))


filters = st.builds(Property, st.sampled_from([*EVENT_PROPERTIES, "language"]), comparisons())
where = st.lists(filters, max_size=2).map(tuple)
events = st.sampled_from([*EVENTS, *EVENTS, NEVER_SEEN])


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first, last = sorted(draw(st.tuples(days, days)))
    spans: list[Period] = [Ever(), Between(first, last), Between(first, None), Between(None, last)]
    recent = st.builds(Last, st.integers(0, 40), st.sampled_from(["days", "hours"]))
    return draw(st.one_of(st.sampled_from(spans), recent))


@st.composite
def measures(draw: st.DrawFn) -> Times | Sum:
    row = draw(st.sampled_from(operators.MEASURES))
    if draw(st.booleans()):
        low, high = sorted(draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
        value = (Decimal(low), Decimal(high)) if row.input is NUMBERS else Decimal(low)
        return Times(Comparison(Type.NUMBER, row.key, value), draw(st.booleans()))
    comparison = Comparison(Type.NUMBER, row.key, draw(VALUES[row.input.widget]))
    return Sum(draw(st.sampled_from(["amount", "category"])), comparison, draw(st.booleans()))


dids = st.builds(Did, events, periods(), where, st.none() | measures())
did_nots = st.builds(DidNot, events, periods(), where)
buckets = st.tuples(st.integers(0, 999), st.integers(0, 999)).map(lambda ends: Bucket(min(ends), max(ends)))
leaves: st.SearchStrategy[Node] = properties() | dids | did_nots | buckets


def groups(children: st.SearchStrategy[Node], least: int = 1) -> st.SearchStrategy[Tree]:
    members = st.lists(children, min_size=least, max_size=4).map(tuple)
    return st.one_of(st.builds(All, members), st.builds(Any, members), st.builds(NoneOf, members))


trees: st.SearchStrategy[Tree] = groups(st.recursive(leaves, groups, max_leaves=6), least=0)
