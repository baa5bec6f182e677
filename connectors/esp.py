"""The *e-mail* destination by way of a mail provider's API, each spoken to as django-anymail knows it."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec
import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from connectors import amazon_ses
from connectors.agent import AGENT
from connectors.answers import Provider, refusal
from connectors.base import TEST, ConnectorError, Fault, Outgoing, Part, Receipt, receipts_for
from connectors.guarded_requests import guard, is_refusal, was_reached
from connectors.http import NONE, Answer, Client
from connectors.mail_senders import refusal as refused_sender
from connectors.mail_senders import sender_of
from connectors.mime import MAX_MESSAGE_BYTES, checked_address, mailbox
from connectors.packing import together
from connectors.reaching import unreached
from connectors.secrets import masked

ENOUGH, AT_MOST = 0.6, 0.9  # of the time there is for a batch, as in connectors.email
MOST_CONNECTIONS = 50
ACCEPTED = frozenset({"sent", "queued"})


@dataclass(frozen=True, slots=True)
class Service:
    """A provider: what it is called, under which names its backend takes our secrets, and what it needs besides them:
    a region, or an address of its own."""

    label: str
    secrets: Mapping[str, str]
    needs: Literal["", "region", "api_url"] = ""


KEY = {"api_key": "api_key"}
SERVICES = {
    "amazon_ses": Service("Amazon SES", {"api_key": "", "secret_key": ""}, "region"),
    "brevo": Service("Brevo", KEY),
    "mailersend": Service("MailerSend", {"api_key": "api_token"}),
    "mailgun": Service("Mailgun", KEY),
    "mailjet": Service("Mailjet", {"api_key": "api_key", "secret_key": "secret_key"}),
    "mailtrap": Service("Mailtrap", {"api_key": "api_token"}),
    "mandrill": Service("Mandrill", KEY),
    "postal": Service("Postal", KEY, "api_url"),
    "postmark": Service("Postmark", {"api_key": "server_token"}),
    "resend": Service("Resend", KEY),
    "sparkpost": Service("SparkPost", KEY),
}


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    message: EmailMultiAlternatives
    shown: bytes


@dataclass(slots=True)
class Progress:
    attempt: int
    receipts: dict[str, Receipt]
    in_hand: set[str] = field(default_factory=set)
    trouble: ConnectorError | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """`options` are the backend's own, keys among them; `connections` requests are under way at a time, of all
    batches."""

    service: str
    options: Mapping[str, Any]
    client: Client
    address: str
    name: str
    headers: Callable[[Outgoing], Mapping[str, str]]
    metadata: Callable[[Outgoing], Mapping[str, str]]
    reply_to: str = ""
    connections: int = 4
    deduplicates: bool = False
    turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", asyncio.Semaphore(self.connections))

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        letters, refused = self.letters(batch)
        progress, waiting = Progress(part.attempt, refused), iter(letters)
        seconds = settings.LEASE_SECONDS / 2
        until = time.monotonic() + seconds * ENOUGH
        workers = min(self.connections, len(letters))
        try:
            async with asyncio.timeout(seconds * AT_MOST):
                await together(self.work(waiting, progress, until) for _ in range(workers))
        except TimeoutError:
            self.interrupted(progress)
        left = [letter.id for letter in letters if letter.id not in progress.receipts]
        why = progress.trouble or ConnectorError("The provider takes its time.", fault=Fault.RATE_LIMITED)
        receipts = progress.receipts | {receipt.id: receipt for receipt in receipts_for(left, why)}
        return [receipts[message.id] for message in batch]

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        return ""

    async def work(self, waiting: Iterator[Letter], progress: Progress, until: float) -> None:
        """One mail after the other over one session, until the connection is no good any more."""
        run = asyncio.get_running_loop().run_in_executor
        backend = await run(threads(), self.opened)
        try:
            for letter in waiting:
                async with self.turns:
                    if progress.trouble or time.monotonic() > until:
                        return
                    receipt = await run(threads(), self.deliver, backend, letter, progress)
                    progress.receipts[letter.id] = receipt
                    if receipt.fault:
                        progress.trouble = trouble_of(receipt)
        finally:
            backend.close()

    def opened(self) -> Any:
        path = f"anymail.backends.{self.service}.EmailBackend"
        options: dict[str, Any] = {**self.options, "requests_timeout": self.client.timeout.total}
        backend = get_connection(path, ignore_unsupported_features=True, **options)
        backend.open()
        if (session := getattr(backend, "session", None)) is not None:
            guard(session)
            session.headers["User-Agent"] = AGENT
        return backend

    def deliver(self, backend: Any, letter: Letter, progress: Progress) -> Receipt:
        """In a thread: the backends wait for answers. From here on it may have been sent."""
        progress.in_hand.add(letter.id)
        started = time.monotonic()
        try:
            backend.send_messages([letter.message])
        except AnymailRecipientsRefused as error:
            receipt, response = self.refused(letter, str(error)), error.response
        except AnymailError as error:
            receipt = failure(letter.id, error, SERVICES[self.service].label, progress.attempt)
            response = error.response
        except Exception:
            self.remember(letter, Receipt(letter.id, "unknown"), started, None)
            raise
        else:
            receipt = Receipt(letter.id, "accepted")
            response = letter.message.anymail_status.esp_response  # type: ignore[attr-defined]  # as below
            if not letter.message.anymail_status.status <= ACCEPTED:  # type: ignore[attr-defined]  # the backend sets it
                receipt = self.refused(letter, "The provider refused the mail.")
        receipt = msgspec.structs.replace(receipt, answer=masked(receipt.answer, self.client.hidden))
        self.remember(letter, receipt, started, response)
        return receipt

    def refused(self, letter: Letter, words: str) -> Receipt:
        """What the provider says of the one recipient: “invalid” is an address that is none."""
        said = getattr(getattr(letter.message, "anymail_status", None), "status", None) or set()
        invalid = "invalid" in said
        reason = "invalid_recipient" if invalid else "rejected_by_provider"
        return Receipt(letter.id, "failed", reason, words[:400], suppress="bounce" if invalid else "")

    def remember(self, letter: Letter, receipt: Receipt, started: float, response: object) -> None:
        """Failures, and of what went well the first."""
        if receipt.state == "accepted" and self.client.exchanges:
            return
        status = "200" if receipt.state == "accepted" else receipt.state
        label, said = SERVICES[self.service].label, receipt.answer
        self.client.remember("MAIL", label, 1, status, started, letter.shown, said, *headers_of(response))

    def letters(self, batch: Sequence[Outgoing]) -> tuple[list[Letter], dict[str, Receipt]]:
        found, refused = [], dict[str, Receipt]()
        for message in batch:
            size = sum(len(part.encode(errors="replace")) for part in message.fields.values())
            if not sender_of(message, self.address):
                words = refused_sender(message, self.address)
                refused[message.id] = Receipt(message.id, "failed", "render_error", words)
            elif not (recipient := checked_address(message.address)):
                words = f"“{message.address[:100]}” is no e-mail address."
                refused[message.id] = Receipt(message.id, "failed", "invalid_recipient", words)
            elif size > MAX_MESSAGE_BYTES:
                words = f"The mail has {size:,} bytes; {MAX_MESSAGE_BYTES:,} is the most."
                refused[message.id] = Receipt(message.id, "failed", "too_large", words)
            else:
                found.append(self.letter(message, recipient))
        return found, refused

    def letter(self, message: Outgoing, recipient: str) -> Letter:
        fields = message.fields
        subject = " ".join(fields.get("subject", "").split())
        mail = EmailMultiAlternatives(
            subject,
            fields.get("text", ""),
            mailbox(fields.get("from_name", "").strip() or self.name, sender_of(message, self.address)),
            [recipient],
            headers=dict(self.headers(message)),
            reply_to=[self.reply_to] if self.reply_to else None,
        )
        mail.attach_alternative(fields.get("html", ""), "text/html")
        mail.metadata = dict(self.metadata(message))  # type: ignore[attr-defined]  # the backends read it
        mail.tags = tags(message)  # type: ignore[attr-defined]  # as metadata
        return Letter(message.id, mail, f"To: {recipient}\nSubject: {subject}\n\n{fields.get('text', '')}".encode())

    def interrupted(self, progress: Progress) -> None:
        for id in progress.in_hand - progress.receipts.keys():
            answer = "The provider did not answer in time."
            progress.receipts[id] = Receipt(id, "unknown", answer=answer, fault=Fault.UNAVAILABLE)


@cache
def threads() -> ThreadPoolExecutor:
    """Of their own: a provider that takes its time keeps nobody from looking up a name."""
    return ThreadPoolExecutor(MOST_CONNECTIONS, "mails")


os.register_at_fork(after_in_child=threads.cache_clear)


def tags(message: Outgoing) -> list[str]:
    """By which the provider's own figures are parted: the campaign's number, as a name may have what some of them
    refuse. None for a test."""
    campaign = message.campaign.get("Campaign Id")
    return [f"campaign-{campaign}"] if campaign and not message.campaign.get(TEST) else []


def trouble_of(receipt: Receipt) -> ConnectorError:
    """What the mails that wait behind it have to do with it, too."""
    wait = receipt.retry_after
    return ConnectorError(receipt.answer, fault=receipt.fault, retry_after=wait, is_named=receipt.is_named)


def headers_of(response: object) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Of the request and of the answer, as far as a backend tells."""
    match response:
        case requests.Response():
            asked = {name: value for name, value in response.request.headers.items() if isinstance(value, str)}
            return asked, response.headers
        case {"ResponseMetadata": {"HTTPHeaders": dict() as answered}}:
            return NONE, answered
        case _:
            return NONE, NONE


