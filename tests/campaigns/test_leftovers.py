"""What Review warns of where a mail still holds the beginning that it was made from."""

import pytest
from django.test import Client

from accounts.models import User
from campaigns.leftovers import advice, leftovers
from campaigns.models import Campaign
from connectors.mail_beginnings import STARTS
from connectors.models import Connection
from tests import factories

pytestmark = pytest.mark.django_db

SAY = "Say in a sentence or two what has changed and why it matters to the person who reads this."


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.key)
def test_every_beginning_has_a_sentence_that_is_missed_where_it_stays(start: object) -> None:
    html = start.texts["html"]  # type: ignore[attr-defined]  # a Start

    assert [sentence for sentence in advice("email") if sentence in html] != []


def test_sentences_and_links_of_a_beginning_are_named_once_each() -> None:
    html = f"<p>{SAY}</p><a href='https://example.com/'>A</a><a href='https://example.com/'>B</a>"

    assert list(leftovers("email", "Default", [["@subject", "Hi"], ["@html", html]])) == [
        f"The copy Default still says “{SAY}”, which stands in the beginning for you to replace.",
        "The copy Default still links to https://example.com/, which is an example.",
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("email", "<a href='https://example.community/'>A</a>"), ("email", "Write to us at ana@example.com."),
     ("webhook", f"{SAY} https://example.com/")],
)  # fmt: skip
def test_nothing_else_is_warned_of(kind: str, text: str) -> None:
    assert list(leftovers(kind, "Default", [["@html", text]])) == []


def test_review_warns_and_lets_it_be_published(client: Client, settings: object) -> None:
    settings.PUBLIC_URL = "https://belfry.shop.test"  # type: ignore[attr-defined]  # the settings fixture
    factories.person(identity="ana", email="ana@shop.test")
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.test"}
    over = Connection.objects.create(name="Mail", kind="email", config=config)
    texts = STARTS[0].texts
    pairs = [("@subject", texts["subject"]), ("@html", texts["html"])]
    campaign: Campaign = factories.campaign(over, state="draft", copies={"": pairs})
    publisher: User = factories.user(role="admin")
    client.force_login(publisher)

    answer = client.get(f"/campaigns/{campaign.pk}/review").content.decode()

    assert SAY in answer
    assert "still links to https://example.com/" in answer
    assert "Publish to 1 person" in answer
