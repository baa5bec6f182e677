"""Requests that wait for one another are stored in one transaction, and none of them can tell."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from django.db import connection, transaction

from accounts.models import AccountSettings
from people import ingest as module
from people.checking import Checked, check
from people.ingest import ingest_live
from people.models import SeenMessage
from people.records import Outcome, Record
from people.together import Turns, Waiting
from tests.people.facts import NOW, ago, counts, did, events_of, person, properties_of, reasons, same, summary_of

LONG = 30  # seconds until a test that waits gives up


class Doing:
    """Does works, a list of texts at once; the first time it goes on when it is told, and calls the next before that
    where it `calls`."""

    def __init__(self, *, calls: bool = False) -> None:
        self.groups: list[list[str]] = []
        self.begun, self.go_on, self.calls = threading.Event(), threading.Event(), calls

    def __call__(self, works: Sequence[str], call_next: Callable[[], None]) -> list[str]:
        self.groups.append(list(works))
        if not self.begun.is_set():
            self.begun.set()
            if self.calls:
                call_next()
            assert self.go_on.wait(LONG)
        if "bad" in works:
            raise ValueError("bad")
        if "ended" in works:
            raise SystemExit
        return [work.upper() for work in works]


def taken(turns: Turns[str, str], doing: Doing, first: str, *others: str) -> dict[str, object]:
    """What each thread got: `first` is begun, the others come one after the other while it is under way."""
    got: dict[str, object] = {}

    def take(work: str) -> None:
        try:
            got[work] = turns.take(work, len(work))
        except BaseException as error:
            got[work] = error

    threads = [threading.Thread(target=take, args=(work,)) for work in (first, *others)]
    threads[0].start()
    assert doing.begun.wait(LONG)
    for place, thread in enumerate(threads[1:], start=1):
        thread.start()
        wait_until(lambda place=place: len(turns.queue) == place)  # type: ignore[misc]
    doing.go_on.set()
    for thread in threads:
        thread.join(LONG)
    return got


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_what_waits_is_done_together_in_the_order_it_came():
    doing = Doing()
    got = taken(Turns(doing, 100), doing, "a", "b", "c", "d")

    assert got == {"a": "A", "b": "B", "c": "C", "d": "D"}
    assert doing.groups == [["a"], ["b", "c", "d"]]


def test_only_so_much_is_done_together():
    doing = Doing()
    got = taken(Turns(doing, 4), doing, "a", "bb", "cc", "ddddd", "e")

    assert sorted(map(str, got.values())) == ["A", "BB", "CC", "DDDDD", "E"]
    assert doing.groups == [["a"], ["bb", "cc"], ["ddddd"], ["e"]]


def test_nobody_fails_for_anothers_sake():
    doing = Doing()
    got = taken(Turns(doing, 100), doing, "a", "b", "bad", "d")

    assert str(got.pop("bad")) == "bad"
    assert got == {"a": "A", "b": "B", "d": "D"}
    assert doing.groups == [["a"], ["b", "bad", "d"], ["b"], ["bad"], ["d"]]


def test_a_thread_that_is_ended_leaves_the_others_work_to_them():
    doing = Doing()
    got = taken(Turns(doing, 7), doing, "a", "ended", "c", "d")

    assert isinstance(got.pop("ended"), SystemExit)
    assert got == {"a": "A", "c": "C", "d": "D"}


def test_the_next_are_done_while_the_first_only_waits():
    doing = Doing(calls=True)
    turns, got = Turns(doing, 100), dict[str, str]()
    first = threading.Thread(target=lambda: got.update(a=turns.take("a", 1)))
    first.start()
    assert doing.begun.wait(LONG)
    while_it_waits = (turns.take("b", 1), turns.take("c", 1), dict(got))
    doing.go_on.set()
    first.join(LONG)

    assert (while_it_waits, got) == (("B", "C", {}), {"a": "A"})
    assert (doing.groups, turns.leader, list(turns.queue)) == ([["a"], ["b"], ["c"]], None, [])


def together(*requests: Sequence[Record]) -> list[Outcome]:
    return module.store_together([(check(records, now=NOW), NOW) for records in requests], "test")


FIRST: list[Record] = [
    did("ann", id="m1", price=1),
    did("ann", at=ago(days=-9)),
    person("ann", plan="gold"),
    same("ann", "bob"),
]
SECOND: list[Record] = [person("bob"), did("ann", id="m1", price=2), did("undefined"), did("bob", "Ordered", id="m2")]


@pytest.mark.django_db
def test_each_request_has_the_outcome_that_it_has_alone():
    first, second = together(FIRST, SECOND)

    assert (first.accepted, reasons(first)) == (3, [(1, "time_out_of_range")])
    assert (second.accepted, reasons(second)) == (3, [(2, "no_identity")])
    assert (events_of("ann"), properties_of("ann")) == ([("Viewed", NOW)], {"plan": "gold"})
    assert (list(summary_of("ann")), list(summary_of("bob"))) == (["Viewed"], ["Ordered"])


@pytest.mark.django_db
def test_the_next_are_called_when_nothing_but_the_commit_is_left():
    stands: list[tuple[bool, tuple[int, int]]] = []
    works = [(check([did("ann")], now=NOW), NOW), (check([did("bob")], now=NOW), NOW)]

    module.store_together(works, "test", lambda: stands.append((bool(connection.in_atomic_block), counts())))

    assert stands == [(True, (2, 2))]


@pytest.mark.django_db
def test_what_the_catalogue_refuses_is_refused_in_its_own_request():
    limits = AccountSettings.current()
    limits.event_name_limit = 1
    limits.save()

    first, second = together([did("ann"), did("undefined")], [did("ann"), did("ann", "Zapped"), did("bob")])

    assert (first.accepted, reasons(first)) == (1, [(1, "no_identity")])
    assert (second.accepted, reasons(second)) == (2, [(1, "too_many_event_names")])


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_lose_and_double_nothing():
    outcomes: list[Outcome] = []

    def send(sender: int) -> None:
        try:
            for number in range(5):
                own = [did(f"p{place}", id=f"{sender}-{number}-{place}") for place in range(20)]
                outcomes.append(ingest_live([*own, did("all", id=f"shared-{number}")], source="test", now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [outcome.accepted for outcome in outcomes] == [21] * 40
    assert (counts(), SeenMessage.objects.count()) == ((21, 805), 805)


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_of_the_caller_nothing_is_shared():
    turns, somebody = module.turns("test"), Waiting[tuple[Checked, datetime], Outcome]((check([], now=NOW), NOW), 0)
    assert turns.begins(somebody)  # is at it

    with transaction.atomic():
        ingest_live([did("ann")], source="test", now=NOW)
        transaction.set_rollback(True)

    turns.call_next(somebody)
    assert counts() == (0, 0)
