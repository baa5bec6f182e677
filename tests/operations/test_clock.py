"""The clock hands out what is due, never more than the workers can soon do, and never starves what falls due next."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django_q.models import OrmQ
from django_q.models import Task as OrmTask

from operations.clock import choose, tick
from operations.queue import PERFORM, Queue, Task

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PLAN, SEND, OTHER = ("campaigns.plan", 1), ("campaigns.deliver", 2), ("campaigns.deliver", 3)


def test_task_named_once_is_not_handed_out_while_it_is_in_the_queue() -> None:
    assert choose(Counter([PLAN]), [PLAN], workers=2) == []


def test_task_named_for_several_workers_leaves_room_for_what_comes_next() -> None:
    assert choose(Counter(), [SEND] * 8, workers=2) == [SEND] * 3
    assert choose(Counter([SEND] * 3), [PLAN, *[SEND] * 8], workers=2) == [PLAN]


def test_queue_holds_at_most_twice_the_workers() -> None:
    assert choose(Counter(), [PLAN, SEND, OTHER, SEND, OTHER, SEND], workers=2) == [PLAN, SEND, OTHER, SEND]
    assert choose(Counter([PLAN, SEND, OTHER, SEND]), [OTHER] * 4, workers=2) == []


@pytest.mark.django_db
def test_tick_fills_only_its_own_queue_and_asks_nothing_when_that_is_full() -> None:
    own, foreign = Queue("own"), Queue("foreign")
    foreign.put(PLAN)

    first = tick(own, lambda now, limit: [PLAN, SEND], workers=1, now=NOW)
    second = tick(own, unexpected, workers=1, now=NOW)

    assert (first, second) == ([PLAN, SEND], [])
    assert own.tasks() == Counter([PLAN, SEND])
    assert foreign.tasks() == Counter([PLAN])


@pytest.mark.django_db
def test_task_that_failed_rests_and_is_handed_out_again() -> None:
    OrmTask.objects.create(
        id="1", name="campaigns.plan:1", func=PERFORM, started=NOW, stopped=NOW, success=False, result="", cluster="q"
    )
    queue = Queue("own")

    at_once = tick(queue, lambda now, limit: [PLAN, SEND], workers=2, now=NOW + timedelta(seconds=1))
    rested = tick(queue, lambda now, limit: [PLAN, SEND], workers=2, now=NOW + timedelta(seconds=6))

    assert (at_once, rested) == ([SEND], [PLAN])


def unexpected(now: datetime, limit: int) -> list[Task]:
    raise AssertionError("The queue is full: nobody needs to look for more.")


@pytest.mark.django_db
def test_queue_forgets_one_task_of_a_dead_worker_and_can_be_emptied() -> None:
    own, foreign = Queue("own"), Queue("foreign")
    for queue in (own, own, foreign):
        queue.put(SEND)

    own.forget(SEND)
    after_one = own.tasks()
    own.clear()

    assert after_one == Counter([SEND])
    assert list(OrmQ.objects.values_list("key", flat=True)) == ["foreign"]
