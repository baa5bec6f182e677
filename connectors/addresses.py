"""The guard on outbound addresses: https, public addresses only, checked at the socket that is really opened."""

import ipaddress
import re
import socket
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

NAT64 = ipaddress.ip_network("64:ff9b::/96")
HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Not public, whatever the tables of this Python say: site-local, documentation, protocols, relays of 6to4.
NEVER = tuple(ipaddress.ip_network(each) for each in ("fec0::/10", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24"))
HOW = " An operator can allow servers of your own network by BELFRY_ALLOW_PRIVATE_ADDRESSES=1."
USUAL_PORTS = {"https": 443, "http": 80}
LOWEST_PORT = 1024  # below it only 443: mail, databases of old and the like are never meant


class AddressRefused(OSError):
    """The address may not be called; the message says why, in words for the person who typed it."""


def check_url(url: str, *, private_allowed: bool) -> None:
    """What can be told from the text alone; where a name leads is checked by `guarded_socket`."""
    if CONTROL.search(url):
        raise AddressRefused("This is no web address.")
    if "#" in url:
        raise AddressRefused("Leave out the # and what follows it: no server is ever told of it.")
    try:
        parts = urlsplit(url)
        check_server(SplitResult(parts.scheme, parts.netloc, "", "", ""), private_allowed)
    except ValueError:
        raise AddressRefused("This is no web address.") from None


@lru_cache(maxsize=256)
def check_server(parts: SplitResult, private_allowed: bool) -> None:
    """What comes before the path, and is the same for all messages of a connection. Raises ValueError as well."""
    host, port = parts.hostname, parts.port
    if parts.scheme not in ("https", "http") or not host:
        raise AddressRefused("Write a web address that begins with https://.")
    if parts.scheme == "http" and not private_allowed:
        how = HOW if is_inside(host) else ""
        raise AddressRefused(f"Only https:// addresses are called: anything else can be read on the way.{how}")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Leave name and password out of the address; credentials have fields of their own.")
    if port is not None and port != 443 and port < LOWEST_PORT and not private_allowed:
        raise AddressRefused(f"Port {port} is not used for web addresses.")
    literal = as_address(host)
    if literal is not None and not is_allowed(literal, private_allowed):
        raise not_public(host)
    if literal is None and not is_name(host):
        raise AddressRefused("No server can have this name.")


def server_of(url: str) -> str:
    """Host and port, written one way however they were typed."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    return host if port in (None, USUAL_PORTS.get(parts.scheme)) else f"{host}:{port}"


def check_host(host: str, *, private_allowed: bool) -> None:
    """Of a server that is no web server; where a name leads is checked by `guarded_socket`."""
    if (literal := as_address(host)) is not None and not is_allowed(literal, private_allowed):
        raise not_public(host)
    if literal is None and not HOST.fullmatch(host):
        raise AddressRefused("Write the name of a server, such as smtp.example.com.")


def not_public(host: str) -> AddressRefused:
    return AddressRefused(f"This address is not public.{HOW if is_inside(host) else ''}")


def is_inside(host: str) -> bool:
    """Whether it is of this machine or of a network of one's own, as far as the text tells."""
    literal = as_address(host)
    return is_allowed(literal, private_allowed=True) and not literal.is_global if literal else "." not in host


def guarded_socket(private_allowed: Callable[[], bool]) -> Callable[[AddressInfo], socket.socket]:
    """A socket factory that refuses what is not public: the address checked is the address connected to."""

    def open_socket(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, target = info
        if not is_allowed(ipaddress.ip_address(str(target[0]).partition("%")[0]), private_allowed()):
            raise AddressRefused("This address is not public.")
        return socket.socket(family, kind, protocol)

    return open_socket


def is_allowed(address: Address, private_allowed: bool) -> bool:
    """Public; for development also loopback and private networks, never link-local (cloud metadata) or multicast."""
    address = unwrapped(address)
    if address.is_loopback:
        return private_allowed
    if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
        return False
    if any(address in network for network in NEVER):
        return False
    return address.is_global or (private_allowed and address.is_private)


def is_name(host: str) -> bool:
    """Whether the system's resolver can be asked for it."""
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or compatible(address)


def compatible(address: ipaddress.IPv6Address) -> Address:
    """`::a.b.c.d`, long out of use and still understood by some systems; `::` and `::1` stay themselves."""
    return ipaddress.IPv4Address(int(address)) if 1 < int(address) < 2**32 else address


def as_address(host: str) -> Address | None:
    """An address in any notation the system's resolver understands: dotted, decimal, octal, hexadecimal, short."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
