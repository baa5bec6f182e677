"""Promises of ingest in several processes at once: nothing is lost, doubled or stuck."""

import threading
import time
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, transaction

from people import ingest as module
from people.models import EventName, Identifier, Profile, ProfileEvent
from people.records import Record
from tests.people.facts import NOW, counts, did, person, take_in

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], object]) -> None:
    """Run each in a thread with a connection of its own, begun at the same moment; the first error is raised."""
    begin, errors = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            begin.wait()
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def sender(batches: Sequence[Sequence[Record]]) -> Callable[[], object]:
    return lambda: [take_in(*batch) for batch in batches]


def test_overlapping_people_in_opposite_order_are_all_counted():
    people = [f"p{index}" for index in range(40)]
    forth = [did(who, f"E{index % 3}") for index, who in enumerate(people)] + [person(who, plan="a") for who in people]

    together(sender([forth] * 5), sender([forth[::-1]] * 5), sender([forth] * 5))

    assert counts() == (40, 600)
    assert sum(ProfileEvent.objects.values_list("count", flat=True)) == 600
    assert EventName.objects.count() == 3


def test_same_messages_from_two_senders_are_taken_once():
    messages = [did(f"p{index % 7}", id=f"m{index}") for index in range(200)]

    together(sender([messages]), sender([messages[::-1]]), sender([messages]))

    assert counts() == (7, 200)


def test_anonymous_people_merge_while_their_events_arrive():
    anonymous = [f"a{index}" for index in range(20)]
    take_in(*(person(f"p{index}") for index in range(0, 20, 2)), *(did(None, anonymous=value) for value in anonymous))
    events = [did(None, anonymous=value) for value in anonymous]
    logins = [person(f"p{index}", anonymous=value) for index, value in enumerate(anonymous)]

    together(sender([events] * 5), sender([logins]), sender([events[::-1]] * 5), sender([logins[::-1]]))

    assert counts() == (20, 220)
    assert sum(ProfileEvent.objects.values_list("count", flat=True)) == 220
    assert Identifier.objects.filter(profile__identity=None).count() == 0
    assert not Profile.objects.filter(identity=None).exists()


def wait_until_somebody_waits() -> None:
    """Until another connection stands before a lock of this one."""
    until = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone() is not None:
                return
    raise AssertionError("Nobody waits.")


def test_new_identity_claimed_by_two_anonymous_people_at_one_moment_makes_one_person():
    take_in(did(None, anonymous="a1"), did(None, anonymous="a2"))

    def hold_on() -> None:
        with transaction.atomic():
            take_in(person("ann", anonymous="a1"))
            first_has_it.set()
            wait_until_somebody_waits()

    def come_second() -> None:
        first_has_it.wait()
        take_in(person("ann", anonymous="a2"))

    first_has_it = threading.Event()
    together(hold_on, come_second)

    assert counts() == (1, 2)
    assert ProfileEvent.objects.get().count == 2


def test_new_anonymous_ids_seen_twice_at_once_make_one_person_each():
    first = [did(None, anonymous=f"a{index}") for index in range(100)]

    together(sender([first]), sender([first[::-1]]))

    assert counts() == (100, 200)


def test_failed_batch_leaves_nothing_behind():
    def broken() -> None:
        take_in(did("ann"), did("bob"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        module.retried(broken)

    assert counts() == (0, 0)
    assert EventName.objects.count() == 0
    take_in(did("ann", at=NOW))
    assert counts() == (1, 1)
