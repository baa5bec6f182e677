"""The guard for libraries that speak through `requests`: what is not public is never connected to, no answer is waited
for without end, and none is read beyond its first 64 KB."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from connectors.addresses import AddressRefused, is_allowed
from connectors.http import ANSWER_BYTES
from connectors.reaching import NO_TLS

asked = threading.local()  # `over`: the connection that this thread's request goes over


def guard(session: requests.Session) -> None:
    """No redirect is followed, and no address called that is not public."""
    session.max_redirects = 0
    session.trust_env = False  # a proxy would be who is connected to
    session.mount("https://", Guarded())
    session.mount("http://", Guarded())


def is_refusal(error: BaseException | None) -> bool:
    """Whether the guard is behind it."""
    while error is not None:
        if isinstance(error, AddressRefused):
            return True
        error = error.__cause__ or error.__context__
    return False


def was_reached(error: BaseException | None) -> bool:
    """Whether anything may have gone to the server before the error."""
    while error is not None:
        if isinstance(error, ConnectTimeoutError | NewConnectionError | ssl.SSLCertVerificationError):
            return False
        if isinstance(error, ssl.SSLError) and error.reason in NO_TLS:
            return False
        error = error.__cause__ or error.__context__
    return True


def connected(to: HTTPConnection) -> socket.socket:
    """To the first address of the name that can be reached; the one looked at is the one connected to.

    Raises AddressRefused before anything goes to an address that is not public, else what urllib3 raises.
    """
    trouble: OSError | None = None
    for address in allowed(to):
        try:
            return create_connection(
                (address, to.port), to.timeout, source_address=to.source_address, socket_options=to.socket_options
            )
        except TimeoutError as error:
            raise ConnectTimeoutError(to, f"{to.host} did not answer in time.") from error
        except OSError as error:
            trouble = error
    raise NewConnectionError(to, f"{to.host} could not be reached.") from trouble


def allowed(to: HTTPConnection) -> list[str]:
    """The addresses that the name leads to, without those that may not be called."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(to.host, to, error) from error
    addresses = dict.fromkeys(str(target[0]).partition("%")[0] for *_, target in found)
    private = settings.ALLOW_PRIVATE_ADDRESSES
    public = [each for each in addresses if is_allowed(ipaddress.ip_address(each), private)]
    if not public:
        raise AddressRefused("This address is not public.")
    return public


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Then the connection is hung up on: a time-out of a socket begins anew with every byte."""
    over: dict[str, HTTPConnection] = {}
    asked.over = over
    timer = threading.Timer(seconds, hang_up, [over])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def hang_up(over: dict[str, HTTPConnection]) -> None:
    for connection in over.values():
        if connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended meanwhile
                return


class Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return connected(self)


class Encrypted(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return connected(self)


class PlainPool(HTTPConnectionPool):
    ConnectionCls = Plain

    def _make_request(self, conn: Any, *args: Any, **kwargs: Any) -> Any:
        asked.over["connection"] = conn
        return super()._make_request(conn, *args, **kwargs)


class EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = Encrypted

    def _make_request(self, conn: Any, *args: Any, **kwargs: Any) -> Any:
        asked.over["connection"] = conn
        return super()._make_request(conn, *args, **kwargs)


class Guarded(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Also reads the answer. Raises requests.RequestException."""
        with in_time(float(kwargs.get("timeout") or settings.REQUEST_SECONDS)):
            response = super().send(request, *args, **{**kwargs, "stream": True})
            content = bytearray()
            for chunk in response.iter_content(8192):
                content += chunk
                if len(content) > ANSWER_BYTES:
                    response.close()
                    break
        response._content = bytes(content[:ANSWER_BYTES])
        return response
