"""Whose a request is that shows no key: the address it comes from."""

from ipaddress import IPv6Address, ip_address

from config.front.asking import Asked


def client(asked: Asked, *, behind_proxy: bool) -> bytes:
    """The address that connected to us, or behind a proxy to that; of nobody knows where, all the same one."""
    forwarded = asked.header(b"x-forwarded-for").decode("latin-1") if behind_proxy else ""
    return network(seen_by_proxy(forwarded) or asked.client)


def seen_by_proxy(forwarded: str) -> str:
    """The last of `X-Forwarded-For`, for whatever stands before it can be made up. Some proxies write the port, too:
    it is another one for each connection. Empty where it is no address."""
    last = forwarded.rpartition(",")[2].strip()
    if last.startswith("["):
        last = last[1:].partition("]")[0]
    elif last.count(":") == 1:
        last = last.partition(":")[0]
    return last if network(last) else ""


def network(address: str) -> bytes:
    """What one client has to itself: an address of IPv4, half of one of IPv6. Empty where it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return b""
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped.packed if found.ipv4_mapped else found.packed[:8]
    return found.packed
