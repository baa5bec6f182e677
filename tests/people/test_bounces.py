"""Reports of mails that came back (RFC 3464) and of complaints (RFC 5965), as mail servers write them."""

import io
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from connectors.email import From, return_path, unsubscribe_address
from people import bounces, unsubscribing
from people.bounces import Report
from people.links import Origin
from people.models import Event, Profile, Subscription

pytestmark = pytest.mark.django_db

SENDER = From("news@shop.example.com", bounces="bounces@shop.example.com")
NO_USER = "550 5.1.1 no such user"
NAMED = "someone.else@example.com"
MAILBOX = "bounces@shop.example.com"
DSN = """\
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; someone.else@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: {original}

From: news@shop.example.com
List-Unsubscribe: <{link}>
Subject: Hello

--b--
"""
ARF = """\
From: abuse@mailbox.example.net
To: {to}
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{sender}>
Original-Rcpt-To: <someone.else@example.com>

--b
Content-Type: message/rfc822

From: news@shop.example.com
List-Unsubscribe: <{link}>
Subject: Hello

Hello.

--b--
"""


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://belfry.example.com"


@pytest.fixture
def maria() -> Profile:
    Profile.objects.create(identity="other", email="someone.else@example.com")
    return Profile.objects.create(identity="maria", email="maria@example.com")


def link(person: Profile) -> str:
    return unsubscribing.link(Origin(person.pk, "", "email", "id", 7, 1, "Default"))


def dsn(to: str = "postmaster@shop.example.com", **changes: str) -> bytes:
    values = {
        "action": "failed",
        "status": "5.1.1",
        "original": "message/rfc822",
        "link": "https://x.example/",
        **changes,
    }
    return DSN.format(to=to, **values).encode()


def arf(to: str = "abuse@shop.example.com", **changes: str) -> bytes:
    return ARF.format(to=to, **{"kind": "abuse", "sender": "a@b.co", "link": "https://x.example/", **changes}).encode()


def by_mail(to: str, subject: str = "unsubscribe") -> bytes:
    return f"From: anybody@example.org\nTo: <{to}>\nSubject: {subject}\n\n".encode()


def taken_in(raw: bytes, recipient: str = "") -> Report | None:
    return bounces.take_in(raw, recipient=recipient, now=timezone.now())


def states() -> list[tuple[str | None, str, str]]:
    return list(Subscription.objects.filter(channel="email").values_list("profile__identity", "state", "cause"))


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(Event.objects.order_by("id").values_list("name__name", "properties"))


def test_a_mail_that_came_back_is_told_once_with_its_code_the_words_and_the_campaign(maria: Profile) -> None:
    raw = dsn(return_path(SENDER, maria.pk), link=link(maria))

    taken_in(raw)
    taken_in(raw)

    about = {"Campaign Id": 7, "Run": 1, "Copy": "Default", "Channel": "email"}
    assert told() == [("Notification Bounced", {**about, "Bounce": "hard", "Code": "5.1.1", "Answer": NO_USER})]
    (said,) = Subscription.objects.all()
    assert (said.code, said.words, said.campaign) == ("5.1.1", NO_USER, 7)


def test_what_came_back_for_now_is_told_too_and_so_is_what_names_no_campaign(maria: Profile) -> None:
    raw = dsn(return_path(SENDER, maria.pk), status="5.2.2")

    taken_in(raw)
    taken_in(raw)

    answer = {"Channel": "email", "Bounce": "soft", "Code": "5.2.2", "Answer": "550 5.2.2 no such user"}
    assert told() == [("Notification Bounced", answer)]


def test_a_campaign_is_named_only_where_the_link_is_of_the_same_person(maria: Profile) -> None:
    other = Profile.objects.get(identity="other")

    taken_in(dsn(return_path(SENDER, maria.pk), link=link(other)))

    assert [(name, said.get("Campaign Id")) for name, said in told()] == [("Notification Bounced", None)]


@pytest.mark.parametrize(("kind", "cause"), [("abuse", "complaint"), ("opt-out", "complaint")])
def test_a_complaint_tells_that_nothing_is_sent_any_more(maria: Profile, kind: str, cause: str) -> None:
    raw = arf(kind=kind, link=link(maria))

    taken_in(raw)
    taken_in(raw)

    (event,) = told()
    assert (event[0], event[1]["Cause"], event[1]["Campaign Id"]) == ("Channel Unsubscribed", cause, 7)


def test_a_mail_to_unsubscribe_whose_subject_was_lost_is_told_once(maria: Profile) -> None:
    raw = by_mail(unsubscribe_address(MAILBOX, maria.pk))

    taken_in(raw)
    taken_in(raw)

    assert told() == [("Channel Unsubscribed", {"Channel": "email", "Cause": "mail"})]


def test_a_mail_that_came_back_to_its_return_path_suppresses_its_person(maria: Profile) -> None:
    report = taken_in(dsn(return_path(SENDER, maria.pk)))

    assert report == Report("bounce", (maria.pk,), "5.1.1", NO_USER, address=NAMED)
    assert states() == [("maria", "suppressed", "bounce")]


