"""Test people: a short list that all who edit campaigns share."""

import pytest

from campaigns import testing
from campaigns.models import Tester
from tests import factories

pytestmark = pytest.mark.django_db


def test_there_is_a_most_of_test_people_and_nobody_is_one_twice() -> None:
    people = [factories.person(identity=f"t{n}") for n in range(testing.MOST_TESTERS)]
    Tester.objects.bulk_create(Tester(profile=each, added_by=factories.user()) for each in people)

    with pytest.raises(testing.Refused, match="There are 50 test people already"):
        testing.add(factories.person(identity="one-more"), by=factories.user(), now=factories.NOW)

    testing.add(people[0], by=factories.user(), now=factories.NOW)
    assert Tester.objects.count() == testing.MOST_TESTERS
