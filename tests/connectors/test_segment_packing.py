"""Segment's limits hold for whatever is sent: property-based."""

from itertools import pairwise
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from connectors.http import Client
from connectors.packing import Item, pack, with_comma
from connectors.segment import MAX_REQUEST_BYTES, MAX_REQUEST_MESSAGES, PREFIX, Segment

SUFFIX = Segment("https://x", "key", cast(Client, None)).suffix()
OVERHEAD = len(PREFIX) + len(SUFFIX) - 1

sizes = st.one_of(
    st.lists(st.integers(2, 32_767), max_size=60),
    st.lists(st.integers(30_000, 32_767), max_size=60),
    st.integers(0, 6_000).map(lambda count: [100] * count),
    st.integers(0, 3).map(lambda spare: [23_700 + spare] * 40),
)


@given(sizes)
def test_requests_keep_the_limits_and_hold_every_message_once_in_order(lengths: list[int]) -> None:
    items = [item(length, str(number)) for number, length in enumerate(lengths)]

    packed = requests(items)

    assert [item for request in packed for item in request] == items
    assert all(0 < len(request) <= MAX_REQUEST_MESSAGES for request in packed)
    assert all(len(wire(request)) <= MAX_REQUEST_BYTES for request in packed)


@given(sizes)
def test_no_request_could_have_taken_the_next_message(lengths: list[int]) -> None:
    packed = requests([item(length) for length in lengths])

    for request, following in pairwise(packed):
        fuller = [*request, following[0]]
        assert len(fuller) > MAX_REQUEST_MESSAGES or len(wire(fuller)) > MAX_REQUEST_BYTES


def test_a_request_is_filled_to_the_last_byte() -> None:
    room = MAX_REQUEST_BYTES - OVERHEAD - 16 - 15 * 30_000
    exact = [item(30_000)] * 15 + [item(room)]
    over = [item(30_000)] * 15 + [item(room + 1)]

    assert [len(wire(request)) for request in requests(exact)] == [MAX_REQUEST_BYTES]
    assert [len(request) for request in requests(over)] == [15, 1]


def item(length: int, id: str = "") -> Item:
    body = b"x" * length
    return Item(id, body, with_comma(body))


def requests(items: list[Item]) -> list[list[Item]]:
    return list(pack(items, most_bytes=MAX_REQUEST_BYTES, most_items=MAX_REQUEST_MESSAGES, overhead=OVERHEAD))


def wire(request: list[Item]) -> bytes:
    return PREFIX + b",".join(item.body for item in request) + SUFFIX