def test_the_mail_server_may_say_where_it_came_to(maria: Profile) -> None:
    taken_in(dsn(), recipient=return_path(SENDER, maria.pk))

    assert states() == [("maria", "suppressed", "bounce")]


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_without_a_return_path_the_signed_link_in_the_mail_says_whose_it_was(maria: Profile, original: str) -> None:
    taken_in(dsn(original=original, link=link(maria)))

    assert states() == [("maria", "suppressed", "bounce")]


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "5.4.4", "4.4.7", "5.1.8", "x"])
def test_other_failures_suppress_nobody(maria: Profile, status: str) -> None:
    report = taken_in(dsn(return_path(SENDER, maria.pk), status=status))

    code, words = status if status != "x" else "", f"550 {status} no such user"
    assert report == Report("soft", (maria.pk,), code, words, address=NAMED)
    assert states() == []


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_did_not_fail_is_no_bounce(maria: Profile, action: str) -> None:
    assert taken_in(dsn(return_path(SENDER, maria.pk), action=action)) is None
    assert states() == []


def test_a_complaint_suppresses_its_person(maria: Profile) -> None:
    assert taken_in(arf(sender=return_path(SENDER, maria.pk))) == Report("complaint", (maria.pk,))
    assert states() == [("maria", "suppressed", "complaint")]


def test_a_complaint_is_known_by_the_link_in_the_mail(maria: Profile) -> None:
    taken_in(arf(link=link(maria)))

    assert states() == [("maria", "suppressed", "complaint")]


def test_an_opt_out_unsubscribes_and_praise_does_nothing(maria: Profile) -> None:
    assert taken_in(arf(kind="not-spam", link=link(maria))) is None
    assert states() == []

    taken_in(arf(kind="opt-out", link=link(maria)))
    assert states() == [("maria", "unsubscribed", "complaint")]


@pytest.mark.parametrize("fold", [str, str.upper])
def test_a_mail_to_the_address_of_the_header_unsubscribes_its_person(maria: Profile, fold: Any) -> None:
    to = fold(unsubscribe_address(MAILBOX, maria.pk))

    assert taken_in(by_mail(to)) == Report("unsubscribe", (maria.pk,))
    assert states() == [("maria", "unsubscribed", "mail")]


def test_a_mail_whose_subject_was_kept_says_what_was_unsubscribed_from(maria: Profile) -> None:
    raw = by_mail(unsubscribe_address(MAILBOX, maria.pk), subject=link(maria).rpartition("/")[2])

    taken_in(raw)
    taken_in(raw)

    assert states() == [("maria", "unsubscribed", "link")]
    (event,) = Event.objects.filter(name__name="Channel Unsubscribed")
    assert (event.profile_id, event.properties["Campaign Id"], event.properties["Run"]) == (maria.pk, 7, 1)


def test_the_mail_server_may_say_where_the_mail_came_to(maria: Profile) -> None:
    taken_in(by_mail("list@shop.example.com"), recipient=unsubscribe_address(MAILBOX, maria.pk))

    assert states() == [("maria", "unsubscribed", "mail")]


def test_a_mail_unsubscribes_nobody_who_was_not_given_the_address(maria: Profile) -> None:
    address = unsubscribe_address(MAILBOX, maria.pk)
    as_a_bounce = return_path(SENDER, maria.pk).replace("+", "+u")
    forged = [
        address.replace(f"u{maria.pk}", f"u{maria.pk + 1}"),
        as_a_bounce,
        MAILBOX,
        f"bounces+u{maria.pk}@x.example",
    ]

    assert [taken_in(by_mail(each)) for each in forged] == [None] * 4
    assert [taken_in(dsn(address)), taken_in(by_mail(return_path(SENDER, maria.pk)))] == [
        Report("bounce", (), "5.1.1", NO_USER, address=NAMED), None,
    ]  # fmt: skip
    assert states() == []


@pytest.mark.parametrize("forged", ["bounces+{}-0123456789abcdef@shop.example.com", "bounces+{}@shop.example.com"])
def test_nobody_is_suppressed_by_a_report_that_anybody_could_write(maria: Profile, forged: str) -> None:
    to = forged.format(maria.pk)

    assert taken_in(dsn(to)) == Report("bounce", (), "5.1.1", NO_USER, address=NAMED)
    assert taken_in(arf(sender=to, link=link(maria)[:-3] + "AAA")) == Report("complaint", ())
    assert states() == []


@pytest.mark.parametrize(
    "raw", [b"", b"Subject: hello\n\nHi.", b"\x00\xff", b"Content-Type: message/delivery-status\n\n"]
)
def test_what_is_no_report_is_left_alone(raw: bytes) -> None:
    assert taken_in(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(1_500)),
        b"Content-Type: message/rfc822\n\n" * 3_500,
        b"To: " + b"(" * 20_000 + b"\n\nx",
    ],
    ids=["parts in parts", "mails in mails", "brackets in brackets"],
)
def test_no_depth_of_a_mail_is_an_error(maria: Profile, raw: bytes) -> None:
    assert taken_in(raw) is None


def test_the_command_reads_a_report_and_says_what_it_did(maria: Profile, monkeypatch: Any) -> None:
    answers = []
    for raw in (dsn(return_path(SENDER, maria.pk)), dsn(), b"Hello", by_mail(unsubscribe_address(MAILBOX, maria.pk))):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        said = io.StringIO()
        call_command("bounce", stdout=said)
        answers.append(said.getvalue().strip())

    assert answers == [
        "Suppressed (bounce): 1.",
        "The report names nobody that a mail of ours went to.",
        "This is no report of a bounce or a complaint, and nobody unsubscribes by it.",
        "Unsubscribed: 1.",
    ]
