"""The guard on addresses for libraries that speak through `requests`: what is not public is hung up on, unspoken to."""

import ipaddress
import socket
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.addresses import AddressRefused, is_allowed


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


def checked(connected: socket.socket) -> socket.socket:
    """Raises AddressRefused. The address looked at is the one connected to."""
    address = ipaddress.ip_address(str(connected.getpeername()[0]).partition("%")[0])
    if not is_allowed(address, settings.ALLOW_PRIVATE_ADDRESSES):
        connected.close()
        raise AddressRefused("This address is not public.")
    return connected


class Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return checked(super()._new_conn())


class Encrypted(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return checked(super()._new_conn())


class PlainPool(HTTPConnectionPool):
    ConnectionCls = Plain


class EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = Encrypted


class Guarded(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
