"""A supervisor's own queue in django-q2: what its workers have been handed and have not finished.

Each supervisor has a queue of its own, so what stands in it is known to be its workers' and can be thrown away with
them: the work itself is in the rows of the apps, and whatever is lost here is found due again.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django_q.conf import Conf
from django_q.models import Failure, OrmQ
from django_q.tasks import async_task

Task = tuple[str, int]
PERFORM = "operations.tasks.perform"
REST = timedelta(seconds=5)  # before a task that failed is tried again


@dataclass(frozen=True, slots=True)
class Queue:
    key: str

    def put(self, task: Task) -> None:
        name, pk = task
        async_task(PERFORM, name, pk, q_options={"cluster": self.key, "task_name": f"{name}:{pk}"})

    def tasks(self) -> Counter[Task]:
        """Handed out and not finished, waiting or at work."""
        return Counter(task_of(row) for row in self.rows())

    def forget(self, task: Task) -> None:
        """A worker died over this one."""
        for row in self.rows():
            if task_of(row) == task:
                row.delete()
                return

    def clear(self) -> None:
        OrmQ.objects.filter(key=self.key).delete()

    def rows(self) -> list[OrmQ]:
        return list(OrmQ.objects.filter(key=self.key).order_by("lock", "pk"))


def task_of(row: OrmQ) -> Task:
    name, pk = row.task.get("args") or ("", 0)
    return name, pk


def failed(now: datetime, *, within: timedelta = REST) -> Counter[Task]:
    """How often each task failed lately; django-q2 keeps what failed."""
    names = Failure.objects.filter(stopped__gt=now - within).values_list("name", flat=True)
    return Counter(named(name) for name in names)


def named(text: str) -> Task:
    """From `name:id`, as a task is called in the queue and in its worker's row."""
    name, _, pk = text.rpartition(":")
    return name, int(pk) if pk.isdecimal() else 0


def purge(now: datetime) -> None:
    """Rows of supervisors that are long gone, and old failures. A fetched row's time is its fetch plus `retry`."""
    day_ago = now - timedelta(days=1)
    OrmQ.objects.filter(lock__lt=day_ago - timedelta(seconds=Conf.RETRY)).delete()
    Failure.objects.filter(stopped__lt=day_ago).delete()
