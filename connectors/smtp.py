"""The conversation with a mail server: connections that are kept while they are needed, and what its replies mean."""

import asyncio
import base64
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import aiosmtplib
from django.conf import settings

from connectors.addresses import AddressRefused, guarded_socket
from connectors.base import ConnectorError, Fault, Receipt
from connectors.http import CONNECT_SECONDS, Client
from connectors.reaching import is_insecure, unreached
from connectors.secrets import masked, spellings

Security = Literal["starttls", "tls", "none"]
Stage = Literal["sender", "recipient", "message"]
ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
DEFERRED = (60.0, 300.0, 900.0, 3600.0)  # seconds until a recipient that is put off is tried again
MESSAGES_A_CONNECTION = 1000
SEVERAL = 5
WHO = "The mail server"
STARTTLS_PORT = "Use STARTTLS there, or the port where TLS is there from the start, usually 465."
TLS_PORT = "Where TLS is there from the start, as it usually is at port 465, choose that."
NOBODY_THERE = (550, 551, 553)
# Of a refusal without an enhanced code: it speaks of us, or it says that nobody is there.
AGAINST_US = re.compile(
    r"relay|authenti|sender|spam|block|black|denie|deny|polic|prohibit|rcpthosts|reputation|\b(?:spf|dkim|dmarc|rbl|ip)\b"
    r"|not permitted|banned|abuse|listed",
    re.IGNORECASE,
)
AGAINST_THEM = re.compile(
    r"no such|unknown|does ?n.t exist|not exist|not found|no mailbox|not local|not allowed|invalid|unavailable|disabled"
    r"|inactive|undeliverable|unrouteable|nobody",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed in, and as whom."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = ""

    @property
    def url(self) -> str:
        return f"{'smtps' if self.security == 'tls' else 'smtp'}://{self.host}:{self.port}"


class Letter(NamedTuple):
    """One mail in its envelope."""

    id: str
    sender: str
    recipient: str
    body: bytes


class Broken(ConnectorError):
    """A connection that cannot be used any more. `maybe_taken`: the server may have the mail it was given last."""

    def __init__(self, message: str, *, maybe_taken: bool = False) -> None:
        super().__init__(message, fault=Fault.UNAVAILABLE)
        self.maybe_taken = maybe_taken


@dataclass(slots=True)
class Line:
    """One connection."""

    smtp: aiosmtplib.SMTP
    sent: int = 0

    @property
    def is_fresh(self) -> bool:
        return self.smtp.is_connected and self.sent < MESSAGES_A_CONNECTION

    async def hand_in(self, letter: Letter) -> "Reply":
        """Raises Broken."""
        self.sent += 1
        reply = await self.asked("sender", self.smtp.mail(letter.sender))
        reply = reply or await self.asked("recipient", self.smtp.rcpt(letter.recipient))
        reply = reply or await self.asked("message", self.smtp.data(letter.body))
        if reply:  # else the server may take the next mail for part of this one
            await self.asked("sender", self.smtp.rset())
        return reply or Reply(250, "", "message")

    async def asked(self, stage: Stage, command: Awaitable[object]) -> "Reply | None":
        """None where the server goes along."""
        try:
            await command
        except aiosmtplib.SMTPResponseException as error:
            if error.code < 200 or error.code == 421:
                raise Broken(f"The mail server answered {error.code} {error.message}"[:300]) from error
            return Reply(error.code, error.message, stage)
        except aiosmtplib.SMTPTimeoutError as error:
            raise Broken("The mail server did not answer in time.", maybe_taken=stage == "message") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            words = "The connection to the mail server broke before an answer came."
            raise Broken(words, maybe_taken=stage == "message") from error
        return None

    async def close(self) -> None:
        try:
            await self.smtp.quit(timeout=CONNECT_SECONDS)
        except (aiosmtplib.SMTPException, OSError):
            self.smtp.close()


class Reply(NamedTuple):
    code: int
    text: str
    stage: Stage

    @property
    def is_yes(self) -> bool:
        return self.code < 300

    @property
    def status(self) -> tuple[int, int, int]:
        """The enhanced status code of RFC 3463, (0, 0, 0) where there is none."""
        found = ENHANCED.match(self.text)
        return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)

    @property
    def is_coded(self) -> bool:
        """With a subject: 5.0.0 says no more than the reply itself."""
        return self.status[1] != 0

    @property
    def is_policy(self) -> bool:
        """It stands against whoever writes; 5.1.7 and 5.1.8 speak of the sender's address."""
        if self.is_coded:
            return self.code >= 500 and (self.status[1] == 7 or self.status[1:] in ((1, 7), (1, 8)))
        return self.code == 554 or (self.code in NOBODY_THERE and AGAINST_US.search(self.text) is not None)

    @property
    def is_weighed(self) -> bool:
        """Whether it has another meaning where it meets everybody: a policy, or a refusal without a reason."""
        is_reasonless = self.is_bounce and not self.is_coded and not AGAINST_THEM.search(self.text)
        return self.stage != "sender" and (self.is_policy or is_reasonless)

    @property
    def words(self) -> str:
        return f"The mail server answered {self.code} {' '.join(self.text.split())}"[:400].rstrip()

    def receipt(self, id: str, attempt: int) -> Receipt:
        """What becomes of the mail, unless it is weighed by who sees the whole batch."""
        if self.is_yes:
            return Receipt(id, "accepted")
        if self.stage == "sender" and self.code >= 500:
            return Receipt(id, "retry", answer=self.words, fault=Fault.MISCONFIGURED)
        if self.stage == "sender":
            return Receipt(id, "retry", answer=self.words, retry_after=DEFERRED[0], fault=Fault.BUSY)
        if self.code < 500:
            return Receipt(id, "retry", answer=self.words, retry_after=DEFERRED[min(attempt, len(DEFERRED) - 1)])
        return Receipt(id, "failed", self.reason, self.words, suppress="bounce" if self.is_bounce else "")

    @property
    def is_bounce(self) -> bool:
        """The address itself is wrong: nothing is ever sent there again."""
        if self.is_coded:
            return self.status[1] == 1 and not self.is_policy
        return self.code in NOBODY_THERE and self.stage == "recipient" and not self.is_policy

    @property
    def reason(self) -> str:
        _, subject, detail = self.status
        if self.is_bounce:
            return "invalid_recipient"
        is_large = (subject, detail) in ((2, 3), (3, 4)) or (self.code == 552 and self.stage == "message")
        return "too_large" if is_large and (subject, detail) != (2, 2) else "rejected_by_provider"


