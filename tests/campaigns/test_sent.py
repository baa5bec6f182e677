"""What a campaign sends can be read by everybody who may look, before, while and after it is sent."""

from pathlib import Path

import pytest
from django.test import Client

from campaigns.models import Campaign, Copy
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import plan_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Client:
    client = Client()
    client.force_login(factories.user("member", role="member"))
    return client


def shown(client: Client, campaign: Campaign, run: str = "") -> str:
    return " ".join(client.get(f"/campaigns/{campaign.pk}/sent", {"run": run}).text.split())


def test_before_its_first_run_the_campaign_as_it_stands(member: Client) -> None:
    page = shown(member, factories.campaign(control_percent=10))

    assert "As it stands; nothing was sent yet." in page
    assert "<dd>10 %</dd>" in page
    assert "Hello {{ profile.first_name" in page


def test_after_a_run_what_it_was_sent_with_whatever_was_edited_since(member: Client, exports: Path) -> None:
    factories.people(1)
    campaign = factories.campaign()
    plan_all(factories.run(campaign))
    Copy.objects.filter(message=campaign.message).update(pairs=[["title", "Something else"]])

    page = shown(member, campaign, "1")

    assert "As run 1 was sent" in page
    assert "Hello {{ profile.first_name" in page
    assert "Something else" not in page


def test_of_a_mail_its_words_are_shown_instead_of_its_code(member: Client) -> None:
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.example.com"}
    mail = Connection.objects.create(name="Mail", kind="email", config=config)
    body = "<mj-text>Hello {{ profile.first_name }}</mj-text><mj-button href='https://x.example'>Go</mj-button>"
    html = f"<mjml><mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>"
    pairs = [("@subject", "News"), ("@preheader", ""), ("@html", html), ("@text", "")]

    page = shown(member, factories.campaign(mail, copies={"": pairs}))

    assert '<dt>Subject</dt><dd class="words">News</dd>' in page
    assert "<dt>Mail</dt>" in page
    assert "Hello {{ profile.first_name }}" in page
    assert "Go &lt;https://x.example&gt;" in page
    assert [each for each in ("mj-text", "Preheader", "@html") if each in page] == []


def test_a_mail_that_cannot_be_made_is_shown_as_it_is_written(member: Client) -> None:
    mail = Connection.objects.create(name="Mail", kind="email", config={})

    assert "&lt;mjml&gt;&lt;mj-body&gt;" in shown(
        member, factories.campaign(mail, copies={"": [("@html", "<mjml><mj-body>")]})
    )


def test_a_campaign_without_an_audience_says_so(member: Client) -> None:
    campaign = factories.campaign()
    Campaign.objects.filter(pk=campaign.pk).update(tree=None)

    assert "Nobody is chosen to send to." in shown(member, campaign)
