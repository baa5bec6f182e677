"""The *e-mail* destination: mails handed to a mail server over SMTP, one receipt each."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from connectors import amazon_ses, esp, mime
from connectors.addresses import server_of
from connectors.base import TEST, ConnectorError, Fault, Field, Outgoing, Part, Receipt, receipts_for
from connectors.http import Client
from connectors.mail_senders import refusal, sender_of
from connectors.mime import Mail, checked_address, mailbox, words
from connectors.packing import together
from connectors.smtp import Broken, Letter, Lines, Reply, Server, blocked

MAX_MESSAGE_BYTES = mime.MAX_MESSAGE_BYTES
CONNECTIONS = 4
ENOUGH, AT_MOST = 0.6, 0.9  # of the time there is for a batch: then no further mail is begun, then it is broken off
TEXTS = ("service", "host", "security", "user", "from_address", "from_name", "reply_to", "bounces")
TOKEN = re.compile(r"\+(\d{1,19})-([0-9a-f]{16})$")
UNSUBSCRIBE_TOKEN = re.compile(r"\+u(\d{1,19})-([0-9a-f]{16})$")
BOUNCE, UNSUBSCRIBE = "bounces", "unsubscribe"
MOST_NOTED = 80  # Postmark takes no longer value
NOT_A_WORD = re.compile(r"[^A-Za-z0-9._-]+")

FIELDS = (
    Field("subject", "Subject", escape="header", required=True),
    Field("preheader", "Preheader", escape="header", help="What a list of mails shows after the subject."),
    Field("from_name", "From name", escape="header", help="Left empty, the name is the connection's."),
    Field(
        "from_address",
        "From address",
        escape="header",
        help="Within the domain of the connection's. Left empty, it is the connection's.",
    ),
    Field(
        "html",
        "Mail",
        escape="html",
        input="html",
        rows=16,
        required=True,
        help="HTML, or MJML when it begins with <mjml>. The link to unsubscribe is {{ links.unsubscribe }}.",
    ),
    Field("text", "Text part", rows=6, help="For people who see no HTML. Left empty, it is made from the mail."),
)
SAMPLE = {
    "subject": "A test of your Belfry connection",
    "html": "<p>Hey Maria,</p><p>this is a test of the connection. It works.</p>",
    "text": "Hey Maria,\n\nthis is a test of the connection. It works.",
}


@dataclass(frozen=True, slots=True)
class From:
    """Who writes, where answers go, and where bounces and mails to unsubscribe do: with a sign of the person where
    `bounces` is set."""

    address: str
    name: str = ""
    reply_to: str = ""
    bounces: str = ""


def payload(message: Outgoing) -> dict[str, object]:
    """One mail, version 1 (`connectors/schemas/email.v1.json`), without what the connection adds."""
    found: dict[str, object] = {"message_id": message.id, "to": message.address}
    for key in ("from_name", "subject", "preheader", "html", "text"):
        found[key] = message.fields.get(key, "")
    if written := message.fields.get("from_address", "").strip():
        found["from_address"] = written
    if message.unsubscribe:
        found["unsubscribe"] = message.unsubscribe
    return found


def scope(config: Mapping[str, object], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """What a mail server counts together: what one user hands in, at whichever port; a provider, what one key does."""
    text = {name: str(config.get(name) or "") for name in (*TEXTS, "region", "api_url")}
    if text["service"] in esp.SERVICES:
        place = server_of(text["api_url"]) or text["region"]
        return text["service"], place, secrets.get("api_key", "")
    return "smtp", text["host"].rstrip(".").lower(), text["user"]


def make(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> "Smtp | esp.Api":
    text = {name: str(config.get(name) or "") for name in TEXTS}
    if text["service"] in esp.SERVICES:
        return by_api(config, secrets, client)
    port, connections = config.get("port"), config.get("connections")
    security = text["security"] if text["security"] in ("tls", "none") else "starttls"
    server = Server(
        text["host"],
        port if isinstance(port, int) else 587,
        security,  # type: ignore[arg-type]  # one of the three
        text["user"],
        secrets.get("password", ""),
    )
    return Smtp(
        Lines(server, client),
        From(text["from_address"], text["from_name"], text["reply_to"], text["bounces"]),
        connections if isinstance(connections, int) else CONNECTIONS,
    )


def by_api(config: Mapping[str, object], secrets: Mapping[str, str], client: Client) -> esp.Api:
    """The same mails by way of a provider's API."""
    service, connections = str(config["service"]), config.get("connections")
    address = str(config.get("from_address") or "")
    options = service_options(service, config, secrets, client)
    domain, mailbox = address.rpartition("@")[2], str(config.get("bounces") or "")

    def headers(message: Outgoing) -> dict[str, str]:
        bulk = bulk_headers(message, domain, mailbox)
        return {name: value.replace("\r\n", "") for name, value in [("Message-ID", f"<{message.id}@{domain}>"), *bulk]}

    return esp.Api(
        service,
        options,
        client,
        address,
        str(config.get("from_name") or ""),
        headers=headers,
        metadata=lambda message: metadata(message, config.get("tracks") is True),
        reply_to=str(config.get("reply_to") or ""),
        connections=connections if isinstance(connections, int) else CONNECTIONS,
    )


