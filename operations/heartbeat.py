"""Signs of life: rows that the clock and the workers stamp, read by the watchdog and by the health page."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.utils import timezone

from operations.models import Heartbeat

SUPERVISOR = "BELFRY_SUPERVISOR"  # in the environment of the workers: whose they are
HOST = socket.gethostname()

STAMP = """
    INSERT INTO operations_heartbeat (role, host, pid, supervisor, at, task) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (role, host, pid) DO UPDATE
    SET supervisor = excluded.supervisor, at = excluded.at, task = excluded.task
"""


@contextmanager
def working(task: str) -> Iterator[None]:
    """Stamps this process's row before and after the work."""
    stamp(Heartbeat.Role.WORKER, now=timezone.now(), task=task)
    try:
        yield
    finally:
        stamp(Heartbeat.Role.WORKER, now=timezone.now())


def stamp(role: str, *, now: datetime, task: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [role, HOST, os.getpid(), supervisor(), now, task])


def supervisor() -> uuid.UUID:
    """Whose process this is; all zeros outside `workers`."""
    return uuid.UUID(os.environ.get(SUPERVISOR, "0" * 32))


def forget_process() -> None:
    """This process ends as it should: its row goes."""
    Heartbeat.objects.filter(host=HOST, pid=os.getpid()).delete()


def forget_dead_processes() -> None:
    """What was killed on this machine before: nobody is to wait for it."""
    rows = Heartbeat.objects.filter(host=HOST).values_list("pk", "pid")
    Heartbeat.objects.filter(pk__in=[pk for pk, pid in rows if not is_alive(pid)]).delete()


def is_alive(pid: int) -> bool:
    """Of this machine. A killed process that its parent has not buried yet is dead."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
