"""Once somebody allowed messages again, what still comes back of an older mail suppresses nobody; a later one does."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from connectors.email import signed_person
from people import allowing, bounces, suppressing
from people.models import Event, Lifting, Profile, Subscription
from people.records import Alias, Identify
from people.suppressing import Bounce
from tests import factories
from tests.people.facts import take_in
from tests.people.test_bounces import dsn, link
from tests.people.test_mail_events import BOUNCE, SECRET, report

pytestmark = pytest.mark.django_db

LIFTED = datetime(2026, 11, 20, 14, 30, 12, 500_000, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://belfry.example.com"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def maria() -> Profile:
    """Suppressed and allowed again, and so is who shares the address."""
    found = Profile.objects.create(identity="maria", email="maria@example.com")
    Profile.objects.create(identity="twin", email="MARIA@example.com")
    suppressing.suppress([Bounce(found.pk, "5.1.1")], now=LIFTED - HOUR)
    assert allowing.allow_again(found, "email", by=factories.user(), now=LIFTED)
    return found


def suppressed() -> list[str | None]:
    found = Subscription.objects.filter(state="suppressed").order_by("profile_id")
    return list(found.values_list("profile__identity", flat=True))


def came_back(person: Profile, sent: datetime | None) -> None:
    """A mail server's report of a mail sent then."""
    date = f"Date: {format_datetime(sent)}\nSubject: Hello".encode() if sent else b"Subject: Hello"
    bounces.take_in(dsn(link=link(person)).replace(b"Subject: Hello", date), now=timezone.now())


def told_of(person: Profile, **more: Any) -> int:
    """A mail provider's report."""
    noted = {"person": signed_person(person.pk), "message_id": "m1", "campaign": "7", "run": "2", "copy": "Default"}
    return report(BOUNCE | {"Metadata": noted | more.pop("noted", {})} | more)


@pytest.mark.parametrize(
    ("since", "found"), [(-HOUR, []), (HOUR, ["maria", "twin"]), (timedelta(0), ["maria", "twin"])]
)
def test_a_mail_that_comes_back_counts_by_when_it_was_sent(maria: Profile, since: timedelta, found: list[str]) -> None:
    came_back(maria, LIFTED + since)

    assert suppressed() == found
    assert Event.objects.get().name.name == "Notification Bounced"


def test_a_report_without_any_time_counts(maria: Profile) -> None:
    came_back(maria, None)

    assert suppressed() == ["maria", "twin"]


def test_where_the_mail_is_not_with_it_the_reports_own_time_counts(maria: Profile) -> None:
    dated = b"Date: " + format_datetime(LIFTED - HOUR).encode() + b"\n"
    bounces.take_in(dated + dsn(link=link(maria)), now=timezone.now())

    assert suppressed() == []


@pytest.mark.parametrize(
    ("sent", "came", "found"),
    [
        (LIFTED - HOUR, LIFTED + HOUR, []),
        (LIFTED + HOUR, LIFTED + HOUR, ["maria", "twin"]),
        (None, LIFTED - HOUR, []),
        (None, LIFTED + HOUR, ["maria", "twin"]),
    ],
)
def test_a_provider_is_believed_by_when_the_mail_was_sent_else_when_it_came_back(
    maria: Profile, sent: datetime | None, came: datetime, found: list[str]
) -> None:
    noted = {"sent": str(int(sent.timestamp()))} if sent else {}

    assert told_of(maria, noted=noted, BouncedAt=came.isoformat()) == 200

    assert suppressed() == found
    assert Event.objects.get().name.name == "Notification Bounced"


def test_a_mail_to_somebody_else_at_the_address_counts_no_more_than_the_persons_own(maria: Profile) -> None:
    came_back(Profile.objects.get(identity="twin"), LIFTED - HOUR)
    Profile.objects.create(identity="late", email="maria@example.com")
    came_back(maria, LIFTED - HOUR)

    assert suppressed() == []


def test_others_are_suppressed_all_the_same(maria: Profile) -> None:
    other = Profile.objects.create(identity="other", email="other@example.com")

    came_back(other, LIFTED - HOUR)

    assert suppressed() == ["other"]


def test_who_is_merged_into_another_person_keeps_it(maria: Profile) -> None:
    take_in(Identify(anonymous_id="phone"))
    Lifting.objects.update(profile=Profile.objects.get(identifiers__value="phone"))

    take_in(Alias(user_id="maria", previous_id="phone"))

    assert set(Lifting.objects.values_list("profile__identity", flat=True)) == {"maria"}


def test_each_of_many_keeps_what_was_said_of_their_own_mail(maria: Profile) -> None:
    other = Profile.objects.create(identity="other", email="other@example.com")
    told = [Bounce(maria.pk, "5.1.1", "no \0 maria", 7, timezone.now()), Bounce(other.pk, "550", "x" * 500, None)]

    suppressing.suppress(told, now=timezone.now())

    found = Subscription.objects.order_by("profile_id").values_list("profile__identity", "code", "words", "campaign")
    assert list(found) == [
        ("maria", "5.1.1", "no maria", 7), ("twin", "5.1.1", "no maria", 7), ("other", "550", "x" * 400, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "code"),
    [("550 5.1.1 no such user", "5.1.1"), ("The mail server answered 553 no", "553"), ("no such user", ""), ("", "")],
)
def test_the_code_is_found_in_what_was_said(said: str, code: str) -> None:
    assert suppressing.code_in(said) == code
