"""Connections that the other side takes for the same sender share one rate, one pace and one wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from hypothesis import HealthCheck, given
from hypothesis import settings as thoroughness
from hypothesis import strategies as st
from pytest_django import Settings

from connectors import connections, health, pace, scopes
from connectors.base import Fault, Receipt
from connectors.models import Connection, Scope
from connectors.secrets import seal
from tests import factories
from tests.connectors.factories import connection

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
EU = "https://events.eu1.segmentapis.com/v1"
HOOK = "https://hooks.example.com"


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    pace.lately.clear()


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def made(kind: str, config: dict[str, object], **secrets: str) -> Connection:
    return connection(kind, config=config, secrets=seal(secrets))


def are_one(kind: str, one: dict[str, object], other: dict[str, object], mine: str = "k", theirs: str = "k") -> bool:
    """Whether two connections of a kind share a scope; their credential is `mine` and `theirs`."""
    credential = {
        "segment": "write_key", "mparticle": "key", "eventbridge": "access_key_id", "webhook": "bearer_token",
        "email": "api_key", "file": "none",
    }[kind]  # fmt: skip
    first, second = made(kind, one, **{credential: mine}), made(kind, other, **{credential: theirs})
    return scopes.of(first) == scopes.of(second)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("segment", {}, {"url": "https://API.segment.io:443/v1/", "compress": False}),
        ("mparticle", {"environment": "production"}, {"environment": "development"}),
        ("eventbridge", {"bus": "a"}, {"bus": "b", "region": "us-east-1", "url": "https://vpce-1.example.com"}),
        ("webhook", {"url": f"{HOOK}/a", "auth": "bearer"}, {"url": f"{HOOK}./b", "auth": "bearer", "batch_size": 9}),
        ("webhook", {"url": f"{HOOK}/a", "auth": "basic", "user": "u"}, {"url": HOOK, "auth": "basic", "user": "u"}),
        ("webhook", {"url": f"{HOOK}/a"}, {"url": f"{HOOK}/b"}),
        ("email", {"host": "smtp.example.com", "port": 587}, {"host": "SMTP.example.com", "port": 465}),
        ("email", {"service": "postmark", "from_address": "a@a.com"}, {"service": "postmark"}),
    ],
)
def test_the_same_sender_to_the_same_provider_has_one_scope(
    kind: str, one: dict[str, object], other: dict[str, object]
) -> None:
    assert are_one(kind, one, other)


@pytest.mark.parametrize(
    ("kind", "one", "other", "theirs"),
    [
        ("segment", {}, {}, "another"),
        ("segment", {}, {"url": EU}, "k"),
        ("mparticle", {}, {"url": "https://s2s.eu1.mparticle.com/v2"}, "k"),
        ("eventbridge", {}, {"region": "eu-west-1"}, "k"),
        ("webhook", {"url": HOOK}, {"url": f"{HOOK}:8443"}, "k"),
        ("webhook", {"url": HOOK}, {"url": HOOK, "auth": "bearer"}, "k"),
        ("webhook", {"url": HOOK, "auth": "bearer"}, {"url": HOOK, "auth": "bearer"}, "another"),
        ("webhook", {"url": HOOK, "auth": "basic", "user": "a"}, {"url": HOOK, "auth": "basic", "user": "b"}, "k"),
        ("webhook", {"url": HOOK, "auth": "oauth", "client_id": "a"}, {"url": HOOK, "auth": "oauth"}, "k"),
        ("email", {"host": "smtp.example.com", "user": "a"}, {"host": "smtp.example.com", "user": "b"}, "k"),
        ("email", {"service": "postmark"}, {"service": "resend"}, "k"),
        ("file", {}, {}, "k"),
        ("carrier pigeon", {}, {}, "k"),
    ],
)
def test_another_credential_region_or_host_is_another_scope(
    kind: str, one: dict[str, object], other: dict[str, object], theirs: str
) -> None:
    if kind == "carrier pigeon":
        assert scopes.of(connection(kind)) != scopes.of(connection(kind))
    else:
        assert not are_one(kind, one, other, theirs=theirs)


def test_a_scope_is_named_so_that_no_credential_can_be_tried_on_it(settings: Settings) -> None:
    one = made("segment", {}, write_key="k")
    key = scopes.of(one).key
    settings.SECRETS_KEYS = ["another", *settings.SECRETS_KEYS]

    assert (key.startswith("segment:"), len(key), scopes.key_of(one) == key) == (True, 72, False)


def test_together_they_keep_to_the_smallest_of_their_rates() -> None:
    both = [connection(rate_per_second=30), connection(rate_per_second=10), connection()]
    sent = 0

    for tenth in range(100):
        for each in both:
            if health.take(each, 5, now=later(tenth / 10)) is None:
                sent += 5

    assert 95 <= sent <= 115
    assert [health.batch_limit(each) for each in both] == [10, 10, 10]


def test_a_rate_that_is_changed_or_taken_away_counts_at_once() -> None:
    one, other = connection(rate_per_second=10), connection()
    assert [health.take(other, 10, now=NOW), health.take(other, 10, now=NOW)] == [None, later(1)]

    Connection.objects.filter(pk=one.pk).update(rate_per_second=None)

    assert health.take(other, 10**6, now=NOW) is None


def test_a_wait_and_a_pace_are_those_of_all_who_share() -> None:
    one, other, stranger = connection(), connection(), made("segment", {}, write_key="another")
    asked = Receipt("1", "retry", "", "429", 17.0, Fault.RATE_LIMITED, pace="halve")

    health.note(one, [asked], now=NOW)

    assert [health.take(each, 1, now=NOW) for each in (one, other, stranger)] == [later(17), later(17), None]
    assert list(Connection.objects.ready(NOW)) == [stranger]
    assert [pace.slowed(each, NOW) for each in (one, other, stranger)] == [135, 135, None]


def test_one_that_does_not_answer_or_is_paused_stops_no_other() -> None:
    one, other = connection(), connection(config={"url": "https://api.segment.io/other"})
    for _ in range(5):
        one.refresh_from_db()
        health.note(one, [Receipt("1", "retry", "", "503", 0.0, Fault.UNAVAILABLE)], now=NOW)
    assert [health.take(each, 1, now=NOW) for each in (one, other)] == [later(1), None]

    health.pause(one, "Moving", by=None)

    assert health.take(other, 1, now=NOW) is None


def test_a_new_credential_begins_anew_and_leaves_the_others_theirs() -> None:
    somebody, one, other = factories.user(), connection(), connection()
    health.note(one, [Receipt("1", "retry", "", "429", 17.0, Fault.RATE_LIMITED)], now=NOW)

    connections.change(one, connections.Settings("One", secrets={"write_key": "new"}), by=somebody)

    assert [health.take(each, 1, now=NOW) for each in (one, other)] == [None, later(17)]
    assert scopes.sharing(one) == []


def test_rows_from_before_there_were_scopes_get_theirs_with_the_first_that_sends() -> None:
    both = [connection(rate_per_second=10), connection()]

    health.take(both[1], 10, now=NOW)

    assert Connection.objects.filter(scope=both[1].scope).count() == 2
    assert health.take(both[0], 1, now=NOW) == later(0.1)


def test_another_order_of_the_keys_changes_no_name(settings: Settings) -> None:
    both, keys = [connection(rate_per_second=10), connection()], ["new", *settings.SECRETS_KEYS]
    first = scopes.of(both[0])
    taken = 0

    for turn in range(20):
        settings.SECRETS_KEYS = keys[::-1] if turn % 2 else keys
        taken += health.take(both[turn % 2], 5, now=NOW) is None

    assert taken == 2
    assert set(Connection.objects.values_list("scope", flat=True)) == {first.pk}
    assert scopes.noted(connection()) == first


def test_a_key_that_is_gone_makes_other_names_for_all_at_once_and_they_go_on_as_before(settings: Settings) -> None:
    both, old = [connection(rate_per_second=10), connection()], settings.SECRETS_KEYS
    settings.SECRETS_KEYS = ["new", *old]
    sealed = seal({"write_key": "k"})
    Connection.objects.update(secrets=sealed, scope=None)
    settings.SECRETS_KEYS = [*old, "new"]
    assert health.take(both[0], 10, now=NOW) is None
    settings.SECRETS_KEYS = ["new"]

    assert health.take(both[1], 1, now=NOW) == later(0.1)

    assert set(Connection.objects.values_list("scope", flat=True)) == {both[1].scope_id}
    assert scopes.key_of(both[0]) == both[1].scope_id


def test_credentials_that_cannot_be_read_are_shared_with_nobody() -> None:
    one, other = connection(secrets="broken"), connection(secrets="broken")

    assert [scopes.of(one).key, scopes.of(other).key] == [f"connection:{one.pk}", f"connection:{other.pk}"]


@pytest.mark.parametrize("size", [1, 3])
def test_taking_asks_the_database_as_often_whoever_shares(size: int, django_assert_num_queries: object) -> None:
    all_of_them = [connection(rate_per_second=100) for _ in range(size)]
    health.take(all_of_them[0], 1, now=NOW)

    with django_assert_num_queries(3):  # type: ignore[operator]
        health.take(all_of_them[0], 1, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_workers_that_ask_at_the_same_time_get_no_more_than_there_is() -> None:
    both = [connection(rate_per_second=10), connection()]
    scopes.of(both[0])

    def worker(number: int) -> int:
        one = Connection.objects.get(pk=both[number % 2].pk)
        try:
            return sum(health.take(one, 1, now=NOW) is None for _ in range(8))
        finally:
            database.close()

    with ThreadPoolExecutor(4) as workers:
        taken = list(workers.map(worker, range(4)))

    assert sum(taken) == 10


moves = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 3), st.integers(1, 40)), max_size=40)


@thoroughness(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.lists(st.sampled_from([None, 5, 9, 50]), min_size=3, max_size=3))
def test_whoever_sends_whenever_the_rate_of_all_holds(
    moves: list[tuple[int, float, int]], rates: list[int | None]
) -> None:
    key = f"key {Scope.objects.count()} {Connection.objects.count()}"
    all_of_them = [connection(rate_per_second=rate, secrets=seal({"write_key": key})) for rate in rates]
    least = min((rate for rate in rates if rate), default=None)
    at, sent, last = 0.0, 0, 0
    for who, wait, messages in moves:
        at += wait
        if health.take(all_of_them[who], messages, now=later(at)) is None:
            sent, last = sent + messages, messages
            assert least is None or sent - last <= least * (at + 1) + 0.001
        else:
            assert least is not None