@dataclass
class Lines:
    """Connections to one server, shared by all batches of a claim and closed when the last of them is done."""

    server: Server
    client: Client
    idle: list[Line] = field(default_factory=list)
    users: int = 0

    @asynccontextmanager
    async def used(self) -> AsyncIterator[None]:
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1
            if not self.users:
                closing, self.idle = self.idle, []
                await asyncio.gather(*(line.close() for line in closing))

    async def take(self) -> Line:
        """Raises ConnectorError."""
        while self.idle:
            line = self.idle.pop()
            if line.is_fresh:
                return line
            await line.close()
        return Line(await opened(self.server, self.patience))

    def give_back(self, line: Line) -> None:
        self.idle.append(line)

    @property
    def patience(self) -> float:
        return self.client.timeout.total or float(settings.REQUEST_SECONDS)

    async def try_out(self) -> None:
        """Sign in, and remember what kept us from it. Raises ConnectorError."""
        started = time.monotonic()
        try:
            self.give_back(await self.take())
        except ConnectorError as error:
            status = "refused" if error.fault == Fault.MISCONFIGURED else "no answer"
            self.client.remember("SMTP", self.server.url, 1, status, started, b"", str(error))
            raise

    async def deliver(self, letter: Letter) -> Reply:
        """Hand in one mail and remember how it went. Raises ConnectorError, Broken where the mail was on its way."""
        started = time.monotonic()
        try:
            line = await self.take()
            reply = await handed_in(line, letter)
        except Exception as error:
            refused = isinstance(error, ConnectorError) and error.fault == Fault.MISCONFIGURED
            self.remember(letter, "refused" if refused else "no answer", started, str(error))
            raise
        self.give_back(line)
        self.remember(letter, str(reply.code), started, "" if reply.is_yes else reply.words)
        return reply

    def remember(self, letter: Letter, status: str, started: float, answer: str) -> None:
        """Failures, and of what went well the first: a sample is all that is kept."""
        if status.startswith("2") and self.client.exchanges:
            return
        envelope = f"MAIL FROM:<{letter.sender}>\nRCPT TO:<{letter.recipient}>\n\n".encode()
        self.client.remember("SMTP", self.server.url, 1, status, started, envelope + letter.body, answer)


