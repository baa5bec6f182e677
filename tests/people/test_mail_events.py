"""Reports of mail providers: bounces and complaints suppress, opting out unsubscribes, strangers change nothing."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.test import Client
from django.utils import timezone

from connectors.email import signed_person
from people import mail_events, unsubscribing
from people.ingest import ingest
from people.links import Origin
from people.models import Event, Profile, Subscription, WayHour
from people.records import Identify

pytestmark = pytest.mark.django_db

SECRET = "provider:s3cret"
BOUNCE = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Email": "maria@example.com", "MessageID": "m",
          "BouncedAt": "2026-11-22T10:00:00Z", "Description": "no", "Details": "x"}  # fmt: skip


@pytest.fixture(autouse=True)
def maria(settings: Any) -> Profile:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    Profile.objects.create(identity="other", email="other@example.com")
    return Profile.objects.create(identity="maria", email="maria@example.com")


def report(said: object, secret: str = SECRET, service: str = "postmark") -> int:
    basic = base64.b64encode(secret.encode()).decode()
    body = said if isinstance(said, bytes) else orjson.dumps(said)
    headers = {"Authorization": f"Basic {basic}"} if secret else {}
    answer = Client().post(f"/mail-events/{service}", body, content_type="application/json", headers=headers)
    return answer.status_code


def states() -> list[tuple[str | None, str, str]]:
    return list(Subscription.objects.filter(channel="email").values_list("profile__identity", "state", "cause"))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, ("suppressed", "bounce")),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ("suppressed", "complaint")),
        ({"Type": "BadEmailAddress"}, ("suppressed", "bounce")),
        ({"Type": "Unsubscribe"}, ("unsubscribed", "provider")),
        ({"Type": "Transient"}, None),
        ({"Type": "Blocked"}, None),
        ({"RecordType": "Delivery"}, None),
        ({"RecordType": "Open"}, None),
    ],
)
def test_what_a_report_means(changes: dict[str, str], state: tuple[str, str] | None) -> None:
    assert report(BOUNCE | changes) == 200
    assert report(BOUNCE | changes) == 200

    assert states() == ([("maria", *state)] if state else [])


def test_everybody_at_the_address_is_meant_however_it_is_written(maria: Profile) -> None:
    Profile.objects.create(identity="twin", email="MARIA@example.com")

    report(BOUNCE | {"Email": "Maria@Example.COM"})

    assert states() == [("maria", "suppressed", "bounce"), ("twin", "suppressed", "bounce")]


def test_our_own_sign_counts_for_more_than_the_address(maria: Profile) -> None:
    report(BOUNCE | {"Email": "other@example.com", "Metadata": {"person": signed_person(maria.pk)}})

    assert states() == [("maria", "suppressed", "bounce")]


@pytest.mark.parametrize("secret", ["", "provider:wrong", "x"])
def test_who_does_not_know_the_secret_reports_nothing(secret: str) -> None:
    assert report(BOUNCE, secret) == 401
    assert states() == []


def test_it_is_closed_until_a_secret_is_set(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": ""}

    assert report(BOUNCE) == 404
    assert states() == []


def test_a_provider_that_signs_needs_its_key() -> None:
    assert report(BOUNCE, service="mailgun") == 404
    assert report(BOUNCE, service="nobody") == 404


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"1", b'{"RecordType": []}', b"\xff", b"[" * 9000])
def test_nonsense_is_refused_and_breaks_nothing(body: bytes) -> None:
    assert report(body) == 400
    assert states() == []


MESSAGE = "5b0a1c1e-6a33-2c55-9d0c-3e0f8f6a7b21"
ABOUT: dict[str, Any] = {"Campaign Id": 7, "Run": 2, "Copy": "Default", "Channel": "email"}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SENT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def noted(profile: Profile, **changes: str) -> dict[str, dict[str, str]]:
    said = {
        "message_id": MESSAGE, "person": signed_person(profile.pk), "campaign": "7", "run": "2", "copy": "Default",
        "sent": str(int(SENT.timestamp())),
    }  # fmt: skip
    return {"Metadata": {**said, **changes}}


def told() -> list[tuple[str | None, str, dict[str, Any]]]:
    found = Event.objects.select_related("name").order_by("id")
    people = dict(Profile.objects.values_list("pk", "identity"))
    return [(people[event.profile_id], event.name.name, event.properties) for event in found]


@pytest.mark.parametrize(
    ("changes", "name", "more"),
    [
        (
            {"Details": "smtp;550 5.1.1 unknown"}, "Notification Bounced",
            {"Bounce": "hard", "Reason": "bounced", "Code": "5.1.1", "Answer": "smtp;550 5.1.1 unknown"},
        ),
        (
            {"Type": "Blocked", "Details": "550 spam"}, "Notification Rejected",
            {"Reason": "blocked", "Code": "550", "Answer": "550 spam"},
        ),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "Channel Unsubscribed", {"Cause": "complaint"}),
        ({"Type": "Unsubscribe"}, "Channel Unsubscribed", {"Cause": "provider"}),
        ({"RecordType": "Delivery", "DeliveredAt": "2026-11-22T10:00:00Z"}, "Notification Delivered", {}),
    ],
)  # fmt: skip
def test_a_report_of_our_mail_is_told_once(
    maria: Profile, changes: dict[str, str], name: str, more: dict[str, str]
) -> None:
    assert report(BOUNCE | noted(maria) | changes) == 200
    assert report(BOUNCE | noted(maria) | changes | {"ID": 2}) == 200

    assert told() == [("maria", name, {**ABOUT, **more})]


def test_a_provider_that_refuses_a_mail_is_told_of(maria: Profile) -> None:
    event = AnymailTrackingEvent(
        event_type=EventType.REJECTED, reject_reason=RejectReason.SPAM, description="blocked by policy",
        metadata=noted(maria)["Metadata"],
    )  # fmt: skip

    for _ in range(2):
        mail_events.take_in([event, event], now=timezone.now())

    assert told() == [("maria", "Notification Rejected", {**ABOUT, "Reason": "spam", "Answer": "blocked by policy"})]
    assert states() == []


def test_what_came_back_for_now_is_told_and_suppresses_nobody(maria: Profile) -> None:
    event = AnymailTrackingEvent(
        event_type=EventType.BOUNCED, reject_reason=RejectReason.BOUNCED, mta_response="452 4.2.2 mailbox full",
        esp_event={"bounce": {"bounceType": "Transient"}}, metadata=noted(maria)["Metadata"],
    )  # fmt: skip

    mail_events.take_in([event], now=timezone.now())

    more = {"Bounce": "soft", "Reason": "bounced", "Code": "4.2.2", "Answer": "452 4.2.2 mailbox full"}
    assert (told(), states()) == ([("maria", "Notification Bounced", {**ABOUT, **more})], [])


@pytest.mark.parametrize(("ago", "state"), [(2, "subscribed"), (0, "unsubscribed")])
def test_a_report_that_comes_after_a_later_yes_changes_nothing(maria: Profile, ago: int, state: str) -> None:
    said = BOUNCE | noted(maria) | {"Type": "Unsubscribe"}
    moment = timezone.now()
    report(said | {"BouncedAt": (moment - timedelta(hours=2)).isoformat()})
    says_yes = Identify(user_id="maria", subscriptions={"email": True})
    ingest([says_yes], source="test", now=moment - timedelta(hours=1), live=True)

    report(said | {"BouncedAt": (moment - timedelta(hours=ago)).isoformat()})

    assert [each[1] for each in states()] == [state]


def test_why_somebody_is_suppressed_is_kept(maria: Profile) -> None:
    report(BOUNCE | noted(maria) | {"Details": "smtp;550 5.1.1 un\0known\n\n<b>"})

    (said,) = Subscription.objects.all()
    assert (said.code, said.words, said.campaign) == ("5.1.1", "smtp;550 5.1.1 un known <b>", 7)


OPEN = {"RecordType": "Open", "UserAgent": BROWSER}
CLICK = {"RecordType": "Click", "UserAgent": BROWSER,
         "OriginalLink": "https://shop.example.com/"}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "machine"),
    [
        ({}, False),
        ({"UserAgent": "Mozilla/5.0"}, True),
        ({"UserAgent": ""}, True),
        ({"UserAgent": "Barracuda Link Protection"}, True),
        ({"BouncedAt": "2026-11-22T09:00:03Z"}, True),
    ],
)
def test_opens_and_clicks_are_told_machines_apart(maria: Profile, changes: dict[str, str], machine: bool) -> None:
    for said in (OPEN, CLICK, OPEN, CLICK):
        assert report(BOUNCE | noted(maria) | said | changes) == 200

    assert told() == [
        ("maria", "Notification Viewed", {**ABOUT, "Machine": machine}),
        ("maria", "Notification Clicked", {**ABOUT, "Machine": machine, "Link": "https://shop.example.com/"}),
    ]


def test_what_we_see_ourselves_is_not_told_again(maria: Profile, settings: Any) -> None:
    settings.PUBLIC_URL = "https://belfry.example.com"
    ours = {"OriginalLink": "https://belfry.example.com/u/abc"}

    for said in (OPEN | noted(maria, tracked="1"), CLICK | noted(maria, tracked="1"), CLICK | noted(maria) | ours):
        assert report(BOUNCE | said) == 200

    assert told() == []


def test_unsubscribing_by_the_link_and_with_the_provider_is_one_event(maria: Profile) -> None:
    origin = Origin(maria.pk, "", "email", MESSAGE, 7, 2, "Default")

    unsubscribing.unsubscribe(origin, now=timezone.now())
    report(BOUNCE | noted(maria) | {"Type": "Unsubscribe"})

    assert [name for _, name, _ in told()] == ["Channel Unsubscribed"]


def test_of_mails_that_are_not_ours_only_what_changes_a_subscription_is_told(maria: Profile) -> None:
    for said in (OPEN, CLICK, {"RecordType": "Delivery"}, {"Type": "Blocked"}, {}, {}):
        assert report(BOUNCE | said) == 200

    about = {"Channel": "email", "Bounce": "hard", "Reason": "bounced", "Answer": "x"}
    assert told() == [("maria", "Notification Bounced", about)]


@pytest.mark.parametrize("said", [OPEN, CLICK, {}, {"RecordType": "Delivery"}])
def test_nothing_is_told_or_held_against_anybody_of_a_test(maria: Profile, said: dict[str, str]) -> None:
    assert report(BOUNCE | noted(maria, person=signed_person(0)) | said) == 200

    assert (told(), states()) == ([], [])


@pytest.mark.parametrize("changes", [{"sent": "x"}, {"sent": "9" * 30}, {"campaign": "x"}, {"run": ""}])
def test_notes_that_are_not_as_we_wrote_them_break_nothing(maria: Profile, changes: dict[str, str]) -> None:
    assert report(BOUNCE | noted(maria, **changes) | OPEN) == 200


def test_who_was_merged_meanwhile_is_known_by_the_address(maria: Profile) -> None:
    gone = Profile(pk=maria.pk + 1000)

    report(BOUNCE | noted(gone))

    assert states() == [("maria", "suppressed", "bounce")]


@pytest.mark.parametrize(
    "odd",
    [
        {"Email": 7},
        {"Email": "a\0@example.com"},
        {"BouncedAt": "2026-11-22T10:00:00"},
        {"Metadata": {"campaign": "9" * 30}},
        {"Metadata": {"run": "\u0663"}},
    ],
)
def test_one_odd_event_of_a_report_costs_no_other(maria: Profile, odd: dict[str, Any]) -> None:
    moment = timezone.now()
    fine, other = (
        AnymailTrackingEvent(
            event_type=EventType.BOUNCED, recipient=address, reject_reason=RejectReason.BOUNCED, timestamp=moment,
            message_id=address, metadata={},
        )
        for address in ("maria@example.com", "other@example.com")
    )  # fmt: skip
    other.metadata = noted(maria)["Metadata"] | odd.get("Metadata", {})
    other.metadata["person"] = noted(Profile.objects.get(identity="other"))["Metadata"]["person"]
    if "Email" in odd:
        other.recipient, other.metadata = odd["Email"], {}
    if "BouncedAt" in odd:
        other.timestamp = datetime.fromisoformat(odd["BouncedAt"])

    refusals = mail_events.take_in([other, fine], now=moment)

    assert refusals == []
    assert ("maria", "suppressed", "bounce") in states()


def test_an_event_that_cannot_be_read_is_refused_alone_and_counted(maria: Profile) -> None:
    def bounced(address: object) -> AnymailTrackingEvent:
        return AnymailTrackingEvent(
            event_type=EventType.BOUNCED, recipient=address, reject_reason=RejectReason.BOUNCED, metadata={},
            timestamp=timezone.now(), message_id="m",
        )  # fmt: skip

    odd = bounced("other@example.com")
    odd.metadata = 7

    refusals = mail_events.take_in([odd, bounced("maria@example.com")], now=timezone.now())

    assert [each.code for each in refusals] == ["odd_event"]
    assert states() == [("maria", "suppressed", "bounce")]


def test_what_is_refused_of_an_event_is_counted_at_its_way_in(maria: Profile) -> None:
    assert report(BOUNCE | noted(maria) | {"BouncedAt": "1800-01-01T00:00:00Z"}) == 200

    assert states() == [("maria", "suppressed", "bounce")]
    counted = WayHour.objects.filter(way="mail").values_list("accepted", "refused")
    assert list(counted) == [(0, 1)]
