"""Which connections share a rate: all that the other side takes for the same sender, in one region or at one host.

A connection's row names its scope by a fingerprint of its kind, its region or host, and its credential there.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from django.conf import settings
from django.db import connection as database
from django.db import transaction

from connectors import registry
from connectors.base import ConnectorError
from connectors.models import Connection, Scope
from connectors.secrets import fingerprint, open_sealed

NOTING = 0x5C0BE5  # of the lock that lets one at a time note the scopes of all


def of(connection: Connection) -> Scope:
    """Its scope by what it is set to now, named by any of SECRETS_KEYS.

    Whoever finds another one noted notes those of all connections: some were set up before there were scopes, or
    the key that named them is gone.
    """
    scope = connection.scope
    if scope is None or scope.key not in keys_of(connection):
        scope = connection.scope = note_all(connection.pk)
    return scope


def sharing(connection: Connection) -> Sequence[Connection]:
    """The others that share its rate, by name."""
    key = key_of(connection)
    return [each for each in Connection.objects.exclude(pk=connection.pk) if key_of(each) == key]


def noted(connection: Connection, *, as_before: bool = False) -> Scope:
    """Of this connection alone: the one that others share already, else one named by the first key. `as_before`: a
    new one goes on where the old one was."""
    names = keys_of(connection)
    used = Connection.objects.exclude(pk=connection.pk).filter(scope__in=names).order_by("scope")
    shared = used.values_list("scope", flat=True).first()
    before = state_of(connection.scope) if as_before and connection.scope else {}
    scope, _ = Scope.objects.get_or_create(key=shared or own_name(connection, names), defaults=before)
    Connection.objects.filter(pk=connection.pk).exclude(scope=scope).update(scope=scope)
    connection.scope = scope
    return scope


@transaction.atomic
def note_all(pk: int) -> Scope:
    """Whose rows are locked in one order, and nobody sends by half of what is noted. The scope of connection `pk`."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NOTING])
    rows = Connection.objects.select_for_update(no_key=True, of=["self"]).select_related("scope").order_by("pk")
    found = {each.pk: noted(each, as_before=True) for each in list(rows)}
    return found[pk]


def own_name(connection: Connection, names: Sequence[str]) -> str:
    """The one it has, where that is still right."""
    scope = connection.scope
    return scope.key if scope and scope.key in names else names[0]


def state_of(scope: Scope) -> dict[str, object]:
    return {name: getattr(scope, name) for name in ("not_before", "allowance", "allowance_at", "pace", "pace_at")}


def key_of(connection: Connection) -> str:
    return keys_of(connection)[0]


def keys_of(connection: Connection) -> Sequence[str]:
    """The names it may have, that by the first of SECRETS_KEYS ahead."""
    config = msgspec.json.encode(connection.config, order="deterministic")
    shared = shared_keys(connection.kind, config, connection.secrets, tuple(settings.SECRETS_KEYS))
    return shared or (f"connection:{connection.pk}",)


@lru_cache(maxsize=256)
def shared_keys(kind: str, config: bytes, sealed: str, keys: Sequence[str]) -> Sequence[str]:
    """None: it shares with no other. Sealed with one of `keys`."""
    try:
        parts = registry.kind_of(kind).scope(msgspec.json.decode(config), open_sealed(sealed))
    except ConnectorError:
        return ()
    return tuple(f"{kind}:{fingerprint([kind, *parts], key)}" for key in keys) if parts else ()
