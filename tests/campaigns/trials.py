"""Test sends of tests: test people, a test begun and sent, what became of it."""

from typing import Any

from accounts.models import User
from campaigns import editor, testing
from campaigns.delivery import testing as delivery
from campaigns.models import Campaign, TestSend
from campaigns.testing import Wanted
from people.models import Profile
from tests import factories
from tests.factories import NOW


def insider(**fields: Any) -> Profile:
    person = factories.person(**fields)
    testing.add(person, by=factories.user(), now=NOW)
    return person


def start(campaign: Campaign, *people: Profile, now: Any = NOW, by: User | None = None, **wanted: Any) -> TestSend:
    asked = Wanted([person.pk for person in people], **wanted)
    return testing.start(editor.load(campaign.pk), asked, by=by or factories.user(), now=now)


def sent(campaign: Campaign, *people: Profile, now: Any = NOW, **wanted: Any) -> TestSend:
    test = start(campaign, *people, now=now, **wanted)
    delivery.send(test.pk, now=now)
    return test


def outcomes(test: TestSend) -> list[tuple[str, str, str, str]]:
    return [(row.profile.first_name or "", row.copy, row.state, row.reason) for row in test.messages.all()]
