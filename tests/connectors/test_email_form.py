"""The settings of an e-mail connection: what is kept, what is refused, where the password may go, what a test sends."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtplib import SMTPAuthenticationError
from django.test import Client
from django.utils import timezone

from connectors import http
from connectors.models import Call, Connection
from connectors.secrets import MASK, open_sealed
from connectors.smtp import Server, refusal
from tests.connectors.mail_servers import PASSWORD, MailServer, running
from tests.connectors.providers import free_port

pytestmark = pytest.mark.django_db

logging.getLogger("mail.log").setLevel(logging.ERROR)
MAIL = {
    "name": "Mail",
    "service": "smtp",
    "host": "smtp.example.com",
    "port": "587",
    "security": "starttls",
    "user": "us",
    "password": PASSWORD,
    "from_address": "news@bücher.example",
    "from_name": "The shop",
    "reply_to": "",
    "bounces": "bounces@example.com",
    "test_address": "me@example.com",
    "connections": "4",
    "rate_per_second": "",
}


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server
    http.close()


def made(admin: Client, **changes: str) -> Connection:
    answer = admin.post("/connections/new/email", MAIL | changes)
    assert answer.status_code == 302, answer.text
    return Connection.objects.get()


@pytest.mark.parametrize(("url", "is_said"), [("", True), ("https://belfry.example.com", False)])
def test_its_pages_say_what_links_to_unsubscribe_need(admin: Client, settings: Any, url: str, is_said: bool) -> None:
    settings.PUBLIC_URL = url
    one = Connection.objects.create(name="Mail", kind="email", config={"from_address": "a@example.com"})

    pages = [
        admin.get("/connections/new/email"),
        admin.get(f"/connections/{one.pk}"),
        admin.get("/connections/new/file"),
    ]

    assert ["BELFRY_PUBLIC_URL" in page.text for page in pages] == [is_said, is_said, False]


def test_an_e_mail_connection_is_set_up_and_its_password_kept_apart(admin: Client) -> None:
    connection = made(admin)

    assert open_sealed(connection.secrets) == {"password": PASSWORD}
    assert connection.config == {
        "service": "smtp", "host": "smtp.example.com", "port": 587, "security": "starttls", "user": "us",
        "connections": 4, "from_name": "The shop", "from_address": "news@xn--bcher-kva.example", "reply_to": "",
        "bounces": "bounces@example.com", "test_address": "me@example.com", "tracks": False, "api_url": "",
        "one_per_address": False,
    }  # fmt: skip
    assert PASSWORD not in admin.get(f"/connections/{connection.pk}").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "smtp.example.com\r\nX: y"}, "Write the name of a server"),
        ({"host": ""}, "Write the name of a server"),
        ({"service": "postmark"}, "The provider knows us by it."),
        ({"service": "mailjet", "api_key": "k"}, "The provider knows us by it."),
        ({"service": "console"}, "Select a valid choice."),
        ({"host": "http://smtp.example.com"}, "Write the name of a server"),
        ({"host": "169.254.169.254"}, "This address is not public."),
        ({"host": "0xA9FEA9FE"}, "This address is not public."),
        ({"from_address": "news"}, "This is no e-mail address."),
        ({"from_address": "a@example.com\nBcc: b@example.com"}, "This is no e-mail address."),
        ({"reply_to": "x y@example.com"}, "This is no e-mail address."),
        ({"bounces": "@example.com"}, "This is no e-mail address."),
        ({"test_address": ""}, "This field is required."),
        ({"security": "none"}, "A password is sent over an encrypted connection only."),
        ({"password": ""}, "Give the user&#x27;s password."),
        ({"port": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_work_is_refused(admin: Client, changes: dict[str, str], words: str) -> None:
    answer = admin.post("/connections/new/email", MAIL | changes)

    assert answer.status_code == 422
    assert words in answer.text
    assert not Connection.objects.exists()


@pytest.mark.parametrize("changes", [{"host": "evil.example.com"}, {"port": "25"}, {"security": "tls"}, {"user": "x"}])
def test_the_password_does_not_follow_to_another_server(admin: Client, changes: dict[str, str]) -> None:
    connection = made(admin)

    answer = admin.post(f"/connections/{connection.pk}", MAIL | {"password": ""} | changes)

    assert "type the password again" in answer.text
    connection.refresh_from_db()
    assert connection.config["host"] == "smtp.example.com"


def test_the_password_stays_where_the_server_does(admin: Client) -> None:
    connection = made(admin)

    admin.post(f"/connections/{connection.pk}", MAIL | {"password": "", "from_name": "Us"})

    connection.refresh_from_db()
    assert (connection.config["from_name"], open_sealed(connection.secrets)) == ("Us", {"password": PASSWORD})


def test_a_provider_is_set_up_by_its_key_alone_and_keeps_it_to_itself(admin: Client) -> None:
    by_api = {"service": "postmark", "host": "", "user": "", "password": "", "api_key": "the-t0ken"}
    connection = made(admin, **by_api)
    assert open_sealed(connection.secrets) == {"api_key": "the-t0ken"}

    same = admin.post(f"/connections/{connection.pk}", MAIL | by_api | {"api_key": ""})
    other = admin.post(f"/connections/{connection.pk}", MAIL | by_api | {"api_key": "", "service": "resend"})

    assert (same.status_code, other.status_code) == (302, 422)
    connection.refresh_from_db()
    assert connection.config["service"] == "postmark"


def test_amazon_is_set_up_by_two_keys_and_a_region(admin: Client) -> None:
    keys = {"service": "amazon_ses", "host": "", "user": "", "password": "", "api_key": "AKIA1", "region": "eu-west-1"}

    assert admin.post("/connections/new/email", MAIL | keys).status_code == 422
    connection = made(admin, **keys, secret_key="s3cret")

    assert (connection.config["region"], connection.config["api_url"]) == ("eu-west-1", "")
    assert open_sealed(connection.secrets) == {"api_key": "AKIA1", "secret_key": "s3cret"}


def test_a_key_of_postal_goes_to_the_address_it_was_typed_for(admin: Client, settings: Any) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    postal = {"service": "postal", "host": "", "user": "", "password": "", "api_key": "the-t0ken"}
    ours = {"api_url": "https://postal.example.com"}

    refused = [admin.post("/connections/new/email", MAIL | postal | {"api_url": url}).status_code
               for url in ("", "http://postal.example.com", "https://10.0.0.1")]  # fmt: skip
    connection = made(admin, **postal, **ours)
    path, kept = f"/connections/{connection.pk}", MAIL | postal | {"api_key": ""}

    assert refused == [422] * 3
    assert admin.post(path, kept | ours).status_code == 302
    assert admin.post(path, kept | {"api_url": "https://evil.example.com"}).status_code == 422
    assert admin.post(path, kept | {"service": "postmark"}).status_code == 422


def test_a_test_is_a_mail_to_the_address_for_tests(admin: Client, mails: MailServer) -> None:
    plain: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": str(mails.port),
        "security": "none",
        "user": "",
        "password": "",
    }
    connection = made(admin, **plain)

    page = admin.post(f"/connections/{connection.pk}/test").text

    assert "It was accepted" in page
    (taken,) = mails.taken
    assert (taken.recipient, taken.message["Subject"]) == ("me@example.com", "A test of your Belfry connection")


PLAIN = {"host": "127.0.0.1", "user": "", "password": ""}


def tried(admin: Client, **changes: str) -> tuple[str, Connection]:
    """What the page says of a test of a connection with these settings."""
    connection = made(admin, **PLAIN | changes)
    said = admin.post(f"/connections/{connection.pk}/test").text
    connection.refresh_from_db()
    return said, connection


def test_a_server_without_encryption_is_a_failed_test_that_the_page_lists(admin: Client, mails: MailServer) -> None:
    said, connection = tried(admin, port=str(mails.port), security="starttls")

    words = "The mail server cannot be used so: SMTP STARTTLS extension not supported by server."
    assert words in said
    assert "Paused" in said
    assert (connection.last_error, connection.last_failure_at is None, mails.taken) == (words, False, [])
    assert calls(connection) == [("refused", words, True)]
    page = admin.get(f"/connections/{connection.pk}").text
    assert ("Not tested yet" in page, "· test" in page) == (False, True)


def test_a_server_that_is_not_there_is_a_failed_test_too(admin: Client) -> None:
    said, connection = tried(admin, port=str(free_port()), security="none")

    words = (
        "The mail server could not be reached: nothing listens at that address and port. Check both, and that the"
        " server runs."
    )
    assert words in said
    assert (connection.last_error, connection.failures, connection.state) == (words, 1, "active")
    assert calls(connection) == [("no answer", words, True)]


def test_a_refused_password_is_told_in_the_servers_words_and_without_itself() -> None:
    answer = SMTPAuthenticationError(535, f"5.7.8 no {PASSWORD}\nat all")
    refused = refusal(answer, Server("smtp.example.com", 465, "tls", "us", PASSWORD))

    assert str(refused) == f"The mail server refused our credentials: it answered 535 5.7.8 no {MASK} at all"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("550 5.1.1 Nobody here", "The mail server answered 550 5.1.1 Nobody here"),
        ("451 4.7.1 Come back later", "The mail server answered 451 4.7.1 Come back later"),
    ],
)
def test_a_test_whose_mail_is_refused_is_no_success(admin: Client, mails: MailServer, answer: str, words: str) -> None:
    mails.recipients["me@example.com"] = answer

    said, connection = tried(admin, port=str(mails.port), security="none")

    assert words in said
    assert "Failed last time" in said
    assert (connection.last_error, connection.last_success_at, connection.failures) == (words, None, 0)
    assert (connection.not_before is None or connection.not_before <= timezone.now()) is True
    assert calls(connection) == [(answer[:3], words, True)]


def test_a_test_that_succeeds_is_listed_as_a_test(admin: Client, mails: MailServer) -> None:
    _, connection = tried(admin, port=str(mails.port), security="none")

    assert calls(connection) == [("250", "", True)]


def calls(connection: Connection) -> list[tuple[str, str, bool]]:
    return list(Call.objects.filter(connection=connection).values_list("status", "answer", "is_test"))
