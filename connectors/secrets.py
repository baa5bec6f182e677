"""Credentials: encrypted at rest, masked wherever a text might repeat them, never rendered."""

import base64
import hmac
import html
import json
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote, quote_plus

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from connectors.base import ConnectorError, Fault

PURPOSE = b"credentials of connections"
COMPARING = b"connections that share a credential"
MASK = "••••••"
PREFIXES = ("whsec_", "whsk_")  # of signing secrets, and no part of the key


def seal(credentials: Mapping[str, str]) -> str:
    """Encrypted with the first of SECRETS_KEYS; "" for no credentials."""
    return keys().encrypt(msgspec.json.encode(credentials)).decode() if credentials else ""


def open_sealed(sealed: str) -> dict[str, str]:
    """What `seal` was given. Raises ConnectorError when none of SECRETS_KEYS opens it."""
    if not sealed:
        return {}
    try:
        return msgspec.json.decode(keys().decrypt(sealed.encode()), type=dict[str, str])
    except InvalidToken:
        raise ConnectorError(
            "The credentials cannot be read: the key they were encrypted with is gone. Enter them again.",
            fault=Fault.MISCONFIGURED,
        ) from None


def fingerprint(parts: Iterable[str], by: str) -> str:
    """The same for the same parts, by one of SECRETS_KEYS: without that nobody can even try what they are."""
    key = derived(by, COMPARING)
    return hmac.digest(key, msgspec.json.encode(list(parts)), "sha256").hex()


def spellings(credentials: Iterable[str]) -> list[str]:
    """Each as it is, as JSON, addresses, pages, base64 and Basic authentication write it; the longest first."""
    forms = set[str]()
    for secret in filter(None, credentials):
        for said in {secret, *(secret.removeprefix(prefix) for prefix in PREFIXES)} - {""}:
            forms |= {said, *written(said)}
    return sorted(forms, key=len, reverse=True)


def written(secret: str) -> set[str]:
    data = secret.encode(errors="surrogatepass")
    coded = {base64.b64encode(data), base64.urlsafe_b64encode(data), base64.b64encode(data + b":")}
    padded = {each.decode() for each in coded}
    quoted = {quote(data, safe=""), quote(data), quote_plus(data), html.escape(secret)}
    return padded | {each.rstrip("=") for each in padded} | quoted | {json.dumps(secret)[1:-1], as_json(secret)}


def as_json(secret: str) -> str:
    """In UTF-8; ASCII alone is `json.dumps`."""
    return json.dumps(secret, ensure_ascii=False)[1:-1]


def masked(text: str, forms: Collection[str]) -> str:
    """`text` without the secrets, given as their `spellings`; the longest first, as one may hold another."""
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def keys() -> MultiFernet:
    return MultiFernet([Fernet(fernet_key(key)) for key in settings.SECRETS_KEYS])


def fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(derived(key, PURPOSE))


def derived(key: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose).derive(key.encode())
