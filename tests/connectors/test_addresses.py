"""The guard on outbound addresses: nothing private is ever called, however it is written."""

import ipaddress
import socket

import pytest

from connectors import http
from connectors.addresses import AddressRefused, check_host, check_url, guarded_socket
from connectors.base import Fault
from connectors.http import Client, NoAnswer
from tests.connectors.servers import Server

INSIDE = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "169.254.169.254",
    "2852039166",
    "[::]",
    "[::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[2001:db8::1]",
    "[fec0::1]",
    "[3fff::1]",
    "192.88.99.1",
    "192.0.0.9",
]
PUBLIC = [
    "https://api.segment.io/v1",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::808:808]/",
    "https://example.com:8443/a?b",
]


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused_in_every_notation(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"https://{host}/v1", private_allowed=False)


@pytest.mark.parametrize("url", PUBLIC)
def test_public_addresses_pass(url: str) -> None:
    check_url(url, private_allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
        "https://name:secret@example.com/",
        "https://example.com:22/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://a..b/",
        f"https://{'a' * 64}.example.com/",
        "https://exa\tmple.com/",
        "https://example.com/a\nb",
        "https://example.com/\x85",
        "https://example.com/a#b",
        "https://example.com/#",
    ],
)
def test_other_schemes_ports_and_credentials_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, private_allowed=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/v1", "http://localhost/", "http://10.0.0.1/", "http://[::1]:80/"]
)
def test_development_may_call_this_machine_and_its_network(url: str) -> None:
    check_url(url, private_allowed=True)


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "[fec0::1]", "[::ffff:169.254.169.254]"])
def test_development_never_calls_the_cloud_s_metadata(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"http://{host}/", private_allowed=True)


@pytest.mark.parametrize("host", INSIDE)
def test_the_socket_is_refused_too(host: str) -> None:
    address = canonical(host)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6

    with pytest.raises(AddressRefused):
        guarded_socket(lambda: False)((family, socket.SOCK_STREAM, 0, "", (str(address), 443)))


def test_a_name_that_leads_inside_is_refused_when_it_is_called(server: Server, settings) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    url = server.url.replace("http://127.0.0.1", "https://localhost")

    with pytest.raises(NoAnswer) as refused:
        http.run(http.client().post(url, b"{}", {}, messages=1, shown=b"{}"))

    assert (refused.value.fault, refused.value.maybe_taken) == (Fault.MISCONFIGURED, False)
    assert str(refused.value) == "The address is refused: it is not public."
    assert server.requests == []


def test_a_name_nobody_knows_is_trouble_that_may_pass(wire: Client) -> None:
    with pytest.raises(NoAnswer) as unknown:
        http.run(wire.post("https://nowhere.invalid/", b"{}", {}, messages=1, shown=b"{}"))

    assert unknown.value.fault == Fault.UNAVAILABLE


def canonical(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address the system would connect to."""
    if host.startswith("["):
        return ipaddress.IPv6Address(host[1:-1].partition("%")[0])
    return ipaddress.IPv4Address(socket.inet_aton(host))


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7/hook", "http://localhost:8080", "https://127.0.0.1", "https://10.0.0.7"]
)
def test_an_address_inside_says_what_allows_it(url: str) -> None:
    with pytest.raises(AddressRefused, match="own network by BELFRY_ALLOW_PRIVATE_ADDRESSES=1") as refused:
        check_url(url, private_allowed=False)

    assert str(refused.value).startswith(("This address is not public.", "Only https:// addresses are called"))
    check_url(url, private_allowed=True)


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://169.254.169.254", "https://169.254.169.254", "http://8.8.8.8"]
)
def test_what_the_setting_is_not_for_says_nothing_of_it(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url(url, private_allowed=False)

    assert "BELFRY" not in str(refused.value)


def test_a_mail_server_inside_says_what_allows_it() -> None:
    with pytest.raises(AddressRefused, match="BELFRY_ALLOW_PRIVATE_ADDRESSES=1"):
        check_host("10.0.0.7", private_allowed=False)
