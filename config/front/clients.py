"""Whose a request is that shows no key: the address it comes from."""

from ipaddress import IPv6Address, ip_address

from config.front.asking import Asked


def client(asked: Asked, *, behind_proxy: bool) -> bytes:
    """The address that connected to us, or behind a proxy to that; of nobody knows where, all the same one."""
    forwarded = asked.header(b"x-forwarded-for").rpartition(b",")[2].strip() if behind_proxy else b""
    return network(forwarded.decode("latin-1")) or network(asked.client)


def network(address: str) -> bytes:
    """What one client has to itself: an address of IPv4, half of one of IPv6. Empty where it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return b""
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped.packed if found.ipv4_mapped else found.packed[:8]
    return found.packed
