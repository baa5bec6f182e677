"""The *webhook* destination: requests to a receiver of your own, signed as Standard Webhooks 1.0.0 says."""

import asyncio
import hashlib
import hmac
import re
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple
from urllib.parse import unquote

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors import oauth
from connectors.addresses import server_of
from connectors.answers import Provider, refusal
from connectors.base import IN_DOUBT, ConnectorError, Outgoing, Part, Receipt
from connectors.detail import detail
from connectors.http import CONNECTIONS_PER_HOST, Answer, Client, NoAnswer
from connectors.packing import Item, Problem, Sending, checked, pack, with_comma

MAX_MESSAGE_BYTES = 256_000
MAX_REQUEST_BYTES = 1_000_000
MAX_BATCH = 500
REMEMBERED = 64  # shapes: most campaigns have one, others one a person
PRIVATE, PUBLIC = "whsk_", "whpk_"
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
JSON = "application/json"
HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([^\x00-\x1f\x7f\ud800-\udfff]{0,2000})")
OURS = frozenset(
    {
        "authorization", "connection", "content-encoding", "content-length", "cookie", "expect", "host", "keep-alive",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
OUR_FAMILIES = ("webhook-", "proxy-")
TEST_HEADER = "Belfry-Test"
MAY_BE_OWN = frozenset({403, 404, 405, 410})  # some receivers say so of a person they do not know, or of a word in it
NOT_TAKEN = frozenset({401, 403, 404, 405, 410})  # and redirects: so it is answered where nobody takes messages
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
RECEIVER = Provider(
    "The receiver",
    "The receiver refused our credentials.",
    busy=frozenset({408, 425, 429}),
    slows=frozenset({429, 502, 504}),
    nowhere=frozenset({404, 405, 410}),
)
STRICT = replace(RECEIVER, refused="The receiver refused the request.")  # it was shown no credentials


class Shape(NamedTuple):
    """What one request is apart from its body; messages of one shape may share a request."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    own_body: bool

    @property
    def chosen(self) -> str:
        """What of where and how the receiver is asked is the copy's choice, in words; "" where nothing is."""
        headers = [name for name, _ in self.headers if name != TEST_HEADER]
        said = [f"{self.method} {self.path[:80]}".strip()] if self.path or self.method != METHODS[0] else []
        if headers:
            said.append(
                f"{'with ' if said else ''}the header{'s' if len(headers) > 1 else ''} {', '.join(headers)[:80]}"
            )
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Auth:
    """How the receiver knows us."""

    kind: Literal["none", "basic", "bearer", "oauth"] = "none"
    user: str = ""
    secret: str = ""
    client: oauth.Credentials | None = None


def payload(message: Outgoing) -> dict[str, object]:
    """One request, version 1 (`connectors/schemas/webhook.v1.json`): what is sent, and where below the address."""
    shape = shape_of(message)
    return {
        "method": shape.method,
        "path": shape.path,
        "headers": dict(shape.headers),
        "body": message.fields["body"] if shape.own_body else event(detail(message), message.at),
    }


def event(data: object, at: str) -> dict[str, object]:
    """As Standard Webhooks proposes it."""
    return {"type": "campaign.message", "timestamp": at, "data": data}


def shape_of(message: Outgoing) -> Shape:
    get = message.fields.get
    return shaped(get("method", ""), get("path", ""), get("headers", ""), bool(get("body", "").strip()))


@lru_cache(REMEMBERED)
def shaped(method: str, path: str, headers: str, own_body: bool) -> Shape:
    return Shape(method.strip().upper() or METHODS[0], path.strip(), tuple(header_lines(headers)), own_body)


def header_lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        name, _, value = line.strip().partition(":")
        if name:
            yield name.strip(), value.strip()


def scope(config: Mapping[str, object], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """What a receiver counts together: all that comes to it from one sender, or from nobody in particular."""
    auth, receiver = auth_of(config, secrets), server_of(str(config.get("url") or ""))
    match auth.kind:
        case "basic":
            return receiver, auth.kind, auth.user
        case "oauth" if auth.client:
            return receiver, auth.kind, auth.client.token_url, auth.client.client_id
        case _:
            return receiver, auth.kind, auth.secret


def make(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> "Webhook":
    return Webhook(
        url=str(config.get("url") or ""),
        client=client,
        auth=auth_of(config, secrets),
        signing=tuple(filter(None, (secrets.get("signing_secret"), secrets.get("previous_signing_secret")))),
        batch_size=size_of(config),
        deduplicates=bool(config.get("deduplicates", False)),
    )


def most_in_doubt(config: Mapping[str, object]) -> int | None:
    """As many whole requests as keep to IN_DOUBT."""
    if config.get("deduplicates"):
        return None
    size = size_of(config)
    return size * max(1, IN_DOUBT // size)


def size_of(config: Mapping[str, object]) -> int:
    """Messages a request."""
    size = config.get("batch_size")
    return size if isinstance(size, int) else 1


def auth_of(config: Mapping[str, object], secrets: Mapping[str, str]) -> Auth:
    text = {name: str(config.get(name) or "") for name in ("auth", "user", "token_url", "client_id", "scope")}
    match text["auth"]:
        case "basic":
            return Auth("basic", text["user"], secrets.get("password", ""))
        case "bearer":
            return Auth("bearer", secret=secrets.get("bearer_token", ""))
        case "oauth":
            credentials = oauth.Credentials(
                text["token_url"], text["client_id"], secrets.get("client_secret", ""), text["scope"]
            )
            return Auth("oauth", client=credentials)
        case _:
            return Auth()


@dataclass(frozen=True, slots=True)
class Webhook:
    """`signing` has the secret and, while it is being changed, the one before it: the receiver may hold either.

    `deduplicates`: the receiver drops what it has seen, by the webhook-id of a request with one message, by the
    message_id of each where there are several: a second try may find others beside it. So what may have arrived is sent
    again.
    """

    url: str
    client: Client
    auth: Auth = Auth()
    signing: tuple[str, ...] = ()
    batch_size: int = 1
    deduplicates: bool = False
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    one_fetches: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        shapes = {message.id: shape_of(message) for message in batch}
        items, receipts = checked(
            batch, encoded, lambda message, body: rule_broken(shapes[message.id], body), with_comma
        )
        sending = Sending(
            post=lambda items: self.call(shapes[items[0].id], items),
            refusal=lambda answer: refusal(answer, self.receiver, part.attempt, self.clock()),
            part=part,
            deduplicates=self.deduplicates,
            may_show_pages=True,
            may_be_own=lambda answer: RECEIVER.said(answer) if answer.status in MAY_BE_OWN else "",
            in_flight=max(1, CONNECTIONS_PER_HOST // part.at_once),
        )
        receipts |= await sending.all(self.requests(items, shapes))
        return [receipts[message.id] for message in batch]

    def requests(self, items: Iterable[Item], shapes: Mapping[str, Shape]) -> Iterator[list[Item]]:
        for shape, alike in groupby(items, key=lambda item: shapes[item.id]):
            size = 1 if shape.own_body else self.batch_size
            yield from pack(alike, most_bytes=MAX_REQUEST_BYTES, most_items=size)

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def call(self, shape: Shape, items: Sequence[Item]) -> Answer:
        """Once more with a new access token where the old one has ended. Raises ConnectorError where what the copy
        chose of the request is not taken: that is not the connection's fault."""
        authorization = await self.authorization()
        answer = await self.request(shape, items, authorization)
        if answer.status == 401 and self.auth.client:
            oauth.forget(self.auth.client, authorization.removeprefix("Bearer "))
            answer = await self.request(shape, items, await self.authorization())
        if shape.chosen and (answer.status in NOT_TAKEN or 300 <= answer.status < 400):
            raise ConnectorError(
                f"{RECEIVER.said(answer).rstrip('.')}. {own_choice(shape)}", reason="rejected_by_provider"
            )
        return answer

    @property
    def receiver(self) -> Provider:
        return STRICT if self.auth.kind == "none" else RECEIVER

    async def request(self, shape: Shape, items: Sequence[Item], authorization: str) -> Answer:
        body = self.body(shape, items)
        headers = {"Content-Type": JSON, **dict(shape.headers), **self.signature(items, body)}
        if authorization:
            headers["Authorization"] = authorization
        sent = b"" if shape.method == "GET" else body
        url = self.url + shape.path
        try:
            return await self.client.request(shape.method, url, sent, headers, messages=len(items), shown=sent)
        except NoAnswer as error:
            if shape.chosen and isinstance(error.__cause__, ValueError):  # no request can be made of it
                raise ConnectorError(f"{error} {own_choice(shape)}", reason="render_error") from error
            raise

    def body(self, shape: Shape, items: Sequence[Item]) -> bytes:
        if shape.own_body or self.batch_size == 1:
            return items[0].body
        return b"[" + b",".join(item.body for item in items) + b"]"

    def signature(self, items: Sequence[Item], body: bytes) -> dict[str, str]:
        id = items[0].id if len(items) == 1 else id_of(items)
        if not self.signing:
            return {"webhook-id": id}
        at = int(self.clock().timestamp())
        signed = b"%b.%d.%b" % (id.encode(), at, body)
        return {
            "webhook-id": id,
            "webhook-timestamp": str(at),
            "webhook-signature": " ".join([signature(secret, signed) for secret in self.signing]),
        }

    async def authorization(self) -> str:
        match self.auth:
            case Auth("basic", user, secret):
                return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()
            case Auth("bearer", secret=secret):
                return f"Bearer {secret}"
            case Auth(client=credentials) if credentials:
                async with self.one_fetches:
                    return f"Bearer {await oauth.token(credentials, self.client)}"
            case _:
                return ""


def own_choice(shape: Shape) -> str:
    return f"The copy itself chose how the receiver is asked: {shape.chosen}. Correct that at the step What."


def rule_broken(shape: Shape, body: bytes) -> Problem | None:
    if len(body) > MAX_MESSAGE_BYTES:
        return "too_large", f"{len(body):,} bytes; a webhook carries up to {MAX_MESSAGE_BYTES:,}."
    if problem := shape_problem(shape):
        return "render_error", problem
    if shape.own_body and is_json(shape.headers) and not parses(body):
        return "render_error", "The body is no JSON."
    return None


@lru_cache(REMEMBERED)
def shape_problem(shape: Shape) -> str:
    if shape.method not in METHODS:
        return f"“{shape.method[:20]}” is no method."
    return path_problem(shape.path) or header_problem(shape.headers)


def encoded(message: Outgoing) -> bytes:
    own = message.fields.get("body", "")
    return own.encode() if own.strip() else orjson.dumps(event(detail(message), message.at))


def path_problem(path: str) -> str:
    """A person's values must not lead out of where the connection's address points."""
    if path and path[0] not in "/?":
        return "What follows the address begins with / or ?."
    if "#" in path or UNPRINTABLE.search(path):
        return "What follows the address holds what no address can."
    if any(step in (".", "..") for step in re.split(r"[/\\]", unquote(path.partition("?")[0]))):
        return "What follows the address may not hold the steps . and ..."
    return ""


def header_problem(headers: Sequence[tuple[str, str]]) -> str:
    for name, value in headers:
        if not HEADER.fullmatch(f"{name}: {value}"):
            return f"“{name[:40]}” is no header. Write Name: value."
        if name.lower() in OURS or name.lower().startswith(OUR_FAMILIES):
            return f"The header {name} is set by the connection."
    return ""


def is_json(headers: Sequence[tuple[str, str]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return not kinds or "json" in kinds[-1].lower()


def parses(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def id_of(items: Sequence[Item]) -> str:
    """Of several messages in one request: the same whenever the same ones are sent together, which a second try may
    not do: somebody may have dropped out of it since."""
    return str(
        uuid.UUID(bytes=hashlib.md5("".join(item.id for item in items).encode(), usedforsecurity=False).digest())
    )


def signature(secret: str, signed: bytes) -> str:
    """As `standardwebhooks.Webhook(secret).sign`, which is half as fast and made for one message at a time; with a
    private key, as v1a."""
    if secret.startswith(PRIVATE):
        return "v1a," + b64encode(private_key_of(secret).sign(signed)).decode()
    return "v1," + b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


@lru_cache(maxsize=64)
def key_of(secret: str) -> bytes:
    """Without the padding, too, as the receivers' libraries read it."""
    return b64decode(secret.removeprefix("whsec_") + "==")


@lru_cache(maxsize=64)
def private_key_of(secret: str) -> Ed25519PrivateKey:
    """Of 32 bytes, or of 64 where the public key stands behind it. Raises ValueError."""
    return Ed25519PrivateKey.from_private_bytes(b64decode(secret.removeprefix(PRIVATE) + "==")[:32])


def public_key(secret: str) -> str:
    """What the receiver checks the signatures of a private key with."""
    return PUBLIC + b64encode(private_key_of(secret).public_key().public_bytes_raw()).decode()
