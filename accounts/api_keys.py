"""Keys of the ingest API: shown once when issued, kept as a hash, checked on every call."""

import time
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import ApiKey, User

CACHE_SECONDS = 5.0
CACHE_SIZE = 1000
STAMP_EVERY = timedelta(minutes=1)
PREFIX_LENGTH = 8

known: dict[str, tuple[float, ApiKey]] = {}


@transaction.atomic
def issue(name: str, scopes: Collection[str], by: User | None) -> tuple[ApiKey, str]:
    """Make a key; the text returned beside it is shown once and never kept."""
    secret = ApiKey.make_secret()
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=ApiKey.digest_of(secret),
        scopes=sorted(scopes),
        created_by=by,
    )
    audit.record(by, "created", key, {"scopes": ([], key.scopes)})
    return key, secret


@transaction.atomic
def revoke(key: ApiKey, by: User) -> None:
    """End a key for good. Safe to repeat; other processes follow within CACHE_SECONDS."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    known.pop(key.digest, None)
    if revoked:
        audit.record(by, "revoked", key)


def authenticate(secret: str, scope: str) -> ApiKey | None:
    """The key with this text if it may do `scope`. A hash and a look-up, whether the key exists or not."""
    digest = ApiKey.digest_of(secret)
    key = remembered(digest) or looked_up(digest)
    if key is None or scope not in key.scopes:
        return None
    return key


def named(pk: int, scope: str) -> ApiKey | None:
    """The key with this id if it may do `scope`: for who has yet to prove that he has it; after that, `stamp` it."""
    key = ApiKey.objects.filter(pk=pk, revoked_at=None).first()
    return key if key is not None and scope in key.scopes else None


def remembered(digest: str) -> ApiKey | None:
    until, key = known.get(digest, (0.0, None))
    return key if time.monotonic() < until else None


def looked_up(digest: str) -> ApiKey | None:
    """Read the key, stamp its use and remember it for some seconds."""
    key = ApiKey.objects.filter(digest=digest, revoked_at=None).first()
    if key is None:
        return None
    stamp(key)
    if len(known) >= CACHE_SIZE:
        known.clear()
    known[digest] = (time.monotonic() + CACHE_SECONDS, key)
    return key


def stamp(key: ApiKey) -> None:
    """Write its use down, at most once a minute."""
    now = timezone.now()
    unstamped = Q(last_used_at=None) | Q(last_used_at__lt=now - STAMP_EVERY)
    ApiKey.objects.filter(unstamped, pk=key.pk).update(last_used_at=now)
