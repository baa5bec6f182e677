"""Which connections share a rate: all that the other side takes for the same sender, in one region or at one host.

A connection's row names its scope by a fingerprint of its kind, its region or host, and its credential there.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from django.conf import settings

from connectors import registry
from connectors.base import ConnectorError
from connectors.models import Connection, Scope
from connectors.secrets import fingerprint, open_sealed


def of(connection: Connection) -> Scope:
    """Its scope by what it is set to now.

    Whoever finds another one noted notes those of all connections: some were set up before there were scopes, or
    SECRETS_KEYS are others than before.
    """
    scope = connection.scope
    if scope is None or scope.key != key_of(connection):
        for each in Connection.objects.exclude(pk=connection.pk):
            noted(each)
        scope = connection.scope = noted(connection)
    return scope


def sharing(connection: Connection) -> Sequence[Connection]:
    """The others that share its rate, by name."""
    key = key_of(connection)
    return [each for each in Connection.objects.exclude(pk=connection.pk) if key_of(each) == key]


def noted(connection: Connection) -> Scope:
    """As the row was read: where somebody changes it meanwhile, it is found out before anything is sent."""
    scope, _ = Scope.objects.get_or_create(key=key_of(connection))
    Connection.objects.filter(pk=connection.pk).exclude(scope=scope).update(scope=scope)
    return scope


def key_of(connection: Connection) -> str:
    config = msgspec.json.encode(connection.config, order="deterministic")
    shared = shared_key(connection.kind, config, connection.secrets, tuple(settings.SECRETS_KEYS))
    return shared or f"connection:{connection.pk}"


@lru_cache(maxsize=256)
def shared_key(kind: str, config: bytes, sealed: str, keys: Sequence[str]) -> str:
    """ "": it shares with no other. Sealed with one of `keys`, compared under the first."""
    try:
        parts = registry.kind_of(kind).scope(msgspec.json.decode(config), open_sealed(sealed))
    except ConnectorError:
        return ""
    return f"{kind}:{fingerprint([kind, *parts])}" if parts else ""
