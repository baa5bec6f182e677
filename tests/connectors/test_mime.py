"""Addresses as they go on the wire: to nobody else's domain, and none that a server would not take."""

import pytest

from connectors.mime import checked_address


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (" ana@Example.com ", "ana@Example.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),  # fass.example belongs to others
        ("a@日本語.jp", "a@xn--wgv71a119e.jp"),
        ("a@ﬁne.example", "a@fine.example"),
    ],
)
def test_an_address_is_written_as_a_server_reads_it(typed: str, sent: str) -> None:
    assert checked_address(typed) == sent


@pytest.mark.parametrize(
    "typed",
    ["", "a", "@x.example", "a@", "a@localhost", "a@b@c.example", "ä@x.example", "a@é..example", "a@-é.example",
     "a@x.example\r\nBcc: b@x.example", "a@" + "é" * 300 + ".example", "a" * 65 + "@x.example", "a@é\u200b_.example"],
)  # fmt: skip
def test_what_no_server_takes_is_no_address(typed: str) -> None:
    assert checked_address(typed) == ""