async def handed_in(line: Line, letter: Letter) -> Reply:
    """A connection that is left in the middle is of no use to anybody. Raises Broken."""
    try:
        return await line.hand_in(letter)
    except BaseException:
        line.smtp.close()
        raise


@cache
def own_name(public_url: str) -> str:
    """What this server greets another with (RFC 5321): the name it is reached by, else the machine's."""
    name = urlsplit(public_url).hostname or socket.gethostname()
    try:
        address = ip_address(name)
    except ValueError:
        return name
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


async def opened(server: Server, patience: float) -> aiosmtplib.SMTP:
    """A connection that is encrypted and signed in as set. Raises ConnectorError."""
    smtp = aiosmtplib.SMTP(
        hostname=server.host,
        sock=await connected(server, min(CONNECT_SECONDS, patience)),
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        username=server.user or None,
        password=server.password if server.user else None,
        timeout=patience,
        local_hostname=own_name(settings.PUBLIC_URL),
    )
    try:
        await smtp.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise refusal(error, server) from error
    return smtp


def refusal(error: aiosmtplib.SMTPException | OSError, server: Server) -> ConnectorError:
    """Why there is no connection, with the server's own words; what it repeats of the password is masked."""
    match error:
        case aiosmtplib.SMTPResponseException():
            said = f"answered {error.code} {masked(' '.join(error.message.split()), credentials(server))}"[
                :300
            ].rstrip()
            if isinstance(error, aiosmtplib.SMTPAuthenticationError):
                return ConnectorError(f"The mail server refused our credentials: it {said}", fault=Fault.MISCONFIGURED)
            fault = Fault.UNAVAILABLE if error.code < 500 else Fault.MISCONFIGURED
            return ConnectorError(f"The mail server {said}", fault=fault)
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            hint = "" if server.security == "tls" else f" {TLS_PORT}"
            return ConnectorError(f"The mail server did not answer in time.{hint}", fault=Fault.UNAVAILABLE)
        case OSError() if is_insecure(error):
            return ConnectorError(unreached(error, WHO, other_port=STARTTLS_PORT), fault=Fault.UNAVAILABLE)
        case OSError():
            return ConnectorError("The mail server broke off before it answered.", fault=Fault.UNAVAILABLE)
        case _:
            return ConnectorError(f"The mail server cannot be used so: {error}", fault=Fault.MISCONFIGURED)


def credentials(server: Server) -> list[str]:
    """As signing in writes them."""
    plain = base64.b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    return [plain, base64.b64encode(server.password.encode()).decode(), *spellings([server.password])]


async def connected(server: Server, patience: float) -> socket.socket:
    """A socket to the first address of the server that answers; the guard looks at the address connected to."""
    loop, make = asyncio.get_running_loop(), guarded_socket(lambda: settings.ALLOW_PRIVATE_ADDRESSES)
    try:
        found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectorError(unreached(error, WHO), fault=Fault.UNAVAILABLE) from error
    why: OSError = TimeoutError()
    for family, kind, protocol, name, target in found:
        try:
            made = make((family, kind, protocol, name, target))
        except AddressRefused as error:
            raise ConnectorError(
                "The address of the mail server is refused: it is not public.", fault=Fault.MISCONFIGURED
            ) from error
        made.setblocking(False)
        try:
            async with asyncio.timeout(patience):
                await loop.sock_connect(made, target)
        except OSError as error:
            made.close()
            why = error
            continue
        return made
    raise ConnectorError(unreached(why, WHO), fault=Fault.UNAVAILABLE) from why


def blocked(refusals: int, accepted: int) -> bool:
    """Policies that stand against everybody are the connection's trouble, against a few of many the recipients'."""
    return not accepted and refusals >= SEVERAL
