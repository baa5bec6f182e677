"""Suppressions on a person's page: since when, why, after which message; and lifting what a bounce made, never a no."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns.models import Campaign
from people import unsubscribing
from people.models import Profile, Subscription
from people.records import Identify
from people.unsubscribing import NOT_TOLD, Why
from tests import factories
from tests.conftest import ClientAs
from tests.people.facts import take_in

pytestmark = pytest.mark.django_db

BUTTON = "Allow again</button>"


@pytest.fixture
def maria() -> Profile:
    return Profile.objects.create(identity="maria", email="maria@example.com")


@pytest.fixture
def creator(client_as: ClientAs) -> Client:
    return client_as(Role.CREATOR)


def says(person: Profile, state: str, cause: str, why: Why = NOT_TOLD) -> None:
    unsubscribing.withdraw([person.pk], "email", state, cause, now=timezone.now(), why=why)


def page(client: Client, person: Profile) -> str:
    return client.get(reverse("person", args=[person.pk])).content.decode()


def press(client: Client, person: Profile, **more: Any) -> int:
    return client.post(reverse("person-allow-again", args=[person.pk]), {"channel": "email", **more}).status_code


def states() -> list[tuple[str | None, str, str, str]]:
    found = Subscription.objects.filter(channel="email").order_by("profile_id")
    return list(found.values_list("profile__identity", "state", "cause", "code"))


def test_the_page_says_since_when_why_and_after_which_message(creator: Client, maria: Profile) -> None:
    made = factories.campaign()
    Campaign.objects.update(name="Win <back>")
    says(maria, "suppressed", "bounce", Why("5.1.1", "550 no <such> user", made.pk))

    shown = page(creator, maria)

    assert "The mail server refused the address." in shown
    assert "5.1.1: “550 no &lt;such&gt; user”" in shown
    assert f'<a href="{reverse("campaign", args=[made.pk])}">Win &lt;back&gt;</a>' in shown
    assert "Since " in shown
    assert BUTTON in shown


def test_a_member_reads_why_and_lifts_nothing(member: Client, maria: Profile) -> None:
    says(maria, "suppressed", "bounce", Why("5.1.1"))

    shown = page(member, maria)

    assert ("5.1.1" in shown, BUTTON in shown) == (True, False)
    assert press(member, maria) == 403
    assert states() == [("maria", "suppressed", "bounce", "5.1.1")]


def test_after_a_bounce_it_is_allowed_again_once_and_the_trail_says_by_whom(creator: Client, maria: Profile) -> None:
    says(maria, "suppressed", "bounce", Why("5.1.1"))

    assert [press(creator, maria), press(creator, maria)] == [302, 302]

    assert states() == []
    (entry,) = AuditEntry.objects.filter(action="allowed again")
    assert (entry.object_id, entry.changes) == (
        str(maria.pk), {"E-mail": ["Suppressed: bounce 5.1.1", "Nothing said"]},
    )  # fmt: skip
    assert entry.actor is not None
    assert entry.actor.role == Role.CREATOR


def test_who_had_subscribed_is_subscribed_again(creator: Client, maria: Profile) -> None:
    Subscription.objects.create(profile=maria, channel="email", state="subscribed")
    says(maria, "suppressed", "bounce", Why("5.1.1", "no", 7))

    press(creator, maria)

    assert states() == [("maria", "subscribed", "", "")]


def test_everybody_at_the_address_is_allowed_again_who_did_not_say_no(creator: Client, maria: Profile) -> None:
    Profile.objects.create(identity="twin", email="MARIA@example.com")
    said_no = Profile.objects.create(identity="no", email="maria@Example.com")
    Profile.objects.create(identity="other", email="other@example.com")
    Subscription.objects.create(profile=said_no, channel="email", state="unsubscribed", cause="link")
    says(maria, "suppressed", "bounce")
    says(Profile.objects.get(identity="other"), "suppressed", "bounce")

    press(creator, maria)

    assert states() == [("no", "suppressed", "bounce", ""), ("other", "suppressed", "bounce", "")]
    assert AuditEntry.objects.get(action="allowed again").reason == "1 more at the same address"


@pytest.mark.parametrize(
    "said",
    [
        [("unsubscribed", "link")],
        [("unsubscribed", "provider")],
        [("suppressed", "complaint")],
        [("unsubscribed", "link"), ("suppressed", "bounce")],
        [("suppressed", "bounce"), ("unsubscribed", "mail")],
        [("suppressed", "bounce"), ("suppressed", "complaint")],
        [("suppressed", "by hand")],
    ],
)
def test_a_no_of_their_own_is_never_lifted(creator: Client, maria: Profile, said: list[tuple[str, str]]) -> None:
    for each in said:
        says(maria, *each)
    before = states()

    assert BUTTON not in page(creator, maria)
    assert press(creator, maria) == 302

    assert states() == before
    assert not AuditEntry.objects.filter(action="allowed again").exists()


def test_the_page_says_why_a_complaint_stays(creator: Client, maria: Profile) -> None:
    says(maria, "suppressed", "complaint")

    assert "A complaint is a no of their own: it stays, and nobody here can lift it." in page(creator, maria)


@pytest.mark.parametrize("channel", ["", "x", "sms"])
def test_another_channel_lifts_nothing(creator: Client, maria: Profile, channel: str) -> None:
    says(maria, "suppressed", "bounce")

    press(creator, maria, channel=channel)

    assert states() == [("maria", "suppressed", "bounce", "")]


def test_what_was_said_of_an_older_no_is_not_shown_of_a_later_yes(creator: Client, maria: Profile) -> None:
    says(maria, "unsubscribed", "provider", Why("5.7.1", "not wanted"))

    take_in(Identify(user_id="maria", subscriptions={"email": True}))

    assert [each[:2] for each in states()] == [("maria", "subscribed")]
    assert "5.7.1" not in page(creator, maria)


@pytest.mark.parametrize("said", [("unsubscribed", "link"), ("suppressed", "complaint")])
def test_a_no_of_somebody_merged_into_them_is_never_lifted(
    creator: Client, maria: Profile, said: tuple[str, str]
) -> None:
    take_in(Identify(anonymous_id="a1", properties={"email": "anonymous@example.com"}))
    says(Profile.objects.get(identity=None), *said)
    says(maria, "suppressed", "bounce")

    take_in(Identify(user_id="maria", anonymous_id="a1"))
    press(creator, maria)

    assert states() == [("maria", "suppressed", "bounce", "")]


def test_a_bounce_of_somebody_merged_into_them_keeps_its_words_and_their_own_yes(
    creator: Client, maria: Profile
) -> None:
    take_in(Identify(user_id="maria", subscriptions={"email": True}))
    take_in(Identify(anonymous_id="a1", properties={"email": "anonymous@example.com"}))
    says(Profile.objects.get(identity=None), "suppressed", "bounce", Why("5.1.1", "no such user"))

    take_in(Identify(user_id="maria", anonymous_id="a1"))

    assert "5.1.1: “no such user”" in page(creator, maria)
    press(creator, maria)
    assert states() == [("maria", "subscribed", "", "")]


def test_who_says_no_while_suppressed_is_not_allowed_again(creator: Client, maria: Profile) -> None:
    says(maria, "suppressed", "bounce")

    take_in(Identify(user_id="maria", subscriptions={"email": False}))
    press(creator, maria)

    assert states() == [("maria", "suppressed", "bounce", "")]
