"""A real mail server in a thread of its own, which answers as it is told and keeps what it takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.connectors.providers import free_port

PASSWORD = "s3cret-of-mail"
OK = "250 OK"


@dataclass
class Taken:
    """One mail as the server got it."""

    sender: str
    recipient: str
    message: EmailMessage

    def body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class MailServer:
    """`recipients`, `senders` and `messages` say what is answered other than OK, by address."""

    recipients: dict[str, str] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    hangs_up_after: set[str] = field(default_factory=set)
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    signed_in: int = 0
    port: int = 0
    policy: Callable[[str], str] | None = None

    async def handle_EHLO(self, server: Any, session: Session, envelope: Envelope, name: str, answers: Any) -> Any:
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        envelope.mail_from = address
        return self.senders.get(address, OK)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        answer = self.policy(address) if self.policy else self.recipients.get(address, OK)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        (recipient,) = envelope.rcpt_tos
        answer = self.messages.get(recipient, OK)
        if answer == OK:
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append(Taken(str(envelope.mail_from), recipient, message))
        if recipient in self.hangs_up_after:
            transport: Any = server.transport
            transport.abort()
        return answer

    def signs_in(self, server: Any, session: Any, envelope: Any, mechanism: str, asked: Any) -> AuthResult:
        right = isinstance(asked, LoginPassword) and asked.password == PASSWORD.encode()
        self.signed_in += right
        return AuthResult(success=right, handled=right)

    @property
    def recipients_taken(self) -> list[str]:
        return sorted(each.recipient for each in self.taken)


@contextmanager
def running(server: MailServer, **options: Any) -> Iterator[MailServer]:
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), authenticator=server.signs_in, **options)
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()
