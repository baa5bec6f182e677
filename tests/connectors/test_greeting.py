"""By what name a mail server is greeted."""

import socket

import pytest

from connectors.smtp import own_name


@pytest.mark.parametrize(
    ("public_url", "name"),
    [
        ("https://belfry.example.com:8443/in", "belfry.example.com"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
        ("", socket.gethostname()),
    ],
)
def test_a_mail_server_is_greeted_with_the_name_that_it_can_look_up(public_url: str, name: str) -> None:
    assert own_name(public_url) == name
