"""A bounce is of an address: it stays with the address when its person has another one; a complaint is the person's."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from connectors.email import From, return_path, signed_person
from people import allowing, bounces, suppressing
from people.models import BouncedAddress, Event, Profile, Subscription
from people.records import Alias, Identify
from people.suppressing import Bounce
from tests import factories
from tests.conftest import ClientAs
from tests.people.facts import take_in
from tests.people.test_bounces import dsn, link
from tests.people.test_mail_events import BOUNCE, SECRET, report

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://belfry.example.com"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def maria() -> Profile:
    """Others have her old and her new address."""
    take_in(Identify(user_id="maria", properties={"email": "Old@example.com"}))
    take_in(Identify(user_id="at old", properties={"email": "old@example.com"}))
    take_in(Identify(user_id="at new", properties={"email": "new@example.com"}))
    return Profile.objects.get(identity="maria")


def moves(address: str | None, identity: str = "maria") -> None:
    take_in(Identify(user_id=identity, properties={"email": address}))


def suppressed() -> list[str | None]:
    found = Subscription.objects.filter(state="suppressed").order_by("profile_id")
    return list(found.values_list("profile__identity", flat=True))


def told_of(person: Profile, address: str, sent: datetime | None = None, **more: Any) -> int:
    noted = {"person": signed_person(person.pk), "message_id": "m1", "campaign": "7", "run": "2", "copy": "Default"}
    when = {"sent": str(int(sent.timestamp()))} if sent else {}
    return report(BOUNCE | {"Metadata": noted | when, "Email": address} | more)


def back(person: Profile, sent: datetime, *, final: str = "someone.else@example.com") -> None:
    raw = dsn(link=link(person)).replace(b"Subject: Hello", f"Date: {format_datetime(sent)}\nSubject: Hello".encode())
    bounces.take_in(raw.replace(b"someone.else@example.com", final.encode()), now=timezone.now())


@pytest.mark.parametrize("sent", [timezone.now() - HOUR, None])
def test_a_late_bounce_is_held_against_the_old_address_alone(maria: Profile, sent: datetime | None) -> None:
    moves("new@example.com")

    assert told_of(maria, "OLD@example.com", sent) == 200

    assert suppressed() == ["at old"]
    assert list(BouncedAddress.objects.values_list("address", flat=True)) == ["old@example.com"]
    assert Event.objects.filter(profile_id=maria.pk).get().name.name == "Notification Bounced"


def test_a_bounce_of_the_present_address_counts_however_it_is_written(maria: Profile) -> None:
    moves("New@example.com")

    told_of(maria, "new@EXAMPLE.com", timezone.now() - HOUR)

    assert suppressed() == ["maria", "at new"]


def test_a_forwarded_mail_that_came_back_is_held_against_the_address_it_was_sent_to(maria: Profile) -> None:
    told_of(maria, "forwarded@example.net", timezone.now())

    assert suppressed() == ["maria", "at old"]


def test_a_late_report_of_a_mail_server_changes_nothing_for_the_new_address(maria: Profile) -> None:
    moves("new@example.com")

    back(maria, timezone.now() - HOUR)
    back(maria, timezone.now() + HOUR, final="old@example.com")

    assert suppressed() == []


def test_nobody_is_suppressed_by_an_address_that_somebody_wrote_into_a_report(maria: Profile) -> None:
    moves("new@example.com")

    back(maria, timezone.now() - HOUR, final="old@example.com")

    assert (suppressed(), BouncedAddress.objects.count()) == ([], 0)


def test_a_mail_sent_to_the_new_address_that_comes_back_counts(maria: Profile) -> None:
    moves("new@example.com")

    back(maria, timezone.now() + HOUR, final="new@example.com")

    assert suppressed() == ["maria", "at new"]


def test_a_mail_refused_while_its_person_moves_is_held_against_the_address_it_went_to(maria: Profile) -> None:
    moves("new@example.com")

    suppressing.suppress(
        [Bounce(maria.pk, "5.1.1", "no", 7, timezone.now(), "old@example.com", True)], now=timezone.now()
    )

    assert suppressed() == ["at old"]


@pytest.mark.parametrize(
    ("address", "sent", "found"),
    [
        ("old@example.com", None, ["at old"]),
        ("", -HOUR, []),
        ("", HOUR, ["maria", "at new"]),
        ("", None, ["maria", "at new"]),
    ],
)
def test_what_is_not_said_of_a_bounce_is_told_by_what_is(
    maria: Profile, address: str, sent: timedelta | None, found: list[str]
) -> None:
    moves("new@example.com")
    maria.refresh_from_db()
    assert maria.email_since is not None
    moment = None if sent is None else maria.email_since + sent

    suppressing.suppress([Bounce(maria.pk, sent_at=moment, address=address, believed=True)], now=timezone.now())

    assert suppressed() == found


def test_whose_address_is_corrected_gets_mails_again_and_back_at_the_old_one_none(maria: Profile) -> None:
    told_of(maria, "old@example.com", timezone.now(), Details="550 5.1.1 no")

    moves("right@example.com")
    assert suppressed() == ["at old"]

    moves("old@EXAMPLE.com")
    assert suppressed() == ["maria", "at old"]
    said = Subscription.objects.get(profile=maria)
    assert (said.cause, said.code, said.words, said.campaign) == ("bounce", "5.1.1", "550 5.1.1 no", 7)

    moves(None)
    assert suppressed() == ["at old"]


def test_the_same_address_said_again_lifts_nothing(maria: Profile) -> None:
    told_of(maria, "old@example.com", timezone.now())

    moves("OLD@example.com")

    assert suppressed() == ["maria", "at old"]


@pytest.mark.parametrize(("said", "state"), [(True, "subscribed"), (False, "unsubscribed")])
def test_with_another_address_is_true_again_what_was_said_before(maria: Profile, said: bool, state: str) -> None:
    take_in(Identify(user_id="maria", subscriptions={"email": said}))
    told_of(maria, "old@example.com", timezone.now())

    moves("right@example.com")

    found = Subscription.objects.filter(profile=maria).values_list("state", "cause", "code", "words", "before")
    assert list(found) == [(state, "", "", "", "")]


def test_a_complaint_stays_with_its_person_and_others_at_the_new_address_are_not_meant(maria: Profile) -> None:
    moves("new@example.com")

    told_of(maria, "old@example.com", timezone.now() - HOUR, RecordType="SpamComplaint", Type="SpamComplaint")
    assert suppressed() == ["maria", "at old"]

    moves("right@example.com")
    assert suppressed() == ["maria", "at old"]


def test_whoever_comes_with_an_address_that_bounced_gets_no_mail(maria: Profile) -> None:
    told_of(maria, "old@example.com", timezone.now())

    take_in(Identify(user_id="late", properties={"email": "Old@Example.com"}))

    assert suppressed() == ["maria", "at old", "late"]


def test_an_address_that_is_allowed_again_is_allowed_for_whoever_gets_it(maria: Profile) -> None:
    told_of(maria, "old@example.com", timezone.now() - HOUR)
    assert allowing.allow_again(maria, "email", by=factories.user(), now=timezone.now())

    take_in(Identify(user_id="late", properties={"email": "old@example.com"}))

    assert (suppressed(), BouncedAddress.objects.count()) == ([], 0)


def test_who_takes_over_the_address_of_an_anonymous_person_takes_over_its_bounce(maria: Profile) -> None:
    take_in(Identify(anonymous_id="a1", properties={"email": "anonymous@example.com"}))
    take_in(Identify(user_id="nobody yet", properties={"name": "N"}))
    anonymous = Profile.objects.get(identity=None)
    suppressing.suppress([Bounce(anonymous.pk)], now=timezone.now())

    take_in(Alias(user_id="nobody yet", previous_id="a1"))

    assert suppressed() == ["nobody yet"]


def test_an_address_corrected_by_an_operator_counts_the_same(maria: Profile, client_as: ClientAs) -> None:
    told_of(maria, "old@example.com", timezone.now())
    operator = client_as(Role.ADMIN)
    changed = {
        "identity": "maria", "email": "right@example.com", "properties": "{}",
        **{f"{each}-{name}_FORMS": "0" for each in ("identifiers", "devices", "subscriptions")
           for name in ("TOTAL", "INITIAL")},
    }  # fmt: skip
    operator.post(f"/admin/people/profile/{maria.pk}/change/", changed)

    maria.refresh_from_db()
    assert (maria.email, suppressed()) == ("right@example.com", ["at old"])
    assert maria.email_since is not None
    assert maria.email_since > datetime(2026, 1, 1, tzinfo=UTC)


SENDER = From("news@shop.example.com", bounces="bounces@shop.example.com")


def test_a_report_without_the_mail_is_compared_by_the_address_it_names(maria: Profile) -> None:
    moves("new@example.com")
    now = f"Date: {format_datetime(timezone.now() + HOUR)}\n".encode()
    raw = now + dsn(return_path(SENDER, maria.pk))

    bounces.take_in(raw.replace(b"someone.else@", b"old@"), now=timezone.now())
    assert suppressed() == []

    bounces.take_in(raw.replace(b"someone.else@", b"new@"), now=timezone.now())
    assert suppressed() == ["maria", "at new"]
