"""A provider that asks to slow down is sent half as much by all workers, then slowly more again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as thoroughness
from hypothesis import strategies as st
from pytest_django import Settings

from connectors import health, pace
from connectors.base import Fault, Receipt
from connectors.models import Connection
from connectors.status import status
from tests.connectors.factories import connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    pace.lately.clear()


NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HALVE = Receipt("1", "retry", "", "429", 0.0, Fault.BUSY, pace="halve")
HOLD = Receipt("1", "retry", "", "429", 0.0, Fault.BUSY, pace="hold")
NEARLY = Receipt("1", "accepted", pace="hold")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def note(made: Connection, *receipts: Receipt, at: float = 0.0) -> int | None:
    """The pace after it, in messages a second."""
    health.note(made, receipts, now=later(at))
    made.refresh_from_db()
    assert made.scope
    made.scope.refresh_from_db()
    return pace.slowed(made, later(at))


def sent_within(made: Connection, start: float, seconds: int, batch: int) -> int:
    sent = 0
    for tenth in range(seconds * 10):
        if health.take(made, batch, now=later(start + tenth / 10)) is None:
            sent += batch
    return sent


@pytest.mark.parametrize(("rate", "half"), [(None, 135), (1000, 500), (10, 5), (1, None)])
def test_the_rate_of_all_workers_is_halved(rate: int | None, half: int | None) -> None:
    made = connection(rate_per_second=rate)

    assert note(made, HALVE) == half


def test_without_a_rate_it_is_halved_from_what_went_out_lately(settings: Settings) -> None:
    settings.WORKERS = 2
    made = connection()
    for second in range(4):
        health.take(made, 500, now=later(second))

    assert note(made, HALVE, at=4) == 500


def test_no_more_goes_than_the_pace_allows() -> None:
    made = connection(rate_per_second=1000)
    note(made, HALVE)

    assert 500 <= sent_within(made, 0, 1, 50) <= 1_000
    assert sent_within(made, 1, 1, 50) <= 600


def test_what_several_workers_hear_within_a_second_is_one_wish() -> None:
    made = connection(rate_per_second=1000)

    assert [note(made, HALVE, at=at) for at in (0, 0.3, 1, 1.5)] == [500, 503, 510, 258]


def test_it_grows_slowly_and_never_beyond_the_rate_that_is_set() -> None:
    made = connection(rate_per_second=1000)
    note(made, HALVE)

    assert [pace.slowed(made, later(seconds)) for seconds in (1, 10, 34, 36, 500)] == [510, 610, 981, None, None]
    assert sent_within(made, 100, 2, 100) <= 3_000


def test_a_second_wish_halves_what_has_grown() -> None:
    made = connection(rate_per_second=1000)
    note(made, HALVE)

    assert note(made, HALVE, at=10) == 305


def test_acceleration_keeps_the_pace_and_lets_it_grow_later() -> None:
    made = connection(rate_per_second=1000)
    note(made, HALVE)

    assert note(made, HOLD, at=10) == 610
    assert [pace.slowed(made, later(seconds)) for seconds in (40, 70, 71)] == [610, 610, 622]


def test_a_wish_to_halve_counts_while_the_pace_is_held() -> None:
    made = connection(rate_per_second=1000)
    note(made, HOLD)

    assert note(made, HALVE, at=0.5) == 500


def test_who_is_not_slowed_down_hears_nothing_of_a_limit_that_is_nearly_used_up() -> None:
    made = connection()

    assert note(made, NEARLY) is None
    note(made, HALVE, at=1)
    assert note(made, NEARLY, at=1.5) == pace.slowed(made, later(60)) == 137


def test_after_ten_minutes_of_growth_nothing_is_left_of_it() -> None:
    made = connection()
    note(made, HALVE)

    assert pace.slowed(made, later(601)) is None
    note(made, Receipt("1", "accepted"), at=601)
    assert made.scope
    assert (made.scope.pace, health.take(made, 10**6, now=later(601))) == (None, None)


def test_batches_are_planned_no_larger_than_the_pace() -> None:
    made = connection()
    note(made, HALVE)

    assert health.batch_limit(made) == 135


def test_resuming_keeps_what_the_provider_asked_of_the_sender() -> None:
    made = connection(state="paused")
    note(made, HALVE, Receipt("2", "retry", "", "429", 17.0, Fault.RATE_LIMITED))

    health.resume(made, by=None)
    made.refresh_from_db()

    assert (pace.slowed(made, NOW), health.take(made, 1, now=NOW)) == (135, later(17))


def test_the_page_says_how_slow_it_is() -> None:
    made = connection(kind="mparticle")
    note(made, HALVE)

    shown = status(made, now=later(1))

    assert shown.word == "Slowed down"
    assert shown.words == ("The provider asked to slow down: about 138 messages a second now, and slowly more again.")


def test_a_failure_since_then_is_what_the_page_says() -> None:
    made = connection(kind="mparticle")
    note(made, HALVE)
    health.note(made, [Receipt("2", "retry", "", "It could not be reached.", 0.0, Fault.UNAVAILABLE)], now=later(1))
    made.refresh_from_db()

    shown = status(made, now=later(2))

    assert (shown.word, shown.words) == ("Failed last time", "It could not be reached.")


wishes = st.lists(st.tuples(st.floats(0, 90), st.sampled_from([HALVE, HOLD, NEARLY])), max_size=12)


@thoroughness(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes, st.sampled_from([None, 1, 7, 400, 2**31 - 1]))
def test_whatever_is_wished_there_is_always_a_pace_and_never_above_the_rate(
    said: list[tuple[float, Receipt]], rate: int | None
) -> None:
    made, at = Connection.objects.create(name=f"p{Connection.objects.count()}", kind="file", rate_per_second=rate), 0.0
    for wait, receipt in said:
        before = pace.slowed(made, later(at + wait))
        at += wait
        after = note(made, receipt, at=at)

        assert made.scope is not None
        assert made.scope.pace is None or made.scope.pace >= 1
        assert after is None or rate is None or after <= rate
        if receipt is not HALVE and before is not None:
            assert after == before
