"""Numbers in addresses and forms."""

import pytest

from accounts.requests import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1.0", "1_0", "٣", "²", "\0", "9" * 19, "9" * 5000, "1e3"])
def test_anything_else_is_no_number(text: str) -> None:
    assert whole_number(text) is None
