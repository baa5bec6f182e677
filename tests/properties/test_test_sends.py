"""However tests are sent and sent again, an hour holds as many of a user's as there may be, and never more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from campaigns import editor, testing
from campaigns.editor import Draft
from campaigns.models import Tester, TestSend
from campaigns.testing import Refused, Wanted
from tests import factories

pytestmark = pytest.mark.django_db
thorough = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],  # making a failing case smaller takes minutes
)

HOUR = timedelta(hours=1)
PEOPLE = 50
steps = st.lists(
    st.tuples(
        st.sampled_from(["alice", "alice", "carol"]),
        st.sampled_from(["start", "again", "again"]),
        st.integers(1, PEOPLE),
        st.sampled_from([0, 0, 1, 20, 59, 60]).map(lambda minutes: timedelta(minutes=minutes)),
    ),
    min_size=8,
    max_size=20,
)


@dataclass
class Bench:
    """Two users who press, and what an oracle says was put on its way: (when, how many), by user."""

    draft: Draft
    people: list[int]
    sent: dict[str, list[tuple[datetime, int]]] = field(default_factory=lambda: {"alice": [], "carol": []})
    tests: dict[str, TestSend] = field(default_factory=dict)

    def lately(self, name: str, now: datetime) -> int:
        return sum(messages for at, messages in self.sent[name] if at > now - HOUR)

    def press(self, name: str, kind: str, size: int, now: datetime) -> tuple[int, bool]:
        """How many it was about, and whether they were sent."""
        me, test = factories.user(name), self.tests.get(name)
        if kind == "start" or test is None or now - test.at > HOUR:
            return size, self.starts(name, me, size, now)
        size = test.messages.update(state="failed")
        return size, goes(lambda: testing.again(test, by=me, now=now))

    def starts(self, name: str, me: User, size: int, now: datetime) -> bool:
        def begin() -> None:
            self.tests[name] = testing.start(self.draft, Wanted(self.people[:size]), by=me, now=now)

        return goes(begin)


def goes(press: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            press()
    except Refused:
        return False
    return True


@pytest.fixture
def bench() -> Bench:
    me, people = factories.user(), factories.people(PEOPLE)
    for pk in people:
        Tester.objects.create(profile_id=pk, added_by=me, added_at=factories.NOW)
    factories.user("carol")
    return Bench(editor.load(factories.campaign(state="draft").pk), people)


@thorough
@given(steps=steps)
def test_a_press_is_refused_exactly_where_the_hour_would_hold_too_many(bench: Bench, steps: list[Any]) -> None:
    now, bench.sent, bench.tests = factories.NOW, {"alice": [], "carol": []}, {}
    with transaction.atomic():
        for name, kind, size, pause in steps:
            now += pause
            messages, was_sent = bench.press(name, kind, size, now)
            assert was_sent == (bench.lately(name, now) + messages <= testing.MOST_AN_HOUR)
            if was_sent:
                bench.sent[name].append((now, messages))
        transaction.set_rollback(True)
