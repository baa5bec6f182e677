"""By which address a mail is written: one within the connection's own domain, over SMTP and by an API alike."""

from collections.abc import Iterator

import orjson
import pytest

from campaigns import wording
from connectors import email, http
from connectors.base import Part
from connectors.email import From, Smtp
from connectors.http import Client
from connectors.smtp import Lines
from connectors.smtp import Server as MailHost
from tests.connectors.factories import outgoing
from tests.connectors.mail_servers import MailServer, running
from tests.connectors.servers import Server, says

PART = Part("campaign-1/run-1", "1")
TEXTS = {"subject": "Hi", "html": "<p>Hi</p>", "text": "Hi"}
TAKEN = orjson.dumps({"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": "maria@example.com"}).decode()


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


OWN = {"from_address": "news@shop.example.com"}


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("", "news@shop.example.com"),
        ("  ", "news@shop.example.com"),
        ("care@shop.example.com", "care@shop.example.com"),
        (" Care@SHOP.example.com ", "Care@SHOP.example.com"),
        ("care@br.shop.example.com", "care@br.shop.example.com"),
        ("care@example.com", ""),
        ("care@myshop.example.com", ""),
        ("care@shop.example.com.evil.example", ""),
        ("care@evil.example@shop.example.com", ""),
        ("Shop <care@shop.example.com>", ""),
        ("care@shop.example.com, b@evil.example", ""),
        ("care@shop.example.com\r\nBcc: all@example.com", ""),
        ("a@evil.example\r\nX: care@shop.example.com", ""),
        ("shop.example.com", ""),
    ],
)
def test_a_mail_is_written_by_an_address_of_the_connection_s_domain_and_no_other(
    mails: MailServer, server: Server, wire: Client, written: str, used: str
) -> None:
    server.default = says(200, TAKEN, Content_Type="application/json")
    message = outgoing(1, address="maria@example.com", fields={**TEXTS, "from_address": written})
    sender = Smtp(
        Lines(MailHost("127.0.0.1", mails.port, "none"), wire),
        From("news@shop.example.com", bounces="bounces@shop.example.com"),
    )
    api = email.make({**OWN, "service": "postmark", "api_url": server.url}, {"api_key": "k"}, wire)

    for destination in (sender, api):
        (receipt,) = http.run(destination.send([message], PART))
        assert (receipt.state, receipt.reason) == (("accepted", "") if used else ("failed", "render_error"))

    assert [str(each.message["From"]) for each in mails.taken] == [used] * bool(used)
    assert [each.json["From"] for each in server.requests] == [used] * bool(used)
    assert [each.message["Bcc"] for each in mails.taken] == [None] * bool(used)


def test_where_bounces_go_and_what_the_message_is_called_stays_the_connection_s(
    mails: MailServer, wire: Client
) -> None:
    message = outgoing(1, address="maria@example.com", fields={**TEXTS, "from_address": "care@br.shop.example.com"})
    sender = From("news@shop.example.com", bounces="bounces@shop.example.com")

    http.run(Smtp(Lines(MailHost("127.0.0.1", mails.port, "none"), wire), sender).send([message], PART))

    (taken,) = mails.taken
    assert taken.message["Message-ID"] == f"<{outgoing().id}@shop.example.com>"
    assert taken.sender == email.return_path(sender, 1)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", []),
        ("care@shop.example.com", []),
        ("{{ profile.seller | default: 'x' }}@shop.example.com", []),
        ("care", ["This is no e-mail address. Write one such as news@example.com, or leave it empty."]),
        (
            "care@example.com",
            [
                "This connection writes from shop.example.com: take an address of that domain, or leave it empty. Mails"
                " from another domain are refused or land in spam."
            ],
        ),
    ],
)
def test_the_step_what_says_so_before_anything_is_sent(written: str, words: list[str]) -> None:
    pairs = [("@subject", "Hi"), ("@html", "<p>Hi</p>"), ("@from_address", written)]

    assert [each.words for each in wording.troubles("email", pairs, OWN)] == words


def test_the_payload_names_the_address_only_where_one_is_written() -> None:
    written = outgoing(1, fields={**TEXTS, "from_address": "care@shop.example.com"})

    assert email.payload(written)["from_address"] == "care@shop.example.com"
    assert "from_address" not in email.payload(outgoing(1, fields=TEXTS))
