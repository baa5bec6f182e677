"""Test sends: the real message over the real connection, to test people only, counted nowhere."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from accounts.models import AuditEntry
from campaigns import editor, presence, preview, tasks, testing
from campaigns.delivery import testing as delivery
from campaigns.models import Campaign, Counter, Delivery, Tester, TestMessage, TestSend
from campaigns.testing import Refused
from connectors import email, http
from connectors.models import Connection
from people.models import Event, Profile, Subscription
from tests import factories
from tests.campaigns.trials import insider, outcomes, sent, start
from tests.connectors.mail_servers import MailServer, running
from tests.connectors.servers import Server, hangs, says

pytestmark = pytest.mark.django_db

NOW = factories.NOW
PUBLIC_URL = "https://belfry.example.com"
COPIES = {"": [("title", "Hello {{ profile.first_name }}")], "pt": [("title", "Oi {{ profile.first_name }}")]}
HTML = "<p>Oi {{ profile.first_name }}</p><a href='https://shop.example.com/coat'>coat</a>"
MAIL = {
    "": [("@subject", "Hi {{ profile.first_name }}"), ("@html", HTML + "<a href='{{ links.unsubscribe }}'>out</a>")]
}


@pytest.fixture(autouse=True)
def public(settings: Any) -> Iterator[None]:
    settings.PUBLIC_URL = PUBLIC_URL
    yield
    http.close()


@pytest.fixture
def ana() -> Profile:
    return insider(identity="ana", first_name="Ana", name="Ana A", email="ana@example.com", language="pt")


@pytest.fixture
def bob() -> Profile:
    return insider(identity="bob", first_name="Bob", name="Bob B", email="bob@example.com", language="en")


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


def mail_campaign(server: MailServer, copies: Any = MAIL, *, name: str = "Mail", **config: Any) -> Campaign:
    whole = {"host": "127.0.0.1", "port": server.port, "security": "none", "from_address": "news@shop.example.com"}
    over = Connection.objects.create(name=name, kind="email", config={**whole, "connections": 1, **config})
    return factories.campaign(over, copies=copies, state="draft")


def lines(exports: Path, test: TestSend) -> list[dict[str, Any]]:
    part = exports / "tests" / f"campaign-{test.campaign_id}" / f"{test.pk}.ndjson"
    return [orjson.loads(line) for line in part.read_bytes().splitlines()]


def test_each_person_gets_their_own_copy_and_it_says_it_is_a_test(exports: Path, ana: Profile, bob: Profile) -> None:
    test = sent(factories.campaign(copies=COPIES, state="draft"), ana, bob)

    assert outcomes(test) == [("Bob", "Default", "accepted", ""), ("Ana", "Portuguese (pt)", "accepted", "")]
    said = [
        (line["userId"], line["properties"]["title"], line["properties"]["Is test"]) for line in lines(exports, test)
    ]
    assert said == [("bob", "Hello Bob", True), ("ana", "Oi Ana", True)]


def test_what_is_sent_is_what_the_preview_shows_but_for_id_and_mark(exports: Path, ana: Profile) -> None:
    campaign = factories.campaign(copies=COPIES, state="draft")
    draft = editor.load(campaign.pk)
    shown = preview.show(draft, preview.frozen(draft), ana.pk, now=NOW)

    (line,) = lines(exports, sent(campaign, ana))

    assert shown is not None
    expected = orjson.loads(orjson.dumps(shown.payload))
    assert line.pop("messageId") != expected.pop("messageId")
    assert line["properties"].pop("Is test") is True
    assert line == expected


def test_every_copy_or_a_chosen_one(exports: Path, ana: Profile) -> None:
    campaign = factories.campaign(copies=COPIES, state="draft")
    default = campaign.message.copies.get(value="")

    every, chosen = sent(campaign, ana, copies="every"), sent(campaign, ana, copies=str(default.pk))

    assert [line["properties"]["title"] for line in lines(exports, every)] == ["Hello Ana", "Oi Ana"]
    assert len({line["messageId"] for line in lines(exports, every)}) == 2
    assert [line["properties"]["title"] for line in lines(exports, chosen)] == ["Hello Ana"]


def test_every_test_has_an_id_of_its_own_that_stays_on_another_try(exports: Path, ana: Profile) -> None:
    campaign = factories.campaign(state="draft")
    Campaign.objects.filter(pk=campaign.pk).update(
        schedule={"version": 1, "kind": "daily", "every": 1, "time": "09:00"}
    )
    first, second = sent(campaign, ana), sent(campaign, ana, now=NOW + timedelta(microseconds=1))
    before = lines(exports, first)[0]["messageId"]

    first.messages.update(state="unknown")
    testing.again(TestSend.objects.get(pk=first.pk), by=factories.user(), now=NOW)
    delivery.send(first.pk, now=NOW)

    assert lines(exports, first)[0]["messageId"] == before
    assert lines(exports, second)[0]["messageId"] != before


def test_the_ledger_the_counters_and_the_events_know_nothing_of_it(exports: Path, ana: Profile) -> None:
    sent(factories.campaign(state="draft"), ana)

    assert (Delivery.objects.count(), Counter.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_only_test_people_get_tests(exports: Path, ana: Profile) -> None:
    stranger = factories.person(identity="stranger", first_name="S")

    test = sent(factories.campaign(state="draft"), ana, stranger)

    assert [line["userId"] for line in lines(exports, test)] == ["ana"]
    with pytest.raises(Refused, match="Choose at least one test person"):
        start(factories.campaign(state="draft"), stranger)


def test_who_is_not_in_the_audience_or_is_in_the_control_group_gets_it_too(exports: Path, ana: Profile) -> None:
    nobody: dict[str, Any] = {"version": 1, "rule": {"property": "first_name", "is": "equals", "values": ["Zoe"]}}
    campaign = factories.campaign(tree=nobody, control_percent=99, state="draft")

    assert outcomes(sent(campaign, ana)) == [("Ana", "Default", "accepted", "")]


@pytest.mark.parametrize("state", ["unsubscribed", "suppressed"])
def test_who_withdrew_gets_no_test_either(mails: MailServer, ana: Profile, state: str) -> None:
    Subscription.objects.create(profile=ana, channel="email", state=state)

    test = sent(mail_campaign(mails), ana)

    assert outcomes(test) == [("Ana", "Default", "excluded", state)]
    assert mails.taken == []


def test_what_is_missing_is_said(exports: Path, ana: Profile) -> None:
    test = sent(factories.campaign(copies={"": [("t", "{{ profile.shoe_size }}")]}, state="draft"), ana)

    (row,) = test.messages.all()
    assert (row.state, row.reason) == ("excluded", "missing_value")
    assert "shoe_size" in row.answer


@pytest.mark.parametrize(("told", "subject"), [(True, "[Test] Hi Ana"), (False, "Hi Ana")])
def test_the_subject_says_it_is_a_test_by_choice(mails: MailServer, ana: Profile, told: bool, subject: str) -> None:
    sent(mail_campaign(mails), ana, is_told=told)

    assert [each.message["Subject"] for each in mails.taken] == [subject]


def test_mails_go_to_my_own_address_where_i_want_that(mails: MailServer, ana: Profile, bob: Profile) -> None:
    Subscription.objects.create(profile=bob, channel="email", state="unsubscribed")
    me, campaign = factories.user(), mail_campaign(mails)
    with pytest.raises(Refused, match="Your login has no e-mail address"):
        start(campaign, ana, bob, by=me, to_me=True)
    me.email = "me@example.com"

    test = start(campaign, ana, bob, by=me, to_me=True)
    delivery.send(test.pk, now=NOW)

    assert sorted((each.recipient, each.message["Subject"]) for each in mails.taken) == [
        ("me@example.com", "[Test] Hi Ana"),
        ("me@example.com", "[Test] Hi Bob"),
    ]


def test_links_of_a_test_lead_where_they_should_and_change_nothing(mails: MailServer, ana: Profile) -> None:
    sent(mail_campaign(mails, tracks=True), ana)
    (mail,) = mails.taken
    html, browser = mail.body("html"), Client()
    click, opened = html.split('href="')[1].split('"')[0], html.split('<img src="')[1].split('"')[0]
    leave = mail.message["List-Unsubscribe"].strip("<>")

    went = browser.get(click.removeprefix(PUBLIC_URL), headers={"User-Agent": "Mozilla/5.0 (X11) Firefox/130"})
    browser.get(opened.removeprefix(PUBLIC_URL))
    page = browser.post(leave.removeprefix(PUBLIC_URL))

    assert (went.status_code, went.headers["Location"]) == (302, "https://shop.example.com/coat")
    assert "Era um teste" in page.text  # in the language of whoever got it
    assert (Event.objects.count(), Subscription.objects.count()) == (0, 0)


def test_a_test_that_bounces_is_held_against_nobody(mails: MailServer, ana: Profile) -> None:
    mails.recipients["ana@example.com"] = "550 5.1.1 no such user"
    test = sent(mail_campaign(mails, bounces="bounces@shop.example.com"), ana)
    mails.recipients.clear()

    sent(mail_campaign(mails, name="Other", bounces="bounces@shop.example.com"), ana)

    (mail,) = mails.taken
    assert outcomes(test) == [("Ana", "Default", "failed", "invalid_recipient")]
    assert email.person_of(mail.sender) == 0
    assert not Subscription.objects.exists()


def test_a_webhook_says_in_a_header_that_it_is_a_test(ana: Profile) -> None:
    with Server() as server:
        over = Connection.objects.create(name="Hook", kind="webhook", config={"url": server.url})
        own = [("@body", '{"name": "{{ profile.first_name }}"}'), ("@headers", "X-Team: growth")]

        sent(factories.campaign(over, copies={"": own}, state="draft"), ana)

    (request,) = server.requests
    assert (request.json, request.headers["Belfry-Test"], request.headers["X-Team"]) == (
        {"name": "Ana"},
        "true",
        "growth",
    )


def hook(server: Server, **fields: Any) -> Connection:
    return Connection.objects.create(name="Hook", kind="webhook", config={"url": server.url}, **fields)


def test_a_refusal_is_told_in_words_and_may_be_sent_again(ana: Profile) -> None:
    with Server() as server:
        server.answers.append(says(422, "no such coat"))
        test = sent(factories.campaign(hook(server), state="draft"), ana)
        (refused,) = test.messages.all()
        testing.again(TestSend.objects.get(pk=test.pk), by=factories.user(), now=NOW)
        delivery.send(test.pk, now=NOW)

    assert (refused.state, refused.reason) == ("failed", "rejected_by_provider")
    assert "no such coat" in refused.answer
    assert outcomes(test) == [("Ana", "Default", "accepted", "")]
    assert len({request.headers["webhook-id"] for request in server.requests}) == 1


def test_nobody_waits_for_a_destination_that_never_answers(ana: Profile, settings: Any) -> None:
    settings.TASK_SECONDS = 0.2
    with Server(default=hangs) as server:
        test = sent(factories.campaign(hook(server), state="draft"), ana)
        http.close()

    assert outcomes(test) == [("Ana", "Default", "unknown", "")]


def test_a_paused_connection_sends_no_test(ana: Profile) -> None:
    with Server() as server:
        over = hook(server, state="paused", paused_reason="Until Monday.")
        test = sent(factories.campaign(over, state="draft"), ana)

    (row,) = test.messages.all()
    assert (row.state, row.answer, server.requests) == ("failed", "Hook is paused: Until Monday.", [])


def test_a_worker_that_was_killed_leaves_a_fate_unknown_and_nothing_is_sent_twice(exports: Path, ana: Profile) -> None:
    test = start(factories.campaign(state="draft"), ana)
    assert delivery.claimed(test.pk, now=NOW) is not None  # and it dies

    delivery.send(test.pk, now=NOW + timedelta(seconds=1))
    meanwhile = outcomes(test)
    delivery.send(test.pk, now=NOW + timedelta(hours=1))

    assert meanwhile == [("Ana", "Default", "queued", "")]
    assert outcomes(test) == [("Ana", "Default", "unknown", "")]
    assert not (exports / "tests").exists()


def test_what_nobody_foresaw_is_said_and_nothing_waits_for_ever(exports: Path, ana: Profile, caplog: Any) -> None:
    test = start(factories.campaign(state="draft"), ana)
    TestSend.objects.update(snapshot={"from": "another version"})

    delivery.send(test.pk, now=NOW)

    (row,) = test.messages.all()
    assert (row.state, row.answer) == ("unknown", "Sending failed here. The log says more.")
    assert "A test could not be sent" in caplog.text
    assert tasks.due(NOW, 10) == []


def test_more_than_a_few_are_left_to_the_workers(exports: Path) -> None:
    people = [insider(identity=f"t{n}", first_name=f"T{n}") for n in range(testing.FEW + 1)]
    campaign = factories.campaign(state="draft")
    few, many = start(campaign, *people[1:]), start(campaign, *people)

    for test in (few, many):
        testing.go(test, now=NOW)

    assert {state for _, _, state, _ in outcomes(few)} == {"accepted"}
    assert {state for _, _, state, _ in outcomes(many)} == {"queued"}
    assert tasks.due(NOW, 10) == [("campaigns.test", many.pk)]
    tasks.TASKS["campaigns.test"](many.pk, 0)
    assert {state for _, _, state, _ in outcomes(many)} == {"accepted"}
    assert tasks.due(NOW, 10) == []


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("", "")], "Copy “Default” is blank"),
        ([("title", "Hi {{ profile.")], "Copy “Default”, “title”:"),
    ],
)
def test_what_is_not_finished_is_not_sent(ana: Profile, pairs: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        start(factories.campaign(copies={"": pairs}, state="draft"), ana)

    assert TestSend.objects.count() == 0


def test_without_a_connection_it_says_where_to_choose_one(ana: Profile) -> None:
    campaign = factories.campaign(state="draft")
    Campaign.objects.filter(pk=campaign.pk).update(connection=None)

    with pytest.raises(Refused, match="Choose a connection on the step Start first"):
        start(campaign, ana)


def test_who_tested_what_with_whom_is_in_the_audit_trail(exports: Path, ana: Profile) -> None:
    campaign = factories.campaign(state="draft")

    test = sent(campaign, ana)
    test.messages.update(state="failed")
    testing.again(test, by=factories.user(), now=NOW)
    testing.remove(ana.pk, by=factories.user())

    entries = AuditEntry.objects.order_by("pk").values_list("action", "object_type", "object_name", "changes")
    assert list(entries) == [
        ("added", "test person", "Ana A", {}),
        ("sent a test of", "campaign", "Win back", {"test people": [None, ["Ana A"]]}),
        ("sent a test again of", "campaign", "Win back", {"test people": [None, ["Ana A"]]}),
        ("removed", "test person", "Ana A", {}),
    ]


def test_a_person_who_becomes_another_stays_a_test_person(exports: Path) -> None:
    gone, stays = insider(first_name="Ana"), factories.person(identity="ana", first_name="Ana")
    test = start(factories.campaign(state="draft"), gone)

    presence.follow_merge([(gone.pk, stays.pk)])

    assert list(Tester.objects.values_list("profile", flat=True)) == [stays.pk]
    assert list(TestMessage.objects.filter(send=test).values_list("profile", flat=True)) == [stays.pk]
