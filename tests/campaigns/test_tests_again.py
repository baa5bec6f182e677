"""How many tests a user sends, and who sends one again."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import User
from campaigns import testing
from campaigns.models import Campaign, TestPress, TestSend
from campaigns.testing import Refused
from people.models import Profile
from tests import factories
from tests.campaigns.trials import insider, outcomes, sent, start
from tests.factories import NOW

pytestmark = pytest.mark.django_db

COPIES = {"": [("title", "Hello {{ profile.first_name }}")], "pt": [("title", "Oi {{ profile.first_name }}")]}


@pytest.fixture
def ana() -> Profile:
    return insider(identity="ana", first_name="Ana", name="Ana A", language="pt")


@pytest.fixture
def bob() -> Profile:
    return insider(identity="bob", first_name="Bob", name="Bob B", language="en")


def test_a_test_has_a_most_of_messages(ana: Profile) -> None:
    campaign = factories.campaign(copies=COPIES, state="draft")
    many = [ana, *(insider(identity=f"t{n}", first_name=f"T{n}") for n in range(testing.MOST_AT_ONCE // 2))]

    with pytest.raises(Refused, match="These are 52 messages; a test has at most 50"):
        start(campaign, *many, copies="every")

    assert start(campaign, *many).messages.count() == 26


def test_a_user_has_a_most_of_test_messages_within_an_hour(ana: Profile) -> None:
    campaign, me = factories.campaign(state="draft"), factories.user()
    start(campaign, ana, by=me)
    TestPress.objects.create(by=me, at=NOW, messages=testing.MOST_AN_HOUR - 1)

    with pytest.raises(Refused, match="You sent 200 test messages within an hour, and one more is too many"):
        start(campaign, ana, by=me)

    start(campaign, ana, by=factories.user("carol"))
    start(campaign, ana, by=me, now=NOW + timedelta(hours=1))
    assert TestSend.objects.count() == 3


def failed(campaign: Campaign, *people: Profile, by: User | None = None) -> TestSend:
    test = start(campaign, *people, by=by)
    test.messages.update(state="failed", reason="rejected_by_provider", answer="no")
    return test


def test_what_is_sent_again_counts_too_whatever_became_of_the_first(ana: Profile, bob: Profile) -> None:
    test, me = failed(factories.campaign(state="draft"), ana, bob), factories.user()
    TestPress.objects.create(by=me, at=NOW, messages=testing.MOST_AN_HOUR - 3)

    with pytest.raises(Refused, match="You sent 199 test messages within an hour, and 2 more are too many"):
        testing.again(test, by=me, now=NOW)
    bob.delete()
    testing.again(test, by=me, now=NOW)
    test.messages.update(state="failed")

    with pytest.raises(Refused, match="You sent 200 test messages within an hour, and one more is too many"):
        testing.again(test, by=me, now=NOW)


def test_only_who_sent_a_test_sends_it_again(ana: Profile) -> None:
    test = failed(factories.campaign(state="draft"), ana)

    with pytest.raises(Refused, match="alice sent this test, and only they can send it again"):
        testing.again(test, by=factories.user("carol"), now=NOW)

    assert outcomes(test) == [("Ana", "Default", "failed", "rejected_by_provider")]


def test_what_is_on_its_way_arrived_or_is_over_is_not_sent_again(exports: Path, ana: Profile) -> None:
    campaign, me = factories.campaign(state="draft"), factories.user()
    waiting, arrived, old = start(campaign, ana), sent(campaign, ana), failed(campaign, ana)
    held = failed(campaign, ana)
    TestSend.objects.filter(pk=held.pk).update(lease_until=NOW + timedelta(seconds=9))

    for test, words in (
        (waiting, "on its way already"),
        (held, "on its way already"),
        (arrived, "Nothing of this test"),
    ):
        with pytest.raises(Refused, match=words):
            testing.again(test, by=me, now=NOW)
    with pytest.raises(Refused, match="This test is over"):
        testing.again(old, by=me, now=NOW + timedelta(hours=1, seconds=1))

    assert TestPress.objects.count() == 4
