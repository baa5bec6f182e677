"""The supervisor behind `manage.py workers`: the clock, the django-q2 cluster as a child, and the watchdog over it."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from django_q.conf import Conf

from operations import clock, heartbeat, tasks
from operations.models import Heartbeat
from operations.queue import Queue, named

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks at the workers
CHORES_SECONDS = 6 * 3600.0
START_SECONDS = 30.0  # a cluster that has no worker by then is stuck
STOP_SECONDS = 30.0
LONGEST_PAUSE = 15.0  # between two tries to reach the database or to start the cluster
TASK_LIMIT = timedelta(seconds=Conf.TIMEOUT + 5)  # a worker at it for longer is stuck itself


class Supervisor:
    """One `workers` command. Its queue is its own; losing all of it loses nothing."""

    def __init__(self) -> None:
        self.id = uuid.uuid4()
        os.environ[heartbeat.SUPERVISOR] = str(self.id)
        self.queue = Queue(f"belfry-{self.id.hex[:16]}")
        self.stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.database_was_away = False
        self.starts_in_a_row = 0
        self.next_look = self.next_chores = 0.0
        self.last_stamp = datetime.min.replace(tzinfo=UTC)
        self.quiet_since = time.monotonic()

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then the workers finish what they have in hand."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask_to_stop)
        log.info("Workers of supervisor %s start", self.id)
        try:
            self.supervise()
        finally:
            self.stop_cluster()
            self.leave()

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def supervise(self) -> None:
        pause = settings.CLOCK_SECONDS
        while not self.stopping.wait(pause):
            try:
                self.tick(timezone.now())
                pause = settings.CLOCK_SECONDS
            except (OperationalError, InterfaceError) as error:
                log.warning("The database does not answer: %s", error)
                self.database_was_away |= connection.connection is None or bool(connection.connection.closed)
                pause = rested(pause)
            except Exception:  # whatever it is, the clock must go on
                log.exception("The clock stumbled")
                pause = rested(pause)

    def tick(self, now: datetime) -> None:
        """One look at everything: chores, due work, then now and then the workers."""
        if self.database_was_away:  # the cluster's parts do not all survive that; what was sent is written first
            self.stop_cluster()
            self.restart_cluster()
            self.database_was_away = False
        if time.monotonic() >= self.next_chores:
            heartbeat.forget_dead_processes()
            self.queue.put(("operations.chores", 0))
            self.next_chores = time.monotonic() + CHORES_SECONDS
        clock.tick(self.queue, tasks.due, workers=settings.WORKERS, now=now)
        if time.monotonic() >= self.next_look:
            heartbeat.stamp(Heartbeat.Role.CLOCK, now=now)
            self.look_after_workers(now)
            self.next_look = time.monotonic() + min(LOOK_SECONDS, settings.WATCHDOG_SECONDS / 2)

    def look_after_workers(self, now: datetime) -> None:
        """Start the cluster where there is none; start it anew where it cannot go on by itself."""
        if self.process is None or self.process.poll() is not None:
            self.start_cluster_again()
        elif reason := self.trouble(now):
            log.error("The workers are started again: %s", reason)
            self.restart_cluster()

    def trouble(self, now: datetime) -> str:
        """Why the cluster has to be started anew; "" while it is well."""
        rows = list(Heartbeat.objects.filter(supervisor=self.id, role=Heartbeat.Role.WORKER))
        dead = [row for row in rows if not heartbeat.is_alive(row.pid)]
        for row in dead:
            self.bury(row)
        if any(not row.task for row in dead):
            return "an idle worker died, and the queue's lock may have died with it."
        if self.is_quiet(rows, now):
            return f"work is due and no worker has touched it for {settings.WATCHDOG_SECONDS:g} s."
        return ""

    def bury(self, row: Heartbeat) -> None:
        """django-q2 replaces a worker that dies at work; what it had in hand is found due again."""
        log.error("Worker %s died%s", row.pid, f" at {row.task}" if row.task else "")
        Heartbeat.objects.filter(pk=row.pk).delete()
        if row.task:
            self.queue.forget(named(row.task))

    def is_quiet(self, rows: list[Heartbeat], now: datetime) -> bool:
        """Whether something has stood in the queue for WATCHDOG_SECONDS while no worker gave a sign of life."""
        last_stamp = max((row.at for row in rows), default=self.last_stamp)
        is_at_work = any(row.task and now - row.at < TASK_LIMIT and heartbeat.is_alive(row.pid) for row in rows)
        is_starting = not rows and time.monotonic() - self.started_at < START_SECONDS
        if last_stamp != self.last_stamp or is_at_work or is_starting or not self.queue.rows():
            self.last_stamp, self.quiet_since = last_stamp, time.monotonic()
            self.starts_in_a_row = 0 if rows else self.starts_in_a_row
        return time.monotonic() - self.quiet_since > settings.WATCHDOG_SECONDS

    def start_cluster_again(self) -> None:
        """At once the first time; a cluster that ends again and again waits longer and longer."""
        if self.process is not None:
            log.error("The workers ended by themselves (exit code %s)", self.process.returncode)
        if time.monotonic() - self.started_at >= min(2.0**self.starts_in_a_row - 1, LONGEST_PAUSE):
            self.starts_in_a_row += 1
            self.restart_cluster()

    def restart_cluster(self) -> None:
        self.kill_cluster()
        self.queue.clear()
        Heartbeat.objects.filter(supervisor=self.id, role=Heartbeat.Role.WORKER).delete()
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "cluster", self.queue.key, str(os.getpid())]
        self.process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 our own command
        self.started_at = self.quiet_since = time.monotonic()

    def stop_cluster(self) -> None:
        """Let the workers finish what they have in hand; kill what does not end."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.error("The workers did not end within %g s and are killed", STOP_SECONDS)
        self.kill_cluster()

    def kill_cluster(self) -> None:
        """The whole process group: workers and helpers too."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def leave(self) -> None:
        try:
            self.queue.clear()
            Heartbeat.objects.filter(supervisor=self.id).delete()
        except (DatabaseError, InterfaceError) as error:
            log.warning("The rows of supervisor %s stay behind: %s", self.id, error)
        log.info("Workers of supervisor %s ended", self.id)


def rested(pause: float) -> float:
    """After trouble: a new connection, and twice as long a pause as before."""
    connection.close()
    return min(max(pause * 2, 0.5), LONGEST_PAUSE)
