"""Floods on the real server: who sends too much is told when to come back, the others and the pages are served."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import transaction

from people import catalogue
from people.models import Event
from tests.people.pressure.wire import Crowd, Got, Server, event, keys
from tests.stack import lock_waiters, wait_until

pytestmark = pytest.mark.stack
IN_HAND, OF_ONE = 32, 15  # the server's settings


@contextmanager
def ingest_halted() -> Iterator[None]:
    """Nothing new gets through meanwhile: whoever brings a new name waits for the catalogue's lock."""
    with transaction.atomic():
        catalogue.lock()
        yield


def sends(server: Server, key: str, name: str) -> partial[Got]:
    return partial(server.ask, "POST", "/1/upload", {"d": [event(name)]}, **{"X-CleverTap-Passcode": key})


def answered(crowd: Crowd) -> bool:
    return len(crowd.answers) == len(crowd.threads) - IN_HAND


def test_a_flood_is_turned_away_in_words_and_what_was_accepted_is_there_once(server: Server):
    greedy, *modest = keys(11)
    crowd = Crowd()

    with ingest_halted():
        for number in range(100):
            crowd.sends("greedy", sends(server, greedy, f"greedy-{number}"))
        wait_until(lambda: len(crowd.answers) == 100 - OF_ONE, "one key's surplus is turned away")
        for number in range(100):
            crowd.sends("modest", sends(server, modest[number % 10], f"modest-{number}"))
        wait_until(lambda: answered(crowd), "what does not fit is turned away")
        page, health = server.ask("GET", "/login"), server.ask("GET", "/health")
    crowd.wait()

    assert (page.status, health.status in (200, 503)) == (200, True)
    assert Counter((name, each.status) for name, each in crowd.answers) == {
        ("greedy", 429): 100 - OF_ONE,
        ("greedy", 200): OF_ONE,
        ("modest", 200): IN_HAND - OF_ONE,
        ("modest", 503): 100 - IN_HAND + OF_ONE,
    }
    refused = [each for _, each in crowd.answers if each.status != 200]
    assert {each.headers["retry-after"].isdigit() for each in refused} == {True}
    assert {each.headers["access-control-expose-headers"] for each in refused} == {"Retry-After"}
    assert {(each.told["status"], each.told["success"], each.told["code"]) for each in refused} == {
        ("fail", False, "too_many_requests"),
        ("fail", False, "service_unavailable"),
    }
    kept = Event.objects.filter(name__name__regex="^Did (greedy|modest)-")
    assert (kept.count(), kept.values("name").distinct().count()) == (IN_HAND, IN_HAND)


def test_after_a_flood_everybody_is_served_again(server: Server):
    [key] = keys(1)
    before = Event.objects.count()

    answers = [sends(server, key, f"calm-{number}")().status for number in range(40)]

    assert (set(answers), Event.objects.count() - before) == ({200}, 40)


def test_without_a_halt_every_one_of_200_connections_is_answered_and_kept_or_told_to_come_back(server: Server):
    [key], crowd, before = keys(1), Crowd(), Event.objects.count()

    for number in range(200):
        crowd.sends("any", sends(server, key, f"free-{number}"))
    crowd.wait()

    assert len(crowd.answers) == 200
    assert {each.status for _, each in crowd.answers} <= {200, 429, 503}
    assert all(each.status == 200 or each.headers["retry-after"] == "1" for _, each in crowd.answers)
    assert Event.objects.count() - before == len(crowd.of(200))


def test_pages_have_threads_of_their_own(server: Server):
    """More pages than web threads are asked for while all ingest threads wait for the database."""
    [key], crowd = keys(1), Crowd()

    with ingest_halted():
        for number in range(OF_ONE):
            crowd.sends("any", sends(server, key, f"behind-{number}"))
        wait_until(lambda: lock_waiters() > 0, "the ingest threads wait for the database")
        pages = [server.ask("GET", "/login").status for _ in range(10)]
    crowd.wait()

    assert (set(pages), crowd.of(200)) == ({200}, ["any"] * OF_ONE)
