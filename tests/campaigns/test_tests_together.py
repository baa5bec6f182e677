"""Test sends from several tabs at once, each over a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from campaigns import editor, testing
from campaigns.models import Campaign, TestMessage, TestPress, TestSend
from campaigns.testing import Refused, Wanted
from people.models import Profile
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

NOW = factories.NOW
TABS = 4


@pytest.fixture
def ana() -> Profile:
    person = factories.person(identity="ana", first_name="Ana", name="Ana A")
    testing.add(person, by=factories.user(), now=NOW)
    return person


@pytest.fixture
def campaign(exports: Path) -> Campaign:
    return factories.campaign(state="draft")


def start(campaign: Campaign, person: Profile) -> TestSend:
    return testing.start(editor.load(campaign.pk), Wanted([person.pk]), by=factories.user(), now=NOW)


def in_every_tab(press: Callable[[], object]) -> list[str]:
    """What each tab was told, all of them pressing at once; "" where it sent."""
    ready = threading.Barrier(TABS)

    def one() -> str:
        try:
            connection.ensure_connection()
            ready.wait()
            press()
        except Refused as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(TABS) as tabs:
        return sorted(each.result() for each in [tabs.submit(one) for _ in range(TABS)])


def test_of_several_tabs_that_send_again_at_once_one_does(campaign: Campaign, ana: Profile) -> None:
    test, me = start(campaign, ana), factories.user()
    test.messages.update(state="failed")

    told = in_every_tab(lambda: testing.again(TestSend.objects.get(pk=test.pk), by=me, now=NOW))

    assert told == ["", *["This test is on its way already."] * (TABS - 1)]
    assert list(TestPress.objects.values_list("messages", flat=True)) == [1, 1]


def test_several_tabs_share_the_hour_of_their_user(campaign: Campaign, ana: Profile) -> None:
    test, me = start(campaign, ana), factories.user()
    test.messages.update(state="failed")
    TestPress.objects.create(by=me, at=NOW - timedelta(minutes=1), messages=testing.MOST_AN_HOUR - 2)
    draft = editor.load(campaign.pk)

    told = in_every_tab(lambda: testing.start(draft, Wanted([ana.pk]), by=me, now=NOW))

    assert [each[:41] for each in told] == ["", *["You sent 200 test messages within an hour"] * (TABS - 1)]
    assert TestMessage.objects.count() == 2
