"""E-mail through the whole pipeline, to a real mail server: who gets what, who gets nothing, what a bounce means."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns import retry
from campaigns.models import Campaign, Delivery
from campaigns.problems import what_problems
from connectors import http
from connectors.models import Connection
from people import allowing, unsubscribing
from people.models import Event, Profile, Subscription
from tests import factories
from tests.campaigns.delivery import SOON, deliver_all, plan_all, send, states
from tests.connectors.mail_servers import MailServer, Taken, running

pytestmark = pytest.mark.django_db

logging.getLogger("mail.log").setLevel(logging.ERROR)
PUBLIC_URL = "https://belfry.example.com"
HTML = "<p>Oi {{ profile.first_name }}</p><a href='{{ links.unsubscribe }}'>out</a>"
COPY = {"": [("@subject", "Hello {{ profile.first_name }}"), ("@html", HTML)]}
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Oi {{ profile.first_name }}{% if profile.points < 5 %}!{% endif %}"
    "</mj-text><mj-button href='https://shop.example.com'>Go</mj-button></mj-column></mj-section></mj-body></mjml>"
)


@pytest.fixture(autouse=True)
def public(settings: Any) -> Iterator[None]:
    settings.PUBLIC_URL = PUBLIC_URL
    yield
    http.close()


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


def connection(server: MailServer, **changes: Any) -> Connection:
    config = {"host": "127.0.0.1", "port": server.port, "security": "none", "from_address": "news@shop.example.com"}
    return Connection.objects.create(name="Mail", kind="email", config={**config, "connections": 1, **changes})


def campaign(server: MailServer, copies: Any = COPY, **changes: Any) -> Campaign:
    return factories.campaign(connection(server), copies=copies, **changes)


def to(server: MailServer, address: str) -> Taken:
    (found,) = [each for each in server.taken if each.recipient == address]
    return found


def test_everybody_with_an_address_gets_one_mail_of_their_own(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="Ana", email="ana@example.com")
    factories.person(identity="bob", first_name="Bob & <b>Co</b>", email="bob@example.com")

    run = send(factories.run(campaign(mails)))

    assert states(run) == {("accepted", ""): 2}
    ana, bob = to(mails, "ana@example.com"), to(mails, "bob@example.com")
    assert (ana.message["Subject"], bob.message["Subject"]) == ("Hello Ana", "Hello Bob & <b>Co</b>")
    assert "<p>Oi Bob &amp; &lt;b&gt;Co&lt;/b&gt;</p>" in bob.body("html")
    assert bob.body("plain").startswith("Oi Bob & <b>Co</b>\n")
    assert ana.message["Message-ID"] != bob.message["Message-ID"]


def test_the_link_in_the_mail_and_in_its_header_unsubscribes_that_person(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="Ana", email="ana@example.com")
    factories.person(identity="bob", first_name="Bob", email="bob@example.com")
    send(factories.run(campaign(mails)))

    ana = to(mails, "ana@example.com")
    link = ana.message["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{PUBLIC_URL}/u/")
    assert f"href='{link}'" in ana.body("html")
    assert link in ana.body("plain")
    assert ana.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    Client().post(link.removeprefix(PUBLIC_URL), {"List-Unsubscribe": "One-Click"})

    assert list(Subscription.objects.values_list("profile__identity", "channel", "state")) == [
        ("ana", "email", "unsubscribed")
    ]


def test_mjml_is_made_html_before_values_are_filled_in(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="A<na", email="ana@example.com", properties={"points": 3})

    send(factories.run(campaign(mails, {"": [("@subject", "Hi"), ("@preheader", "For {{ profile.first_name }} & co"),
                                             ("@html", MJML)]})))  # fmt: skip

    ana = to(mails, "ana@example.com")
    assert "<mj-" not in ana.body("html")
    assert ">Oi A&lt;na!</div>" in ana.body("html")
    assert ">For A&lt;na &amp; co&#8199;" in ana.body("html")
    assert ana.body("plain") == "Oi A<na!\nGo <https://shop.example.com>"


def test_consent_and_addresses_are_those_of_the_channel(mails: MailServer) -> None:
    factories.person(identity="no-address", first_name="A")
    factories.person(identity="blank", first_name="A", email="")
    people = {
        (channel, state): factories.person(
            identity=f"{channel}-{state}", first_name="A", email=f"{state}.{channel}@b.co"
        )
        for channel in ("email", "export")
        for state in Subscription.State.values
    }
    for (channel, state), person in people.items():
        Subscription.objects.create(profile=person, channel=channel, state=state)
    nobody = factories.person(first_name="A", email="anonymous@b.co")

    run = send(factories.run(campaign(mails)))

    assert states(run) == {
        ("accepted", ""): 5, ("excluded", "no_address"): 2, ("excluded", "unsubscribed"): 1,
        ("excluded", "suppressed"): 1,
    }  # fmt: skip
    assert nobody.email in mails.recipients_taken
    assert {"unsubscribed.email@b.co", "suppressed.email@b.co"}.isdisjoint(mails.recipients_taken)


def test_an_export_goes_on_asking_for_consent_to_exports(tmp_path: Any, settings: Any) -> None:
    settings.EXPORTS = tmp_path
    ana, bob = (factories.person(identity=name, email=f"{name}@b.co") for name in ("ana", "bob"))
    Subscription.objects.create(profile=ana, channel="email", state="unsubscribed")
    Subscription.objects.create(profile=bob, channel="export", state="unsubscribed")

    assert states(send(factories.run(factories.campaign()))) == {
        ("accepted", ""): 1, ("excluded", "unsubscribed"): 1,
    }  # fmt: skip


def test_who_unsubscribes_after_planning_gets_nothing_any_more(mails: MailServer) -> None:
    ana = factories.person(identity="ana", first_name="Ana", email="ana@example.com")
    run = plan_all(factories.run(campaign(mails)))

    unsubscribing.withdraw([ana.pk], "email", "unsubscribed", "link", now=SOON)
    deliver_all(run)

    assert states(run) == {("excluded", "unsubscribed"): 1}
    assert mails.taken == []


def test_an_address_that_bounces_is_suppressed_and_never_tried_again(mails: MailServer) -> None:
    for name in ("ana", "bob"):
        factories.person(identity=name, first_name="A", email=f"{name}@example.com")
    mails.recipients["bob@example.com"] = "550 5.1.1 no such user"
    mails.recipients["ana@example.com"] = "550 5.2.2 mailbox full"

    run = send(factories.run(campaign(mails)))

    assert states(run) == {("failed", "invalid_recipient"): 1, ("failed", "rejected_by_provider"): 1}
    assert list(Subscription.objects.values_list("profile__identity", "channel", "state", "cause")) == [
        ("bob", "email", "suppressed", "bounce")
    ]
    mails.recipients.clear()
    assert retry.retry(run, retry.RETRYABLE, by=factories.user(), now=SOON) == 1
    assert states(deliver_all(run)) == {("accepted", ""): 1, ("failed", "invalid_recipient"): 1}
    assert mails.recipients_taken == ["ana@example.com"]


def test_a_person_whom_the_mail_server_refuses_says_with_which_words_and_of_which_campaign(
    mails: MailServer, member: Client
) -> None:
    bob = factories.person(identity="bob", first_name="Bob", email="bob@example.com")
    twin = factories.person(identity="twin", first_name="Bob", email="BOB@example.com")
    mails.recipients["bob@example.com"] = "550 5.1.1 no <such> user"

    run = send(factories.run(campaign(mails)))

    for person in (bob, twin):
        page = member.get(f"/people/{person.pk}").content.decode()
        assert "5.1.1: “The mail server answered 550 5.1.1 no &lt;such&gt; user”" in page
        assert f'After a message of <a href="/campaigns/{run.campaign_id}/">{run.campaign}</a>.' in page


def test_a_mail_that_is_refused_after_somebody_allowed_them_again_suppresses_again(mails: MailServer) -> None:
    bob = factories.person(identity="bob", first_name="Bob", email="bob@example.com")
    mails.recipients["bob@example.com"] = "550 5.1.1 no such user"
    run = send(factories.run(campaign(mails)))
    assert allowing.allow_again(bob, "email", by=factories.user(), now=SOON + timedelta(minutes=1))

    retry.retry(run, retry.RETRYABLE, by=factories.user(), now=SOON + timedelta(minutes=2))
    deliver_all(run, SOON + timedelta(minutes=2))

    assert Subscription.objects.get().state == "suppressed"


def test_a_value_that_is_no_address_fails_without_a_suppression(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="A", email="not an address")

    assert states(send(factories.run(campaign(mails)))) == {("failed", "invalid_recipient"): 1}
    assert not Subscription.objects.exists()


def test_a_mail_keeps_its_message_id_on_every_try(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="A", email="ana@example.com")
    mails.hangs_up_after.add("ana@example.com")
    run = send(factories.run(campaign(mails)))
    assert states(run) == {("unknown", ""): 1}

    mails.hangs_up_after.clear()
    retry.retry(run, retry.RETRYABLE, by=factories.user(), now=SOON)
    Connection.objects.update(not_before=None)
    deliver_all(run)

    assert len(mails.taken) == 2
    assert len({each.message["Message-ID"] for each in mails.taken}) == 1


def test_a_value_with_lines_stays_in_its_header(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="Ana\r\nBcc: all@example.com\r\n\r\nEvil", email="ana@example.com")

    send(factories.run(campaign(mails)))

    ana = to(mails, "ana@example.com")
    assert ana.message["Subject"] == "Hello Ana Bcc: all@example.com Evil"
    assert "Bcc" not in ana.message


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<mjml>\n<mj-body>", "Line 2: <mj-body> is never closed."),
        (
            MJML.replace("<mj-text>", "\n<mj-txt>{{ campaign.name }}</mj-txt><mj-text>"),
            "Line 2: mj-txt is no MJML element; did you mean mj-text?",
        ),
        ("<mjml><mj-body><mj-include path='/etc/passwd' /></mj-body></mjml>", "Line 1: mj-include reads a file"),
        (
            MJML.replace("<mj-text>", "<mj-text nothing='{{ campaign.name }}'>"),
            "MJML leaves out {{ campaign.name }}",
        ),
        (MJML.replace("<mj-text>", "<mj-text>a</mj-text>" * 400 + "<mj-text>"), "As it is sent: this text has"),
    ],
)
def test_what_no_mail_can_be_made_from_keeps_the_campaign_from_being_published(
    mails: MailServer, html: str, words: str
) -> None:
    made = campaign(mails, {"": [("@subject", "Hi"), ("@html", html)]})

    (problem,) = what_problems(made)

    assert problem.startswith(f"Copy “Default”, “Mail”: {words}")


def test_a_mail_needs_a_subject_a_body_and_an_address_for_its_links(mails: MailServer, settings: Any) -> None:
    settings.PUBLIC_URL = ""

    assert what_problems(campaign(mails, {"": [("@subject", ""), ("@html", ""), ("@text", "x")]})) == [
        "Links to unsubscribe lead nowhere yet: ask your operator to set BELFRY_PUBLIC_URL.",
        "Copy “Default”, “Subject”: This is blank. Write something.",
        "Copy “Default”, “Mail”: This is blank. Write something.",
    ]


def test_opens_and_clicks_are_told_where_the_connection_tracks_them(mails: MailServer) -> None:
    ana = factories.person(identity="ana", first_name="A", email="ana@example.com")
    html = f"<a href='https://shop.example.com/{{{{ profile.first_name }}}}'>Go</a>{HTML}"
    made = factories.campaign(connection(mails, tracks=True), copies={"": [("@subject", "Hi"), ("@html", html)]})

    send(factories.run(made))

    (body,) = [each.body("html") for each in mails.taken]
    paths = re.findall(rf"{PUBLIC_URL}(/[cou]/[^\"']+)", body)
    assert [path[:3] for path in paths] == ["/c/", "/u/", "/o/"]
    assert Client().get(paths[0]).headers["Location"] == "https://shop.example.com/A"
    assert Client().get(paths[2]).headers["Content-Type"] == "image/gif"
    events = Event.objects.order_by("id").values_list("profile_id", "name__name", "properties")
    assert [(profile, name, said["Campaign Id"]) for profile, name, said in events] == [
        (ana.pk, "Notification Clicked", made.pk), (ana.pk, "Notification Viewed", made.pk),
    ]  # fmt: skip
    assert "https://shop.example.com/A" in mails.taken[0].body("plain")


def test_what_comes_of_a_mail_says_which_campaign_run_and_copy_it_came_of(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="A", email="ana@example.com", language="pt-BR")
    html = "<a href='https://shop.example.com/'>Go</a>"
    copies = {"": COPY[""], "pt": [("@subject", "Oi"), ("@html", html)]}
    made = factories.campaign(connection(mails, tracks=True), copies=copies)
    send(factories.run(made, number=3))
    (mail,) = mails.taken

    Client().get(re.findall(rf"{PUBLIC_URL}(/c/[^\"']+)", mail.body("html"))[0])
    Client().post(mail.message["List-Unsubscribe"].strip("<>").removeprefix(PUBLIC_URL))

    said = dict(Event.objects.values_list("name__name", "properties"))
    of_the_message = {
        "Campaign Id": made.pk, "Campaign name": "Win back", "Campaign type": "by_property",
        "Campaign labels": ["winback"], "Run": 3, "Copy": "pt", "Channel": "email",
    }  # fmt: skip
    assert said["Channel Unsubscribed"] == of_the_message
    clicked = said["Notification Clicked"]
    assert {name: clicked[name] for name in of_the_message} == of_the_message


def test_nothing_is_tracked_where_the_connection_does_not(mails: MailServer) -> None:
    factories.person(identity="ana", first_name="A", email="ana@example.com")
    html = "<a href='https://shop.example.com/'>Go</a>"

    send(factories.run(campaign(mails, {"": [("@subject", "Hi"), ("@html", html)]})))

    assert mails.taken[0].body("html") == html


def test_nobody_is_mailed_twice_when_a_run_is_delivered_again(mails: MailServer) -> None:
    factories.people(5)
    run = send(factories.run(campaign(mails)))

    deliver_all(run)

    assert len(mails.taken) == 5
    assert Delivery.objects.filter(run=run).count() == Profile.objects.count() == 5
