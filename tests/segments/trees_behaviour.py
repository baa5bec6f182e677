"""Conditions on what people did: every way to narrow it down and to measure it."""

from datetime import time, timedelta
from typing import Literal

from hypothesis import strategies as st

from segments.periods import NAMED
from segments.tree import (
    Average,
    Between,
    Calendar,
    Comparison,
    Deed,
    Did,
    DidNot,
    Ever,
    Hours,
    Interest,
    Last,
    Period,
    Property,
    Sum,
    Times,
    Type,
    Values,
    Weekdays,
)
from tests.segments.population import EVENTS, NEVER_SEEN
from tests.segments.population_messages import MESSAGE_PROPERTIES, MESSAGES, NAMES
from tests.segments.population_times import CHANGES
from tests.segments.population_values import EVENT_PROPERTIES, ODD_NAME
from tests.segments.trees_values import amounts, comparison, comparisons, days, measured, texts

ITEM_KEYS = ["sku", "price", "gift", "app", ODD_NAME]
SAID = [*NAMES, "winback", "100%", "es", "Default", "A", "B", "campaign", "system", "export", "by_property"]

of_event = st.builds(Property, st.sampled_from([*EVENT_PROPERTIES, "language"]), comparisons())
of_item = st.builds(
    Property, st.sampled_from(["Items", "Items", "Items", "tags"]), comparisons(), st.sampled_from(ITEM_KEYS)
)
of_item |= st.builds(
    Property,
    st.just("Items"),
    st.sampled_from(["equals", "not_equals"]).flatmap(lambda operator: comparison(Type.TEXT, operator)),
    st.just("sku"),
)
of_item |= st.builds(Property, st.just("Items"), comparisons(Type.NUMBER), st.just("price"))
of_message = st.builds(Property, st.sampled_from(MESSAGE_PROPERTIES), comparisons())
of_message |= st.builds(
    lambda name, operator, values: Property(name, Comparison(Type.TEXT, operator, tuple(values))),
    st.sampled_from(MESSAGE_PROPERTIES),
    st.sampled_from(["equals", "not_equals"]),
    st.lists(st.sampled_from(SAID), min_size=1, max_size=2, unique=True),
)


def where(filters: st.SearchStrategy[Property], least: int = 0) -> st.SearchStrategy[tuple[Property, ...]]:
    return st.lists(filters, min_size=least, max_size=2).map(tuple)


names = st.sampled_from([*EVENTS, *EVENTS, NEVER_SEEN])
plain_deeds = st.builds(Deed, names)
item_deeds = st.builds(Deed, names, where(of_item, least=1))
message_deeds = st.builds(Deed, st.sampled_from(MESSAGES), where(of_message))
deeds = plain_deeds | st.builds(Deed, names, where(of_event | of_item)) | message_deeds
several = st.lists(deeds, min_size=2, max_size=4).map(tuple)
one = deeds.map(lambda deed: (deed,))
one_or_several = one | several
amount_deeds = plain_deeds.map(lambda deed: (deed,)) | one

recent = st.builds(Last, st.integers(0, 40) | st.just(800), st.sampled_from(["days", "hours"]))
changing = st.sampled_from([change.date() for change in CHANGES])
near_days = days | changing | changing.map(lambda day: day + timedelta(days=1))
spans = st.tuples(near_days, near_days).map(lambda pair: Between(min(pair), max(pair)))
open_spans = near_days.map(lambda day: Between(day, None)) | near_days.map(lambda day: Between(None, day))
calendar = st.builds(Calendar, st.sampled_from(sorted(NAMED)))
limited: st.SearchStrategy[Period] = recent | spans | open_spans | calendar
periods: st.SearchStrategy[Period] = st.just(Ever()) | limited

clocks = st.builds(time, st.sampled_from([0, 1, 2, 3, 9, 18, 22, 23]), st.sampled_from([0, 0, 30, 59]))
hours = st.builds(Hours, clocks, clocks)
whole_hours = st.builds(Hours, st.integers(0, 23).map(time), st.integers(0, 23).map(time))
weekdays: st.SearchStrategy[Weekdays] = st.sets(st.integers(1, 7), min_size=1, max_size=7).map(sorted).map(tuple)
no_hours, no_days = st.none(), st.just(())

times = st.builds(Times, measured(0, 5), st.booleans())
number_names = st.sampled_from(["amount", "amount", "category", "Run", ODD_NAME])
sums = st.builds(Sum, number_names, amounts, st.booleans())
averages = st.builds(Average, number_names, amounts | measured(0, 50), st.booleans())
over_values = st.builds(
    Values,
    st.sampled_from(["category", "category", "page_url", "amount", "Copy", ODD_NAME]),
    st.lists(texts | st.sampled_from(SAID), min_size=1, max_size=3, unique=True).map(tuple),
)
over: st.SearchStrategy[Values | Hours | Weekdays] = over_values | whole_hours | weekdays
shares = st.integers(1, 100) | st.sampled_from([1, 33, 34, 50, 51, 66, 67, 100])


def did(
    of: st.SearchStrategy[tuple[Deed, ...]] = one,
    during: st.SearchStrategy[Period] = periods,
    at: st.SearchStrategy[Hours | None] = no_hours,
    on: st.SearchStrategy[Weekdays] = no_days,
    which: Literal["any", "first", "last"] = "any",
    measure: st.SearchStrategy[Times | Sum | Average | None] = st.none(),  # noqa: B008 strategies are plain values
) -> st.SearchStrategy[Did]:
    return st.builds(Did, of, during, at, on, st.just(which), measure)


any_hours, any_days = hours | no_hours, weekdays | no_days
BEHAVIOUR: dict[str, st.SearchStrategy[Did | DidNot | Interest]] = {
    "did": did(one),
    "did one thing without a filter": did(plain_deeds.map(lambda deed: (deed,))),
    "did something with an item": did(item_deeds.map(lambda deed: (deed,))),
    "did any of several": did(several),
    "got a message": did(message_deeds.map(lambda deed: (deed,))),
    "at hours": did(one_or_several, at=hours),
    "on weekdays": did(one_or_several, on=weekdays),
    "at hours on weekdays": did(plain_deeds.map(lambda deed: (deed,)), at=hours, on=weekdays),
    "first time": did(one_or_several, limited, any_hours, any_days, "first"),
    "last time": did(one_or_several, limited, any_hours, any_days, "last"),
    "first time of all": did(plain_deeds.map(lambda deed: (deed,)), limited, which="first"),
    "last time of all": did(plain_deeds.map(lambda deed: (deed,)), limited, which="last"),
    "so often": did(one, measure=times),
    "so often, of several, at hours": did(several, periods, any_hours, any_days, measure=times),
    "so often of all": did(plain_deeds.map(lambda deed: (deed,)), st.just(Ever()), measure=times),
    "sum": did(amount_deeds, periods, any_hours, any_days, measure=sums),
    "average": did(amount_deeds, periods, any_hours, any_days, measure=averages),
    "did not": st.builds(DidNot, one, periods),
    "did none of several": st.builds(DidNot, several, periods, any_hours, any_days),
    "mostly": st.builds(Interest, deeds, periods, over, st.none()),
    "mostly, of all": st.builds(Interest, plain_deeds, st.just(Ever()), over, st.none()),
    "at least so many percent": st.builds(Interest, deeds, periods, over, shares),
    "at least so many percent of all": st.builds(Interest, plain_deeds, st.just(Ever()), over, shares),
}
