"""The e-mail destination against a real mail server: what is sent, and what every reply means."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import http
from connectors.base import Fault, Outgoing, Part, Receipt
from connectors.email import From, Smtp, person_of, return_path, unsubscribe_address, unsubscriber_of
from connectors.http import Client
from connectors.smtp import DEFERRED, Lines, Server
from tests.connectors.factories import outgoing
from tests.connectors.mail_servers import PASSWORD, MailServer, running

logging.getLogger("mail.log").setLevel(logging.ERROR)
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PART = Part("campaign-1/run-1", "1")
SENDER = From("news@shop.example.com", "The shop")
LINK = "https://belfry.example.com/u/token"


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


def mail(number: int = 1, **changes: Any) -> Outgoing:
    fields = {"subject": f"Hello {number}", "html": "<p>Hello</p>", "text": "Hello", **changes.pop("fields", {})}
    return outgoing(number, **{"address": f"person{number}@example.com", "fields": fields, **changes})


def destination(server: MailServer, wire: Client, **changes: Any) -> Smtp:
    lines = Lines(Server("127.0.0.1", server.port, "none", **changes.pop("login", {})), wire)
    return Smtp(lines, **{"sender": SENDER, "clock": lambda: NOW, **changes})


def sent(server: MailServer, wire: Client, *batch: Outgoing, attempt: int = 0, **changes: Any) -> list[Receipt]:
    return http.run(destination(server, wire, **changes).send(batch, Part(PART.folder, PART.name, attempt)))


def test_a_mail_has_both_parts_and_what_mailbox_providers_ask_for(mails: MailServer, wire: Client) -> None:
    fields = {"subject": "Olá 👋", "html": "<p>Ação</p>", "text": "Ação\n.\nFim"}
    campaign = {"Campaign Id": 7, "Run": 2, "Campaign type": "by property"}

    assert sent(mails, wire, mail(fields=fields, unsubscribe=LINK, campaign=campaign)) == [
        Receipt(outgoing().id, "accepted")
    ]

    (taken,) = mails.taken
    assert (taken.sender, taken.recipient) == ("news@shop.example.com", "person1@example.com")
    assert (taken.body("plain"), taken.body("html")) == ("Ação\n.\nFim", "<p>Ação</p>")
    assert {
        name: value for name, value in taken.message.items() if name not in ("X-Peer", "X-MailFrom", "X-RcptTo")
    } == {
        "From": "The shop <news@shop.example.com>",
        "To": "person1@example.com",
        "Subject": "Olá 👋",
        "Date": "Sun, 22 Nov 2026 10:30:00 +0000",
        "Message-ID": f"<{outgoing().id}@shop.example.com>",
        "List-Unsubscribe": f"<{LINK}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "7:2:by-property:shop.example.com",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="=_{outgoing().id}"',
    }


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: all@example.com", "x\nBcc: all@example.com", "x\r\n\r\n<b>", "x\u2028Bcc: a@b.c"]
)
def test_no_value_begins_a_header_or_the_body(mails: MailServer, wire: Client, evil: str) -> None:
    message = mail(fields={"subject": evil, "from_name": evil})

    sent(mails, wire, message)

    (taken,) = mails.taken
    assert set(taken.message.keys()).isdisjoint({"Bcc"})
    assert taken.body("html") == "<p>Hello</p>"
    assert taken.message["Subject"] == " ".join(evil.split())


def test_the_name_of_the_message_wins_over_the_connection_s(mails: MailServer, wire: Client) -> None:
    sender = From("news@shop.example.com", "The shop", reply_to="care@shop.example.com")

    sent(mails, wire, mail(fields={"from_name": 'Maria "M" Silva, the shop'}), sender=sender)

    (taken,) = mails.taken
    assert taken.message["From"].addresses[0].display_name == 'Maria "M" Silva, the shop'
    assert taken.message["Reply-To"] == "care@shop.example.com"


@pytest.mark.parametrize(
    "address", ["", "nobody", "a b@example.com", "a@b", "a@example.com>", "a@example.com\r\nRCPT TO:<b@example.com>"]
)
def test_what_is_no_address_fails_and_is_not_offered(mails: MailServer, wire: Client, address: str) -> None:
    receipts = sent(mails, wire, mail(1, address=address), mail(2))

    assert [(each.state, each.reason, each.suppress) for each in receipts] == [
        ("failed", "invalid_recipient", ""), ("accepted", "", ""),
    ]  # fmt: skip
    assert mails.recipients_taken == ["person2@example.com"]


AGAINST_US = [
    "550 relay not permitted", "550 Relaying denied", "550 authentication required", "550 Sender verify failed",
    "550 Blocked, see https://bl.example.org/?ip=192.0.2.7", "550 Message rejected as spam", "550 SPF check failed",
    "553 sorry, that domain isn't in my list of allowed rcpthosts", "550 Administrative prohibition",
    "551 we do not relay", "550 5.1.8 sender rejected", "550 5.1.7 bad sender",
]  # fmt: skip
REPLIES = [
    ("550 5.1.1 no such user", "failed", "invalid_recipient", "bounce", 0),
    ("550 no such user", "failed", "invalid_recipient", "bounce", 0),
    ("551 user not local", "failed", "invalid_recipient", "bounce", 0),
    ("553 mailbox name not allowed", "failed", "invalid_recipient", "bounce", 0),
    ("550 5.2.1 mailbox disabled", "failed", "rejected_by_provider", "", 0),
    ("552 5.2.2 mailbox full", "failed", "rejected_by_provider", "", 0),
    ("550 5.7.1 not welcome", "failed", "rejected_by_provider", "", 0),
    ("554 not welcome", "failed", "rejected_by_provider", "", 0),
    ("550 rejected", "failed", "invalid_recipient", "bounce", 0),
    ("550 5.0.0 rejected", "failed", "invalid_recipient", "bounce", 0),
    *((reply, "failed", "rejected_by_provider", "", 0) for reply in AGAINST_US),
    ("450 4.2.0 greylisted", "retry", "", "", DEFERRED[0]),
    ("451 4.3.0 try later", "retry", "", "", DEFERRED[0]),
    ("452 4.5.3 too many recipients", "retry", "", "", DEFERRED[0]),
]


@pytest.mark.parametrize(("reply", "state", "reason", "suppress", "wait"), REPLIES)
def test_a_recipient_s_refusal_is_that_mail_s_alone(
    mails: MailServer, wire: Client, reply: str, state: str, reason: str, suppress: str, wait: float
) -> None:
    mails.recipients["person2@example.com"] = reply

    first, second, third = sent(mails, wire, mail(1), mail(2), mail(3), connections=1)

    assert (second.state, second.reason, second.suppress) == (state, reason, suppress)
    assert (second.retry_after, second.fault, second.uses_attempt) == (wait, None, True)
    assert second.answer == f"The mail server answered {reply}"
    assert (first.state, third.state) == ("accepted", "accepted")
    assert mails.connections == 1


def test_who_is_put_off_again_waits_longer(mails: MailServer, wire: Client) -> None:
    mails.recipients["person1@example.com"] = "450 4.2.0 greylisted"

    waits = [sent(mails, wire, mail(), attempt=attempt)[0].retry_after for attempt in (0, 1, 2, 3, 9)]

    assert waits == [60, 300, 900, 3600, 3600]


def test_a_mail_that_is_too_large_for_its_server_fails(mails: MailServer, wire: Client) -> None:
    mails.messages["person1@example.com"] = "552 5.3.4 message too big"

    assert [(each.state, each.reason) for each in sent(mails, wire, mail())] == [("failed", "too_large")]


def test_a_policy_against_everybody_stops_the_connection_and_loses_nobody(mails: MailServer, wire: Client) -> None:
    asked: list[str] = []

    def refuses(address: str) -> str:
        asked.append(address)
        return "550 5.7.1 your address is blocked"

    mails.policy = refuses

    receipts = sent(mails, wire, *map(mail, range(1, 21)), connections=1)

    assert {(each.state, each.fault) for each in receipts} == {("retry", Fault.MISCONFIGURED)}
    assert {each.suppress for each in receipts} == {""}
    assert len(asked) == 5


@pytest.mark.parametrize("reply", [*AGAINST_US, "550 rejected", "553 no"])
def test_a_server_that_does_not_let_us_in_suppresses_nobody(mails: MailServer, wire: Client, reply: str) -> None:
    mails.policy = lambda address: reply

    receipts = sent(mails, wire, *map(mail, range(1, 21)), connections=1)

    assert {(each.state, each.fault, each.suppress) for each in receipts} == {("retry", Fault.MISCONFIGURED, "")}


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 x", "550 no such user here", "550 User unknown", "551 user not local", "550 Invalid recipient"]
)
def test_many_addresses_that_are_none_are_no_trouble_of_the_connection(
    mails: MailServer, wire: Client, reply: str
) -> None:
    mails.policy = lambda address: reply

    receipts = sent(mails, wire, *map(mail, range(1, 11)), connections=1)

    assert {(each.state, each.fault, each.suppress) for each in receipts} == {("failed", None, "bounce")}


def test_a_sender_who_is_refused_is_the_connection_s_trouble(mails: MailServer, wire: Client) -> None:
    mails.senders["news@shop.example.com"] = "550 5.1.8 unknown sender"

    assert [(each.state, each.fault) for each in sent(mails, wire, mail(1), mail(2), connections=1)] == [
        ("retry", Fault.MISCONFIGURED), ("retry", Fault.MISCONFIGURED),
    ]  # fmt: skip


def test_a_connection_lost_while_a_mail_was_taken_leaves_that_mail_unknown(mails: MailServer, wire: Client) -> None:
    mails.hangs_up_after.add("person2@example.com")

    receipts = sent(mails, wire, mail(1), mail(2), mail(3), connections=1)

    assert [(each.state, each.fault) for each in receipts] == [
        ("accepted", None), ("unknown", Fault.UNAVAILABLE), ("retry", Fault.UNAVAILABLE),
    ]  # fmt: skip


def test_a_server_that_is_not_there_is_tried_again(mails: MailServer, wire: Client) -> None:
    gone = MailServer(port=1)

    assert [(each.state, each.fault) for each in sent(gone, wire, mail(1), mail(2))] == [
        ("retry", Fault.UNAVAILABLE), ("retry", Fault.UNAVAILABLE),
    ]  # fmt: skip


def test_a_server_inside_is_refused_where_addresses_must_be_public(
    mails: MailServer, wire: Client, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    (receipt,) = sent(mails, wire, mail())

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
    assert receipt.answer == "The address of the mail server is refused: it is not public."
    assert mails.connections == 0


@pytest.mark.parametrize(("password", "state"), [(PASSWORD, "accepted"), ("wrong", "retry")])
def test_credentials_are_needed_and_never_kept(wire: Client, password: str, state: str) -> None:
    with running(MailServer(), auth_require_tls=False) as server:
        (receipt,) = sent(server, wire, mail(), login={"user": "us", "password": password})

    assert (receipt.state, server.signed_in) == (state, password == PASSWORD)
    assert receipt.fault == (None if state == "accepted" else Fault.MISCONFIGURED)
    assert all(password.encode() not in each.request for each in wire.exchanges)


def test_an_unencrypted_server_is_not_spoken_to_where_encryption_is_set(mails: MailServer, wire: Client) -> None:
    lines = Lines(Server("127.0.0.1", mails.port, "starttls"), wire)

    (receipt,) = http.run(Smtp(lines, SENDER).send([mail()], PART))

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
    assert mails.taken == []


def test_connections_are_shared_by_mails_and_batches_and_are_few(mails: MailServer, wire: Client) -> None:
    receipts = sent(mails, wire, *map(mail, range(1, 101)), connections=3)

    assert {each.state for each in receipts} == {"accepted"}
    assert len(mails.taken) == 100
    assert mails.connections == 3


def test_bounces_come_back_with_a_sign_of_the_person_that_nobody_else_can_make(mails: MailServer, wire: Client) -> None:
    sender = From("news@shop.example.com", bounces="bounces@mail.example.com")

    sent(mails, wire, mail(profile_id=4711), sender=sender)

    (taken,) = mails.taken
    assert taken.sender.startswith("bounces+4711-")
    assert person_of(taken.sender) == 4711
    assert person_of(taken.sender.upper()) == 4711
    assert person_of(taken.sender.replace("4711", "4712")) is None
    assert person_of("bounces@mail.example.com") is None
    assert person_of(return_path(SENDER, 4711)) is None


def test_people_may_unsubscribe_by_a_mail_where_a_mailbox_takes_it(mails: MailServer, wire: Client) -> None:
    sender = From("news@shop.example.com", bounces="bounces@mail.example.com")
    link = f"https://belfry.example.com/u/{'Vx0-_' * 30}"

    sent(mails, wire, mail(1, profile_id=4711, unsubscribe=link), mail(2), sender=sender)
    sent(mails, wire, mail(3, unsubscribe=link, campaign={"Is test": True}), sender=sender)

    first, transactional, test = sorted(mails.taken, key=lambda taken: taken.recipient)
    address = unsubscribe_address("bounces@mail.example.com", 4711)
    assert first.message["List-Unsubscribe"] == f"<{link}>, <mailto:{address}?subject={'Vx0-_' * 30}>"
    assert max(map(len, wire.exchanges[0].request.splitlines())) < 998
    assert address.startswith("bounces+u4711-")
    assert len(address.partition("@")[0]) <= 64
    assert unsubscriber_of(address.upper()) == 4711
    assert [person_of(address), unsubscriber_of(return_path(sender, 4711))] == [None, None]
    assert transactional.message["List-Unsubscribe"] is None
    assert test.message["List-Unsubscribe"] == f"<{link}>"


def test_what_was_said_is_kept_for_the_page_of_the_connection(mails: MailServer, wire: Client) -> None:
    mails.recipients["person2@example.com"] = "550 5.1.1 no such user"

    sent(mails, wire, mail(1), mail(2), mail(3), connections=1)

    assert [(each.status, each.answer) for each in wire.exchanges] == [
        ("250", ""), ("550", "The mail server answered 550 5.1.1 no such user"),
    ]  # fmt: skip
    first = wire.exchanges[0]
    assert (first.method, first.url) == ("SMTP", f"smtp://127.0.0.1:{mails.port}")
    assert first.request.startswith(
        b"MAIL FROM:<news@shop.example.com>\nRCPT TO:<person1@example.com>\n\nFrom: The shop"
    )


def test_batches_sent_at_once_share_the_connections_there_may_be(mails: MailServer, wire: Client) -> None:
    sender = destination(mails, wire, connections=2)

    async def all_at_once() -> list[list[Receipt]]:
        batches = ([mail(number + tens) for number in range(1, 9)] for tens in (10, 20, 30, 40))
        return await asyncio.gather(
            *(sender.send(batch, Part("campaign-1/run-1", "1", at_once=4)) for batch in batches)
        )

    receipts = [receipt for batch in http.run(all_at_once()) for receipt in batch]

    assert [receipt.state for receipt in receipts] == ["accepted"] * 32
    assert mails.connections <= 2
