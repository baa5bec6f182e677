"""The clock: looks for what is due and hands it to this supervisor's workers, never more than they can soon do."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from operations.queue import Queue, Task, failed

Due = Callable[[datetime, int], list[Task]]


def tick(queue: Queue, due: Due, *, workers: int, now: datetime) -> list[Task]:
    """Hand out what is due and not handed out yet; returns it.

    At most 2 × `workers` tasks are in the queue. A task that is named several times, for several workers, has at most
    one place more than there are workers: whatever falls due next finds a place. A task that failed rests a little.
    """
    queued = queue.tasks()
    resting = failed(now)
    wanted = [task for task in due(now, 2 * workers) if task not in resting] if queued.total() < 2 * workers else []
    handed = choose(queued, wanted, workers)
    for task in handed:
        queue.put(task)
    return handed


def choose(queued: Counter[Task], wanted: list[Task], workers: int) -> list[Task]:
    """What of `wanted` has a place, in that order. Named n times, a task may be in the queue n times."""
    room, named = 2 * workers - queued.total(), Counter[Task]()
    chosen: list[Task] = []
    for task in wanted:
        named[task] += 1
        if len(chosen) < room and queued[task] < min(named[task], workers + 1):
            chosen.append(task)
            queued[task] += 1
    return chosen