def metadata(message: Outgoing, is_tracked: bool) -> dict[str, str]:
    """What a provider tells again with each of its reports: of which message it is, whether our own links and picture
    are in it, and when it was sent."""
    campaign = message.campaign
    return {
        "message_id": message.id,
        "person": signed_person(message.profile_id),
        "campaign": str(campaign.get("Campaign Id", "")),
        "run": str(campaign.get("Run", "")),
        "copy": str(campaign.get("Copy", ""))[:MOST_NOTED],
        "sent": str(int(datetime.now(UTC).timestamp())),
        **({"tracked": "1"} if is_tracked else {}),
    }


def service_options(
    service: str, config: Mapping[str, object], secrets: Mapping[str, str], client: Client
) -> dict[str, Any]:
    url, region = str(config.get("api_url") or ""), str(config.get("region") or "")
    if service == "amazon_ses":
        return amazon_ses.options(secrets, region, url, client.timeout.total or settings.REQUEST_SECONDS)
    keys = {option: secrets.get(name, "") for name, option in esp.SERVICES[service].secrets.items()}
    return {**keys, "api_url": url} if url else keys


@dataclass(slots=True)
class Progress:
    """What is known of one batch while it goes out; `refused` are the mails whose refusal is weighed."""

    attempt: int
    receipts: dict[str, Receipt]
    refused: dict[str, Reply] = field(default_factory=dict)
    in_hand: set[str] = field(default_factory=set)
    accepted: int = 0
    trouble: ConnectorError | None = None

    @property
    def is_hopeless(self) -> bool:
        misconfigured = self.trouble is not None and self.trouble.fault == Fault.MISCONFIGURED
        return misconfigured or blocked(len(self.refused), self.accepted)

    def note(self, letter: Letter, reply: Reply) -> None:
        self.accepted += reply.is_yes
        if reply.is_weighed:
            self.refused[letter.id] = reply
            return
        receipt = reply.receipt(letter.id, self.attempt)
        self.receipts[letter.id] = receipt
        if receipt.fault:
            self.trouble = ConnectorError(receipt.answer, fault=receipt.fault)

    def broke(self, letter: Letter, broken: Broken) -> None:
        self.trouble = broken
        self.receipts[letter.id] = Receipt(
            letter.id, "unknown" if broken.maybe_taken else "retry", answer=str(broken), fault=broken.fault
        )

    def interrupted(self) -> None:
        """Time is up in the middle: what the server has of the mails in hand, nobody knows."""
        for id in self.in_hand - self.receipts.keys():
            answer = "The mail server did not answer in time."
            self.receipts[id] = Receipt(id, "unknown", answer=answer, fault=Fault.UNAVAILABLE)

    def settle(self, letters: Sequence[Letter]) -> None:
        """Receipts for what is still open: refused by a policy, or not tried at all."""
        fault = Fault.MISCONFIGURED if blocked(len(self.refused), self.accepted) else None
        for id, reply in self.refused.items():
            refused = Receipt(id, "retry", answer=reply.words, fault=fault)
            self.receipts[id] = refused if fault else reply.receipt(id, self.attempt)
        left = [letter.id for letter in letters if letter.id not in self.receipts]
        why = self.trouble or ConnectorError("The mail server takes its time.", fault=Fault.RATE_LIMITED)
        if fault:
            why = ConnectorError(next(iter(self.refused.values())).words, fault=fault)
        self.receipts |= {receipt.id: receipt for receipt in receipts_for(left, why)}