def failure(id: str, error: AnymailError, label: str, attempt: int) -> Receipt:
    """What a request that failed means, by the table of all providers that are spoken to over HTTP."""
    response, cause = getattr(error, "response", None), error.__cause__
    if isinstance(response, dict):
        return refused_by(label, amazon_ses.answer(response), id, attempt)
    if response is not None:
        answer = Answer(response.status_code, response.headers, response.text[:1000])
        if answer.is_ok and not answer.is_page:
            return Receipt(id, "unknown", answer=f"{label} answered with something else than it should.")
        return refused_by(label, answer, id, attempt)
    if isinstance(cause, requests.TooManyRedirects):
        words = f"The address leads elsewhere; it is not {label}'s."
        return Receipt(id, "retry", answer=words, fault=Fault.MISCONFIGURED)
    if is_refusal(cause):
        words = f"The address of {label} is refused: it is not public."
        return Receipt(id, "retry", answer=words, fault=Fault.MISCONFIGURED)
    if amazon_ses.is_ours(cause):
        return Receipt(id, "retry", answer=f"{label} cannot be asked so: {cause}"[:400], fault=Fault.MISCONFIGURED)
    if not was_reached(cause) or amazon_ses.was_not_reached(cause):
        return Receipt(id, "retry", answer=unreached(error, label), fault=Fault.UNAVAILABLE)
    if isinstance(cause, requests.RequestException) or amazon_ses.may_be_taken(cause):
        return Receipt(id, "unknown", answer=f"{label} did not answer.", fault=Fault.UNAVAILABLE)
    return Receipt(id, "failed", "rejected_by_provider", f"{label}: {error}"[:400])


def refused_by(label: str, answer: Answer, id: str, attempt: int) -> Receipt:
    provider = Provider(label, f"{label} refused our key.")
    (receipt,) = receipts_for([id], refusal(answer, provider, attempt, datetime.now(UTC)))
    return receipt
