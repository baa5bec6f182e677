"""Access tokens by OAuth client credentials (RFC 6749, 4.4), kept by this process until shortly before they end."""

import base64
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec

from connectors.base import ConnectorError, Fault, backoff
from connectors.http import Client

EARLY = 60.0  # seconds before its end a token is fetched anew
UNSAID = 300.0  # how long one lasts that does not say


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = UNSAID


@dataclass(frozen=True, slots=True)
class Credentials:
    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""


# Credentials → the token and when to fetch the next one, by the monotonic clock.
tokens: dict[Credentials, tuple[str, float]] = {}


async def token(credentials: Credentials, client: Client) -> str:
    """Raises ConnectorError."""
    kept, until = tokens.get(credentials, ("", 0.0))
    if time.monotonic() < until:
        return kept
    fetched = await fetch(credentials, client)
    client.hidden.append(fetched.access_token)
    tokens[credentials] = fetched.access_token, time.monotonic() + max(0.0, fetched.expires_in - EARLY)
    return fetched.access_token


def forget(credentials: Credentials, refused: str = "") -> None:
    """The next request fetches another, unless that was done since `refused` was used."""
    if not refused or tokens.get(credentials, ("", 0.0))[0] == refused:
        tokens.pop(credentials, None)


async def fetch(credentials: Credentials, client: Client) -> Token:
    asked = {"grant_type": "client_credentials"} | ({"scope": credentials.scope} if credentials.scope else {})
    pair = f"{quote(credentials.client_id, safe='')}:{quote(credentials.client_secret, safe='')}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    body = urlencode(asked).encode()
    answer = await client.without_record().post(credentials.token_url, body, headers, messages=0, shown=b"")
    if answer.status >= 500 or answer.status == 429:
        said = f"No access token was given: {answer.status}."
        raise ConnectorError(said, fault=Fault.UNAVAILABLE, retry_after=backoff(1))
    try:
        fetched = msgspec.json.decode(answer.text, type=Token)
    except msgspec.DecodeError:
        said = f"No access token was given: {answer.status}. Check token address, client id and client secret."
        raise ConnectorError(said, fault=Fault.MISCONFIGURED) from None
    if not (fetched.access_token and fetched.access_token.isprintable()):
        raise ConnectorError("The access token given is none that a request can carry.", fault=Fault.MISCONFIGURED)
    return fetched