@dataclass(frozen=True, slots=True)
class Smtp:
    """At most `connections` are open at a time, for all batches. A batch ends early enough for every mail's fate to be
    known."""

    lines: Lines
    sender: From
    connections: int = CONNECTIONS
    deduplicates: bool = False
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", asyncio.Semaphore(self.connections))

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        letters, refused = self.letters(batch)
        progress, waiting = Progress(part.attempt, refused), iter(letters)
        workers, seconds = min(self.connections, len(letters)), settings.LEASE_SECONDS / 2
        until = self.now() + seconds * ENOUGH
        try:
            async with asyncio.timeout(seconds * AT_MOST), self.lines.used():
                await together(self.work(waiting, progress, until) for _ in range(workers))
        except TimeoutError:
            progress.interrupted()
        progress.settle(letters)
        return [progress.receipts[message.id] for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def check(self) -> None:
        """Signs in. Raises ConnectorError."""
        async with self.lines.used():
            await self.lines.try_out()

    async def work(self, waiting: Iterator[Letter], progress: Progress, until: float) -> None:
        """One mail after the other, until none waits, time is up, or the connection is no good any more."""
        for letter in waiting:
            async with self.turns:
                if progress.is_hopeless or self.now() > until or not await self.handed_in(letter, progress):
                    return

    async def handed_in(self, letter: Letter, progress: Progress) -> bool:
        """Whether another may follow over this connection."""
        progress.in_hand.add(letter.id)
        try:
            progress.note(letter, await self.lines.deliver(letter))
        except Broken as broken:
            progress.broke(letter, broken)
            return False
        except ConnectorError as error:
            progress.in_hand.discard(letter.id)
            progress.trouble = error
            return False
        return True

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def letters(self, batch: Sequence[Outgoing]) -> tuple[list[Letter], dict[str, Receipt]]:
        """The mails that may be sent, and the receipts of those that no server would take."""
        found, refused, date = [], dict[str, Receipt](), format_datetime(self.clock())
        for message in batch:
            recipient = checked_address(message.address)
            sender = sender_of(message, self.sender.address)
            body = mime.encoded(mail(message, self.sender, recipient, date)) if recipient and sender else b""
            if not sender:
                words = refusal(message, self.sender.address)
                refused[message.id] = Receipt(message.id, "failed", "render_error", words)
            elif not recipient:
                words = f"“{message.address[:100]}” is no e-mail address."
                refused[message.id] = Receipt(message.id, "failed", "invalid_recipient", words)
            elif len(body) > MAX_MESSAGE_BYTES:
                words = f"The mail has {len(body):,} bytes; {MAX_MESSAGE_BYTES:,} is the most."
                refused[message.id] = Receipt(message.id, "failed", "too_large", words)
            else:
                found.append(Letter(message.id, return_path(self.sender, message.profile_id), recipient, body))
        return found, refused


def mail(message: Outgoing, sender: From, recipient: str, date: str) -> Mail:
    fields, domain = message.fields, sender.address.rpartition("@")[2]
    name = fields.get("from_name", "").strip() or sender.name
    headers = [
        ("From", mailbox(name, sender_of(message, sender.address))),
        ("To", recipient),
        ("Subject", words(fields.get("subject", ""))),
        ("Date", date),
        ("Message-ID", f"<{message.id}@{domain}>"),
    ]
    if sender.reply_to:
        headers.append(("Reply-To", sender.reply_to))
    return Mail(
        message.id,
        (*headers, *bulk_headers(message, domain, sender.bounces)),
        fields.get("text", ""),
        fields.get("html", ""),
    )


def bulk_headers(message: Outgoing, domain: str, mailbox: str = "") -> Iterator[tuple[str, str]]:
    """What mailbox providers ask of those who write to many (RFC 8058, 2369 and their own).

    `mailbox` takes mails to unsubscribe; their subject is the link's token, for clients that keep it.
    """
    if message.unsubscribe:
        ways = [f"<{message.unsubscribe}>"]
        if mailbox and not message.campaign.get(TEST):
            token = message.unsubscribe.rpartition("/")[2]
            ways.append(f"<mailto:{unsubscribe_address(mailbox, message.profile_id)}?subject={token}>")
        yield "List-Unsubscribe", ",\r\n ".join(ways)
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    campaign = message.campaign
    if campaign:  # a test of the connection has none
        about = (campaign.get("Campaign Id", ""), campaign.get("Run", ""), campaign.get("Campaign type", ""), domain)
        yield "Feedback-ID", ":".join(NOT_A_WORD.sub("-", str(each)) for each in about)
    yield "Precedence", "bulk"


def return_path(sender: From, profile_id: int) -> str:
    """Where bounces go; where an address for them is set, it says whom the mail was for and that we wrote that."""
    if not sender.bounces:
        return sender.address
    local, _, domain = sender.bounces.rpartition("@")
    return f"{local}+{signed_person(profile_id)}@{domain}"


def unsubscribe_address(mailbox: str, profile_id: int) -> str:
    """Whoever writes there unsubscribes the person."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+u{profile_id}-{sign(profile_id, UNSUBSCRIBE)}@{domain}"


def signed_person(profile_id: int) -> str:
    return f"{profile_id}-{sign(profile_id, BOUNCE)}"


def person_of(address: str) -> int | None:
    """Whom a mail was for that came back to this address; None where we did not make it."""
    return read_address(address, TOKEN, BOUNCE)


def unsubscriber_of(address: str) -> int | None:
    """Whom a mail to this address unsubscribes; None where we did not make it."""
    return read_address(address, UNSUBSCRIBE_TOKEN, UNSUBSCRIBE)


def read_address(address: str, token: re.Pattern[str], purpose: str) -> int | None:
    found = token.search(address.rpartition("@")[0].lower())
    if found is None or not constant_time_compare(found[2], sign(int(found[1]), purpose)):
        return None
    return int(found[1])


def sign(profile_id: int, purpose: str) -> str:
    return salted_hmac(f"connectors.email.{purpose}", str(profile_id), algorithm="sha256").hexdigest()[:16]
