"""Secrets that sign webhooks: made from the installation's own secret and a key, stored nowhere, ended with the key."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from accounts.models import ApiKey

PURPOSE = b"signing secrets of webhooks"
BEGINNING = "bfs_"


def secret(key: ApiKey) -> str:
    """What the other side signs with."""
    return secrets(key)[0]


def secrets(key: ApiKey) -> list[str]:
    """One for each of SECRETS_KEYS, so that a secret given away before a rotation still works."""
    return [BEGINNING + derived(each, key.digest) for each in settings.SECRETS_KEYS]


def derived(installation: str, digest: str) -> str:
    made = HKDF(SHA256(), length=32, salt=digest.encode(), info=PURPOSE).derive(installation.encode())
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def is_signed(texts: Iterable[bytes], signature: str, key: ApiKey) -> bool:
    """Whether `signature` is the hex HMAC-SHA1 of one of the texts, as Segment makes it."""
    given = signature.strip().lower().encode(errors="replace")
    with_one = (hmac.new(each.encode(), text, hashlib.sha1).hexdigest() for text in texts for each in secrets(key))
    return any(hmac.compare_digest(given, expected.encode()) for expected in with_one)
