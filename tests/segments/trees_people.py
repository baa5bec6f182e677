"""Conditions on who people are: every family."""

from hypothesis import strategies as st

from people.models import Subscription
from people.properties import COLUMNS
from segments.operands import DEVICE_FIELDS
from segments.tree import (
    Age,
    Bucket,
    HasDevice,
    InList,
    InSegment,
    Near,
    Node,
    Point,
    Property,
    Reachable,
    Standing,
    Type,
)
from tests.segments.population_places import EDGE, METRES, NULL_ISLAND, POINTS
from tests.segments.population_saved import LISTS, SEGMENTS
from tests.segments.population_values import CUSTOM
from tests.segments.trees_values import EVERY_COMPARISON, comparison, comparisons, measured, measured_by

HOMES = {
    Type.TEXT: "plan",
    Type.NUMBER: "score",
    Type.BOOLEAN: "vip",
    Type.DATE: "joined",
    Type.LIST: "tags",
    Type.VERSION: "app",
}
OF_TYPE = {kind: [name for name, type_ in COLUMNS.items() if type_ == kind] for kind in Type}


@st.composite
def properties(draw: st.DrawFn) -> Property:
    name = draw(st.sampled_from([*COLUMNS, *CUSTOM, *CUSTOM]))
    return Property(name, draw(comparisons(Type(COLUMNS[name])) if name in COLUMNS else comparisons()))


def compared(kind: Type, operator: str) -> st.SearchStrategy[Property]:
    """Of custom properties, mostly the one that has the type, and of the columns of this type."""
    home = [HOMES[kind]] * (1 + len(OF_TYPE[kind]))
    return st.builds(Property, st.sampled_from([*home, *CUSTOM, *OF_TYPE[kind]]), comparison(kind, operator))


@st.composite
def device_filters(draw: st.DrawFn) -> Property:
    name = draw(st.sampled_from(sorted(DEVICE_FIELDS)))
    return Property(name, draw(comparisons(*DEVICE_FIELDS[name])))


points = st.sampled_from(POINTS) | st.builds(
    Point, st.floats(-90, 90).map(lambda each: each + 0.0), st.floats(-180, 180).map(lambda each: each + 0.0)
)
buckets = st.tuples(st.integers(0, 999), st.integers(0, 999)).map(lambda ends: Bucket(min(ends), max(ends)))
BESIDE_MERIDIAN = [point for point in POINTS if abs(point.longitude) > 179]
PEOPLE: dict[str, st.SearchStrategy[Node]] = {
    "property": properties(),
    "age": st.builds(Age, measured(0, 150) | measured(0, 40)),
    "near": st.builds(
        Near,
        st.lists(points, min_size=1, max_size=3).map(tuple),
        st.sampled_from(METRES) | st.integers(1, 1_000_000),
    ),
    "age on a birthday": st.builds(Age, measured_by(st.sampled_from([2, 10, 17, 18, 23, 29]))),
    "near the 180th meridian": st.builds(
        Near, st.sampled_from(BESIDE_MERIDIAN).map(lambda point: (point,)), st.sampled_from(METRES[2:])
    ),
    "near, to the last digit": st.just(Near((NULL_ISLAND,), EDGE)),
    **{
        f"{standing} by {channel}": st.just(Reachable(channel, standing))
        for channel in Subscription.Channel.values
        for standing in Standing
    },
    "device": st.builds(HasDevice, st.lists(device_filters(), min_size=1, max_size=3).map(tuple)),
    "segment": st.builds(InSegment, st.sampled_from(SEGMENTS), st.booleans()),
    "list": st.builds(InList, st.sampled_from(LISTS), st.booleans()),
    "bucket": buckets,
}
COMPARED: dict[str, st.SearchStrategy[Node]] = {
    f"{kind} {operator}": compared(kind, operator) for kind, operator in EVERY_COMPARISON
}
