"""Finds the processes of a `workers` command and kills them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from operations.models import Heartbeat
from tests.stack import Stack, wait_until

PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process and all below it: supervisor, cluster, sentinel, workers, pusher, monitor."""
    children = parents()
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(child for child, parent in children.items() if parent == found[-1])
    return found


def parents() -> dict[int, int]:
    return dict(pair for entry in PROC.iterdir() if entry.name.isdigit() for pair in parent_of(entry))


def parent_of(entry: Path) -> Iterator[tuple[int, int]]:
    try:
        yield int(entry.name), int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return


def kill(pid: int) -> None:
    """Returns when it is dead."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    wait_until(lambda: not is_running(pid), "a killed process is dead", 10)


def busy_workers(task: str) -> list[int]:
    """Workers that say they are at this kind of task."""
    rows = Heartbeat.objects.filter(role=Heartbeat.Role.WORKER, task__startswith=task)
    return list(rows.values_list("pid", flat=True))


def idle_workers() -> list[int]:
    return list(Heartbeat.objects.filter(role=Heartbeat.Role.WORKER, task="").values_list("pid", flat=True))


def keep_running(stack: Stack) -> None:
    """What a service manager does: a supervisor that was killed is started again."""
    supervisor = stack.processes[-1]
    if not is_running(supervisor.pid):
        supervisor.wait()
        stack.start_workers()


def gone(pids: list[int]) -> None:
    """All of them have ended: nothing works on when its supervisor is killed."""
    wait_until(lambda: not [pid for pid in pids if is_running(pid)], "the processes below a killed one end", 20)


def is_running(pid: int) -> bool:
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
