"""What a worker performs: a task carries a name and one id; what to do is read from the rows."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from campaigns import apps as campaigns_apps
from campaigns import old_files
from campaigns import tasks as campaigns_tasks
from campaigns.models import TestSend
from connectors import telling
from operations import heartbeat, queue
from operations.models import Heartbeat
from operations.queue import Task
from people import apps as people_apps
from people import old_uploads
from people import tasks as people_tasks
from people.models import SeenMessage
from segments import tasks as segments_tasks
from segments.lists import clearing as old_lists
from segments.reach import cache

SEEN_DAYS = 30
TEST_DAYS = 30


def perform(name: str, pk: int) -> None:
    """Called by django-q2. Raises KeyError for a name that no app knows."""
    task = TASKS[name]
    with heartbeat.working(f"{name}:{pk}"):
        task(pk, time.monotonic() + settings.TASK_SECONDS)


def due(now: datetime, limit: int) -> list[Task]:
    """What all apps find due: campaigns first, and for everything else at most half of the workers at a time."""
    share = max(1, limit // 4)
    others = [each.due(now, share) for each in (segments_tasks, people_tasks, telling)]
    return [*campaigns_tasks.due(now, limit), *chain.from_iterable(others)]


def chores(pk: int, until: float) -> None:
    """A few times a day: partitions ahead of time, and what has served its purpose goes."""
    now = timezone.now()
    people_apps.make_partitions()
    campaigns_apps.make_partitions()
    SeenMessage.objects.filter(received_on__lt=now.date() - timedelta(days=SEEN_DAYS)).delete()
    TestSend.objects.filter(at__lt=now - timedelta(days=TEST_DAYS)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()
    cache.purge(now)
    queue.purge(now)
    old_uploads.clear(now, until)
    old_lists.remove_strays(now)
    old_files.clear(now, until)


TASKS: Final[dict[str, Callable[[int, float], None]]] = {
    **campaigns_tasks.TASKS,
    **people_tasks.TASKS,
    **segments_tasks.TASKS,
    **telling.TASKS,
    "operations.chores": chores,
}
