"""Whoever is called over HTTP is told who calls."""

import tomllib
from typing import Any

import pytest
from django.conf import settings

from connectors import amazon_ses, email, eventbridge, http, mparticle, segment, webhook
from connectors.agent import AGENT, VERSION
from connectors.base import Part
from connectors.http import Client
from tests.connectors.factories import outgoing
from tests.connectors.servers import Server

PART = Part("campaign-1/run-1", "1")
MAIL: dict[str, Any] = {"address": "ann@example.com", "fields": {"subject": "Hi", "html": "<p>Hi</p>", "text": "Hi"}}


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION


@pytest.mark.parametrize("kind", [segment, mparticle, eventbridge, webhook])
def test_every_provider_is_told_our_name(server: Server, wire: Client, kind: Any) -> None:
    http.run(
        kind.make({"url": server.url}, {"access_key_id": "k", "secret_access_key": "s"}, wire).send([outgoing()], PART)
    )

    assert [request.headers["User-Agent"] for request in server.requests] == [AGENT]


def test_a_provider_of_mails_is_told_our_name(server: Server, wire: Client) -> None:
    config = {"service": "postmark", "api_url": server.url, "from_address": "news@shop.example.com"}

    http.run(email.make(config, {"api_key": "k"}, wire).send([outgoing(**MAIL)], PART))

    assert [request.headers["User-Agent"] for request in server.requests] == [AGENT]
    assert amazon_ses.options({}, "", "", 1.0)["client_params"]["config"]["user_agent"] == AGENT


def test_a_webhooks_copy_may_name_another(server: Server, wire: Client) -> None:
    message = outgoing(fields={"headers": "User-Agent: Shop/1"})

    http.run(webhook.make({"url": server.url}, {}, wire).send([message], PART))

    assert [request.headers["User-Agent"] for request in server.requests] == ["Shop/1"]
