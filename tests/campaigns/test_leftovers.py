"""What Review warns of where a mail still holds the beginning that it was made from."""

import pytest
from django.test import Client

from accounts.models import User
from campaigns.leftovers import Leftover, advice, leftovers
from campaigns.models import Campaign, Copy
from connectors.mail_beginnings import STARTS
from connectors.models import Connection
from tests import factories

pytestmark = pytest.mark.django_db

LEAVE = '<a href="{{ links.unsubscribe }}">Unsubscribe</a>'
SAY = "Say in a sentence or two what has changed and why it matters to the person who reads this."


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.key)
def test_every_beginning_has_a_sentence_that_is_missed_where_it_stays(start: object) -> None:
    html = start.texts["html"]  # type: ignore[attr-defined]  # a Start

    assert [sentence for sentence in advice("email") if sentence in html] != []


def written(*copies: tuple[str, str]) -> list[Copy]:
    return [Copy(value=value, pairs=[["@subject", "Hi"], ["@html", f"{html}{LEAVE}"]]) for value, html in copies]


def test_sentences_and_links_of_a_beginning_are_named_once_each() -> None:
    (copy,) = written(("", f"<p>{SAY}</p><a href='https://example.com/'>A</a><a href='https://example.com/'>B</a>"))

    assert leftovers("email", [copy]) == [
        Leftover(f"The mail still says “{SAY}”, which stands in the beginning for you to replace", (copy,)),
        Leftover("The mail still links to https://example.com/, which is an example", (copy,)),
    ]


def test_a_mail_without_a_link_to_unsubscribe_is_warned_of() -> None:
    copies = [Copy(value="", pairs=[["@subject", "Hi"], ["@html", "<p>Hi</p>"]]), *written(("es", "<p>Hola</p>"))]

    (found,) = leftovers("email", copies)

    assert found.words.startswith("The mail shows no link to unsubscribe: type @unsubscribe where one is to stand")
    assert found.copies == (copies[0],)


def test_what_several_copies_hold_is_said_once_with_the_copies_that_hold_it() -> None:
    everybody, spanish, french = written(
        ("", f"<p>{SAY}</p>"), ("es", f"<p>{SAY}</p><a href='https://example.com/'>A</a>"), ("fr", "<p>Bonjour</p>")
    )

    assert leftovers("email", [everybody, spanish, french]) == [
        Leftover(
            f"The mail still says “{SAY}”, which stands in the beginning for you to replace", (everybody, spanish)
        ),
        Leftover("The mail still links to https://example.com/, which is an example", (spanish,)),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("email", "<a href='https://example.community/'>A</a>"), ("email", "Write to us at ana@example.com."),
     ("webhook", f"{SAY} https://example.com/")],
)  # fmt: skip
def test_nothing_else_is_warned_of(kind: str, text: str) -> None:
    assert leftovers(kind, written(("", text))) == []


@pytest.fixture
def over(settings: object) -> Connection:
    settings.PUBLIC_URL = "https://belfry.shop.test"  # type: ignore[attr-defined]  # the settings fixture
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.test"}
    return Connection.objects.create(name="Mail", kind="email", config=config)


def reviewed(client: Client, campaign: Campaign) -> str:
    publisher: User = factories.user(role="admin")
    client.force_login(publisher)
    return client.get(f"/campaigns/{campaign.pk}/review").content.decode()


def test_review_warns_and_lets_it_be_published(client: Client, over: Connection) -> None:
    factories.person(identity="ana", email="ana@shop.test")
    texts = STARTS[0].texts
    pairs = [("@subject", texts["subject"]), ("@html", texts["html"])]

    answer = reviewed(client, factories.campaign(over, state="draft", copies={"": pairs}))

    assert SAY in answer
    assert "still links to https://example.com/" in answer
    assert "Publish to 1 person" in answer


def test_review_says_it_once_with_a_link_to_every_copy(client: Client, over: Connection) -> None:
    factories.person(identity="ana", email="ana@shop.test", language="es")
    pairs = [("@subject", "Hi"), ("@html", f"<p>{SAY} {{{{ profile.plan }}}}</p>")]
    campaign = factories.campaign(over, state="draft", copies={"": pairs, "es": pairs}, property="language")
    everybody, spanish = campaign.message.copies.order_by("value")
    what = f"/campaigns/{campaign.pk}/edit/what?copy="

    answer = reviewed(client, campaign)

    assert answer.count(SAY) == 1
    assert (
        "for you to replace"
        f' (copies <a href="{what}{everybody.pk}">Default</a>, <a href="{what}{spanish.pk}">Spanish (es)</a>).'
        in answer
    )
    assert f'1 person has no plan and gets nothing (copy <a href="{what}{spanish.pk}">Spanish (es)</a>).' in answer


def test_a_paused_connection_is_told_once_by_review_of_a_draft(creator: Client) -> None:
    campaign = factories.campaign(state="draft")
    Connection.objects.update(state="paused", paused_reason="It refused everything.")

    page = creator.get(f"/campaigns/{campaign.pk}/review").text

    assert page.count("It refused everything.") == 1
    assert "</a>: The connection “File” is paused: It refused everything.</li>" in page
