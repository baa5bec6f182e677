"""Access tokens by OAuth client credentials (RFC 6749, 4.4), kept by this process until shortly before they end.

We are known by a secret, or by a key that signs an assertion (RFC 7523) and never leaves us.
"""

import base64
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.base import ConnectorError, Fault
from connectors.http import Client, NoAnswer

EARLY = 60.0  # seconds before its end a token is fetched anew
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNSAID = 300.0  # how long one lasts that does not say


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """With a `key_id`, `client_secret` is an RSA key (PEM) that signs what is said to `audience`."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""
    key_id: str = ""
    audience: str = ""


# Credentials → the token and when to fetch the next one, by the monotonic clock.
tokens: dict[Credentials, tuple[str, float]] = {}


async def token(credentials: Credentials, client: Client) -> str:
    """Raises ConnectorError."""
    kept, until = tokens.get(credentials, ("", 0.0))
    if time.monotonic() < until:
        return kept
    fetched = await fetch(credentials, client)
    client.hidden.append(fetched.access_token)
    lasts = UNSAID if fetched.expires_in is None else fetched.expires_in
    tokens[credentials] = fetched.access_token, time.monotonic() + max(0.0, lasts - EARLY)
    return fetched.access_token


def forget(credentials: Credentials, refused: str = "") -> None:
    """The next request fetches another, unless that was done since `refused` was used."""
    if not refused or tokens.get(credentials, ("", 0.0))[0] == refused:
        tokens.pop(credentials, None)


async def fetch(credentials: Credentials, client: Client) -> Token:
    asked = {"grant_type": "client_credentials"} | ({"scope": credentials.scope} if credentials.scope else {})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if credentials.key_id:
        asked |= {"client_assertion_type": ASSERTION, "client_assertion": assertion(credentials, now=time.time())}
    else:
        pair = f"{quote(credentials.client_id, safe='')}:{quote(credentials.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    body = urlencode(asked).encode()
    try:
        answer = await client.without_record().post(credentials.token_url, body, headers, messages=0, shown=b"")
    except NoAnswer as error:  # of those who give tokens: no message has left
        raise ConnectorError(f"No access token was given. {error}", fault=error.fault) from error
    if answer.status >= 500 or answer.status == 429:
        said, wait = f"No access token was given: {answer.status}.", answer.retry_after(datetime.now(UTC))
        raise ConnectorError(said, fault=Fault.UNAVAILABLE, retry_after=wait or 0.0, is_named=wait is not None)
    try:
        fetched = msgspec.json.decode(answer.body, type=Token, strict=False)  # some write numbers as texts
    except msgspec.DecodeError:
        said = f"No access token was given: {answer.status}. Check token address, client id and client secret."
        raise ConnectorError(said, fault=Fault.MISCONFIGURED) from None
    if not (fetched.access_token and fetched.access_token.isprintable()):
        raise ConnectorError("The access token given is none that a request can carry.", fault=Fault.MISCONFIGURED)
    return fetched


def assertion(credentials: Credentials, *, now: float) -> str:
    """A JWT signed with RS256, good for a minute. Raises ConnectorError."""
    head = {"alg": "RS256", "typ": "JWT", "kid": credentials.key_id}
    claims = {
        "iss": credentials.client_id,
        "sub": credentials.client_id,
        "aud": credentials.audience,
        "iat": int(now) - 5,
        "exp": int(now) + 55,
        "jti": str(uuid.uuid4()),
    }
    said = f"{segment(msgspec.json.encode(head))}.{segment(msgspec.json.encode(claims))}"
    signature = private_key(credentials.client_secret).sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{said}.{segment(signature)}"


def private_key(pem: str) -> rsa.RSAPrivateKey:
    """Raises ConnectorError."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConnectorError("The private key is no RSA key in PEM without a password.", fault=Fault.MISCONFIGURED)
    return key


def segment(part: bytes) -> str:
    """Of a JWT."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
