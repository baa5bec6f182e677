"""What is written for a connection of one kind is kept when another is chosen, and it is said what is not sent."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import editor, saving
from campaigns.aside import aside
from campaigns.models import Campaign
from campaigns.saving import Edit
from connectors.models import Connection
from tests import factories

pytestmark = pytest.mark.django_db

PAIRS = (("title", "Hi"), ("message", "A coat"))
MAIL = (("@subject", "Hi"), ("@preheader", ""), ("@html", "<p>Hi {{ links.unsubscribe }}</p>"))
REQUEST = (("@method", "POST"), ("@path", ""), ("@body", '{"a": 1}'))


def connection(kind: str) -> Connection:
    return Connection.objects.get_or_create(name=kind.title(), kind=kind)[0]


def draft(over: str, **fields: Any) -> Campaign:
    factories.people(2)
    campaign = factories.campaign(connection(over), **({"state": "draft", "copies": {"": PAIRS}} | fields))
    Campaign.objects.update(published_at=None, schedule={"version": 1, "kind": "now"})
    return campaign


def choose(campaign: Campaign, kind: str) -> None:
    known = saving.basis(editor.load(campaign.pk), "start")
    edit = Edit("start", campaign={"connection": connection(kind)})
    saving.save(campaign.pk, edit, known, by=factories.user(), now=timezone.now())


def said(campaign: Campaign) -> str:
    found = aside(editor.load(campaign.pk))
    return f"{found.what}. {found.back}" if found else ""


def posted(client: Client, campaign: Campaign, kind: str) -> str:
    basis = saving.basis(editor.load(campaign.pk), "start")
    typed = {"name": "Autumn", "labels": "", "connection": connection(kind).pk}
    answer = client.post(
        f"/campaigns/{campaign.pk}/edit/start", typed | {"revision": basis.revision, "print": basis.print}
    )
    return answer.text


def test_keys_and_values_are_kept_aside_by_a_mail_and_the_former_connection_is_named() -> None:
    campaign = draft("file")
    connection("webhook")

    choose(campaign, "email")

    assert said(campaign) == "“title” and “message”. Choose “File” again and it is back as it was."


def test_the_former_connection_brings_it_back() -> None:
    campaign = draft("file")
    choose(campaign, "email")

    choose(campaign, "file")

    assert said(campaign) == ""
    assert [tuple(pair) for pair in campaign.message.copies.get().pairs] == list(PAIRS)


@pytest.mark.parametrize(("former", "now"), [("file", "segment"), ("webhook", "file"), ("eventbridge", "mparticle")])
def test_kinds_that_send_the_same_keep_nothing_aside(former: str, now: str) -> None:
    campaign = draft(former)
    choose(campaign, now)

    assert said(campaign) == ""


def test_a_request_is_kept_aside_without_what_it_begins_with() -> None:
    campaign = draft("webhook", copies={"": (*REQUEST, *PAIRS)})
    choose(campaign, "segment")

    assert said(campaign) == "“Body”. Choose “Webhook” again and it is back as it was."


def test_of_several_former_connections_the_one_that_sends_it_is_named() -> None:
    campaign = draft("email", copies={"": MAIL})
    choose(campaign, "file")
    choose(campaign, "webhook")

    assert said(campaign) == "“Subject” and “Mail”. Choose “Email” again and it is back as it was."


def test_without_a_former_connection_the_kinds_that_send_it_are_named() -> None:
    campaign = draft("file", copies={"": (*MAIL, *PAIRS)})
    assert said(campaign) == "“Subject” and “Mail”. With a connection of the kind E-mail it is back as it was."

    choose(campaign, "email")
    Connection.objects.filter(name="File").update(name="Files")

    assert said(campaign) == (
        "“title” and “message”. With a connection of the kind Segment, mParticle, Amazon EventBridge, Webhook"
        " or File it is back as it was."
    )


def test_copies_that_are_not_sent_count_for_nothing_and_many_keys_are_shortened() -> None:
    many = [(f"key {number}", "x") for number in range(7)]
    campaign = draft("file", copies={"": many, "es": (("solo", "x"),)}, kind="single")
    choose(campaign, "email")

    assert said(campaign).startswith("“key 0”, “key 1”, “key 2”, “key 3”, “key 4” and 2 more. ")


def test_properties_for_the_payload_are_told_too() -> None:
    campaign = draft("file", include=["email"])
    choose(campaign, "email")

    assert said(campaign).startswith("“title”, “message” and the properties for the payload. ")


@pytest.mark.parametrize("step", ["start", "what"])
def test_it_is_said_where_the_connection_is_chosen_and_where_the_message_is_written(creator: Client, step: str) -> None:
    campaign = draft("file")
    page = f"/campaigns/{campaign.pk}/edit/{step}"
    words = "Kept aside and not sent over Email: “title” and “message”. Choose “File” again and it is back as it was."
    assert words not in creator.get(page).text

    choose(campaign, "email")

    assert words in creator.get(page).text


def test_it_is_said_as_soon_as_another_connection_is_chosen_and_gone_with_the_former(creator: Client) -> None:
    campaign = draft("file")

    chosen, again = posted(creator, campaign, "email"), posted(creator, campaign, "file")

    begun = '<div id="aside" aria-live="polite" hx-swap-oob="true">'
    assert f'{begun}<div class="alert alert-info">' in chosen
    assert "Kept aside and not sent over Email: “title” and “message”." in chosen
    assert f"{begun}</div>" in again


def test_review_warns_of_it_with_links_to_the_copies(creator: Client) -> None:
    campaign = draft("file", copies={"": PAIRS, "es": MAIL})
    choose(campaign, "email")

    page = creator.get(f"/campaigns/{campaign.pk}/review").text

    copy = campaign.message.copies.get(value="").pk
    assert (
        "<li>Written for another kind of connection, kept aside and not sent over Email: “title” and “message” (copy "
        f'<a href="/campaigns/{campaign.pk}/edit/what?copy={copy}">Default</a>).'
    ) in page


def test_nothing_is_kept_aside_as_long_as_no_connection_is_chosen() -> None:
    campaign = draft("file", copies={"": MAIL})
    Campaign.objects.update(connection=None)

    assert said(campaign) == ""


def test_what_no_single_kind_sends_is_kept_aside_all_the_same() -> None:
    campaign = draft("file", copies={"": (*MAIL, *REQUEST, *PAIRS)})

    assert said(campaign) == "“Subject”, “Mail” and “Body”. "
