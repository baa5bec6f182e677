"""Why a server could not be reached, in words that say what to do about it."""

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import TypeGuard

# Of OpenSSL's numbers for what is wrong with a certificate; more than one of them means the same to who mends it.
EXPIRED, EARLY, SELF_SIGNED, UNKNOWN, OTHER_NAME = (10,), (9,), (18, 19), (2, 20, 21), (62, 64)
TRUST = "It needs one from an authority that is known here"
CERTIFICATES = {
    **dict.fromkeys(EXPIRED, "its certificate has expired. Whoever runs it has to renew it."),
    **dict.fromkeys(EARLY, "its certificate is not valid yet. Check the clocks of both machines."),
    **dict.fromkeys(SELF_SIGNED, f"its certificate is self-signed. {TRUST}."),
    **dict.fromkeys(
        UNKNOWN, f"its certificate is from an unknown authority. {TRUST}, and to send the certificates in between."
    ),
    **dict.fromkeys(OTHER_NAME, "its certificate is for another name. Check the name in the address."),
}
NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})
OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "DH_KEY_TOO_SMALL", "EE_KEY_TOO_SMALL"})
OTHER_PORT = "Perhaps another port is meant, or an address that begins with http://."
IN_BETWEEN = "Check the address, and the routes and firewalls in between."
NETWORK = {
    errno.ECONNREFUSED: "nothing listens at that address and port. Check both, and that the server runs.",
    errno.ECONNRESET: "it broke the connection off at once. Check the port, and whom it lets in.",
    errno.EPIPE: "it broke the connection off at once. Check the port, and whom it lets in.",
    **dict.fromkeys(
        (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL),
        f"no network leads there from here. {IN_BETWEEN}",
    ),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "this machine may not connect to it. Check its own firewall."),
    errno.ETIMEDOUT: f"no connection came about in time. {IN_BETWEEN}",
}


def unreached(error: BaseException, who: str = "The server", *, other_port: str = OTHER_PORT) -> str:
    """From an error of any library; `other_port` is what to do where `who` speaks no TLS."""
    causes = list(behind(error))
    for cause in causes:
        if is_of_openssl(cause):
            return f"{who} could not be reached securely: {insecure(cause, other_port)}"
        if isinstance(cause, socket.gaierror):
            return f"{who} could not be reached: {nameless(cause)}"
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in NETWORK:
            return f"{who} could not be reached: {NETWORK[cause.errno]}"
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return f"{who} could not be reached: {NETWORK[errno.ETIMEDOUT]}"
    return f"{who} could not be reached. {IN_BETWEEN}"


def is_insecure(error: BaseException) -> bool:
    """Whether encryption is to blame."""
    return any(map(is_of_openssl, behind(error)))


def is_of_openssl(error: BaseException) -> TypeGuard[ssl.SSLError]:
    """aiohttp's errors call themselves so, too, but what is wrong stands behind them."""
    return isinstance(error, ssl.SSLError) and hasattr(error, "reason")


def behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what led to it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def insecure(error: ssl.SSLError, other_port: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        unusual = f"its certificate was not accepted ({error.verify_message})."
        return CERTIFICATES.get(error.verify_code, unusual)
    if error.reason in NO_TLS:
        return f"it speaks no TLS at that port. {other_port}"
    if error.reason in OLD_TLS:
        return "its encryption is too old. Whoever runs it has to allow TLS 1.2 or newer."
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "it broke the connection off before it was encrypted. Check the port, and whom it lets in."
    return f"{(error.reason or 'TLS failed').replace('_', ' ').lower()}."


def nameless(error: socket.gaierror) -> str:
    if error.errno == socket.EAI_AGAIN:
        return "its name could not be looked up just now. Check the name server of this machine."
    return "its name was not found. Check how it is written."
