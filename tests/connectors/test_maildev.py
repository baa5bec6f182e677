"""Mails as a real mailbox shows them: maildev takes them over SMTP and tells over its API what it has."""

import urllib.request
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from campaigns.models import Campaign
from connectors import http
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import send, states
from tests.connectors.providers import NODE, PROVIDERS, free_port, running

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("providers")]

MJML = (
    "<mjml><mj-head><mj-title>News</mj-title></mj-head><mj-body><mj-section><mj-column><mj-text>Olá"
    " {{ profile.first_name }}</mj-text><mj-button href='{{ links.unsubscribe }}'>Sair</mj-button></mj-column>"
    "</mj-section></mj-body></mjml>"
)


@pytest.fixture
def mailbox() -> Iterator[tuple[int, str]]:
    """The port for SMTP and the address of the API."""
    smtp, web = free_port(), free_port()
    script = PROVIDERS / "node_modules/maildev/bin/maildev"
    command = [NODE, script, "--smtp", smtp, "--web", web, "--ip", "127.0.0.1", "--web-ip", "127.0.0.1"]
    with running(command, web) as url:
        yield smtp, url
    http.close()


def campaign(port: int) -> Campaign:
    config = {
        "host": "127.0.0.1", "port": port, "security": "none", "from_address": "news@shop.example.com",
        "from_name": "A loja", "reply_to": "care@shop.example.com", "bounces": "bounces@shop.example.com",
    }  # fmt: skip
    connection = Connection.objects.create(name="Maildev", kind="email", config=config)
    copy = [("@subject", "Olá {{ profile.first_name }} 👋"), ("@preheader", "Só hoje"), ("@html", MJML)]
    return factories.campaign(connection, copies={"": copy})


def test_a_mailbox_shows_the_mail_as_it_was_written(mailbox: tuple[int, str], settings: Any) -> None:
    settings.PUBLIC_URL = "https://belfry.example.com"
    port, url = mailbox
    factories.person(identity="ana", first_name="Ana & Zoë", email="ana@example.com")

    assert states(send(factories.run(campaign(port)))) == {("accepted", ""): 1}

    (mail,) = orjson.loads(urllib.request.urlopen(f"{url}/email").read())
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert mail["subject"] == "Olá Ana & Zoë 👋"
    assert mail["from"] == [{"address": "news@shop.example.com", "name": "A loja"}]
    assert mail["replyTo"] == [{"address": "care@shop.example.com", "name": ""}]
    assert mail["envelope"]["to"] == [{"address": "ana@example.com", "args": False}]
    assert mail["envelope"]["from"]["address"].startswith("bounces+")
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    link = headers["list-unsubscribe"].split(",")[0].strip("<>")
    assert link.startswith("https://belfry.example.com/u/")
    assert f'href="{link}"' in mail["html"]
    assert ">Olá Ana &amp; Zoë</div>" in mail["html"]
    assert mail["text"].strip() == f"Olá Ana & Zoë\nSair <{link}>"
