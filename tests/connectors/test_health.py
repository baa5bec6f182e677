"""When a connection may send: rate, breaker, waits and pauses, shared by all workers through its row."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEntry
from connectors import health, scopes
from connectors.base import Fault, Receipt
from connectors.models import Connection, Scope
from connectors.status import status
from tests.connectors.factories import connection

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ACCEPTED = Receipt("1", "accepted")
DOWN = Receipt("1", "retry", "", "Segment answered 503", 0.0, Fault.UNAVAILABLE)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def note(made: Connection, *receipts: Receipt, now: datetime = NOW) -> None:
    health.note(made, receipts, now=now)
    made.refresh_from_db()


def test_without_a_rate_any_number_goes_at_once() -> None:
    made = connection()

    assert [health.take(made, 10**6, now=NOW) for _ in range(3)] == [None, None, None]


def test_who_refuses_most_of_what_is_sent_is_there_but_not_well() -> None:
    made = connection()
    no = Receipt("1", "failed", health.REFUSED, "Hook answered 400: thanks")
    for _ in range(health.BREAKER_OPENS_AT):
        note(made, DOWN)

    note(made, ACCEPTED, no, no, now=later(60))

    shown = status(made, now=later(61))
    assert (made.failures, made.last_success_at, made.last_failure_at) == (0, None, later(60))
    assert shown.word == "Failed last time"
    assert shown.words == "Most of the last messages were refused. Hook answered 400: thanks"


def test_who_refuses_some_of_what_is_sent_is_well() -> None:
    made = connection()
    no = Receipt("1", "failed", health.REFUSED, "Hook answered 400: thanks")

    note(made, ACCEPTED, no)

    assert status(made, now=NOW).word == "Healthy"


@pytest.mark.parametrize("rate", [1, 59, 60, 1000])
def test_a_rate_holds_over_time_whatever_the_batches(rate: int) -> None:
    made, sent, batch = connection(rate_per_second=rate), 0, 7 + rate // 5

    for tenth in range(600):
        if health.take(made, batch, now=later(tenth / 10)) is None:
            sent += batch

    assert rate * 60 - batch <= sent <= rate * 61 + batch


def test_a_huge_rate_lets_everything_go() -> None:
    made = connection(rate_per_second=2**31 - 1)

    assert [health.take(made, 1000, now=NOW) for _ in range(5)] == [None] * 5


def test_a_rate_of_nothing_sends_nothing() -> None:
    made = connection(rate_per_second=0)

    assert health.take(made, 1, now=NOW) is not None


def test_a_rate_that_is_taken_away_while_somebody_asks_is_no_limit() -> None:
    made = connection(rate_per_second=10)
    scope = scopes.of(made)
    assert [health.charge(scope, 10, NOW), health.charge(scope, 10, NOW)] == [None, later(1)]

    Connection.objects.update(rate_per_second=None)

    assert health.charge(scope, 10, NOW) is None
    assert health.charge(Scope(key="gone"), 10, NOW) is None


def test_who_comes_too_early_is_told_when_to_come_again() -> None:
    made = connection(rate_per_second=10)
    health.take(made, 10, now=NOW)

    again = health.take(made, 5, now=NOW)

    assert again == later(0.5)
    assert health.take(made, 5, now=later(0.5)) is None


def test_a_batch_larger_than_the_rate_leaves_a_debt() -> None:
    made = connection(rate_per_second=10)

    assert health.take(made, 100, now=NOW) is None
    assert health.take(made, 1, now=later(5)) == later(9.1)
    assert health.take(made, 1, now=later(9.1)) is None


def test_plans_are_told_how_large_a_batch_may_be() -> None:
    assert health.batch_limit(connection(rate_per_second=59)) == 59
    assert health.batch_limit(connection(kind="file")) is None


def test_a_rate_limit_stops_all_workers_until_its_time() -> None:
    made = connection()

    note(made, ACCEPTED, Receipt("2", "retry", "", "429", 17.0, Fault.RATE_LIMITED))

    assert health.take(made, 1, now=later(16)) == later(17)
    assert health.take(made, 1, now=later(17)) is None
    assert list(Connection.objects.ready(later(16))) == []
    assert list(Connection.objects.ready(later(17))) == [made]


def test_a_shorter_wait_never_shortens_a_longer_one() -> None:
    made = connection()

    note(made, Receipt("1", "retry", "", "", 60.0, Fault.RATE_LIMITED))
    note(made, Receipt("1", "retry", "", "", 5.0, Fault.RATE_LIMITED))

    assert health.take(made, 1, now=NOW) == later(60)


def test_the_breaker_opens_after_five_failures_and_lets_one_worker_try() -> None:
    made = connection()
    for _ in range(4):
        note(made, DOWN)
    assert health.take(made, 1, now=NOW) is None

    note(made, DOWN)

    assert health.take(made, 1, now=NOW) == later(1)
    assert health.take(made, 1, now=later(1)) is None
    assert health.take(made, 1, now=later(1)) == later(1) + health.PROBE


def receipts(taken: int, broken: int) -> list[Receipt]:
    return [*[ACCEPTED] * taken, *[DOWN] * broken]


def test_a_request_that_breaks_now_and_then_opens_no_breaker() -> None:
    made = connection()

    for _ in range(20):
        note(made, *receipts(taken=11, broken=10))

    assert (made.failures, made.last_success_at, made.last_error) == (0, NOW, "")
    assert health.take(made, 1, now=NOW) is None


def test_where_half_of_what_is_sent_breaks_it_is_an_outage() -> None:
    made = connection()

    for _ in range(5):
        note(made, *receipts(taken=10, broken=10))

    assert health.take(made, 1, now=NOW) == later(1)


def test_what_else_is_wrong_is_noted_whatever_breaks_beside_it() -> None:
    made = connection()

    note(made, *receipts(taken=9, broken=1), Receipt("3", "retry", "", "No such key", 0.0, Fault.MISCONFIGURED))

    assert (made.state, made.paused_reason) == ("paused", "No such key")


def test_a_failed_try_keeps_the_breaker_open_longer_up_to_a_minute() -> None:
    made = connection()
    waits = []

    for _ in range(14):
        note(made, DOWN)
        waits.append((made.not_before - NOW).total_seconds() if made.not_before else 0)

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_after_a_failed_try_the_next_one_waits_no_longer_than_the_breaker() -> None:
    made = connection()
    for _ in range(5):
        note(made, DOWN)
    assert health.take(made, 1, now=later(1)) is None

    note(made, DOWN, now=later(1.5))

    assert made.not_before == later(3.5)


def test_a_long_wait_the_provider_asked_for_outlives_the_breaker() -> None:
    made = connection()
    for _ in range(5):
        note(made, DOWN)
    note(made, Receipt("1", "retry", "", "429", 300.0, Fault.RATE_LIMITED))

    note(made, DOWN)

    assert health.take(made, 1, now=NOW) == later(300)


def test_a_success_closes_the_breaker() -> None:
    made = connection()
    for _ in range(6):
        note(made, DOWN)
    assert health.take(made, 1, now=later(2)) is None

    note(made, ACCEPTED, now=later(3))

    assert (made.failures, made.not_before) == (0, None)
    assert health.take(made, 1, now=later(3)) is None


def test_a_success_does_not_lift_a_rate_limit() -> None:
    made = connection()
    note(made, Receipt("1", "retry", "", "429", 17.0, Fault.RATE_LIMITED))

    note(made, ACCEPTED)

    assert health.take(made, 1, now=NOW) == later(17)


@pytest.mark.parametrize("fault", [None, Fault.BUSY, Fault.RATE_LIMITED])
def test_only_a_provider_that_is_down_counts_for_the_breaker(fault: Fault | None) -> None:
    made = connection()

    for _ in range(10):
        note(made, Receipt("1", "failed" if fault is None else "retry", "", "400", 0.0, fault))

    assert made.failures == 0
    assert health.take(made, 1, now=NOW) is None


def test_refused_credentials_pause_the_connection_with_the_reason() -> None:
    made = connection()
    refused = Receipt("1", "retry", "", "The write key was refused.", 0.0, Fault.MISCONFIGURED)

    note(made, refused, refused)
    note(made, refused)

    assert (made.state, made.paused_reason) == ("paused", "The write key was refused.")
    assert health.take(made, 1, now=NOW) == NOW + health.PAUSED_RECHECK
    assert list(Connection.objects.ready(later(1000))) == []
    assert AuditEntry.objects.values_list("action", "object_name", "reason").get() == (
        "paused",
        made.name,
        "The write key was refused.",
    )


def test_resuming_forgets_waits_and_failures() -> None:
    made = connection(state="paused", paused_reason="mended", failures=9, not_before=later(500))

    health.resume(made, by=None)

    assert health.take(made, 1, now=NOW) is None
    assert (made.state, made.paused_reason, made.failures) == ("active", "", 0)
    assert AuditEntry.objects.get().action == "resumed"


def test_the_last_error_and_the_last_success_are_kept() -> None:
    made = connection()

    note(made, ACCEPTED)
    note(made, DOWN, now=later(9))

    assert (made.last_success_at, made.last_failure_at, made.last_error) == (NOW, later(9), "Segment answered 503")


def test_while_all_is_well_the_row_is_written_once_a_second() -> None:
    made = connection()

    assert [health.note(made, [ACCEPTED], now=later(at)) for at in (0, 0.5, 0.9, 1.5)] == [True, False, False, True]
