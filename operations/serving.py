"""Runs the web server and the workers as children of one process, which starts again what ends by itself and stops them
together."""

import ctypes
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from django.conf import settings

log = logging.getLogger(__name__)

STOP_SECONDS = 45
START_SECONDS = 60
LOOK_SECONDS = 0.1
PORTS_TRIED = 100
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # before what ended by itself is started again: twice as long each time
STEADY_SECONDS = 60.0  # what ran for so long begins with the first pause again
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
Say = Callable[[str], object]


class CannotServe(Exception):
    """The message says why."""


class Child:
    """A process in a session of its own: Ctrl-C reaches it through us only."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name, self.command = name, command
        self.pause, self.due, self.is_buried = FIRST_PAUSE, 0.0, False
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=die_with_parent)  # noqa: S603 our own command; one thread
        self.started_at, self.is_buried = time.monotonic(), False

    @property
    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def look(self, now: float) -> None:
        """Bury it if it ended, and start it again when its pause is over."""
        if self.is_dead and not self.is_buried:
            self.bury(now)
        if self.is_buried and now >= self.due:
            self.start()

    def bury(self, now: float) -> None:
        self.end()
        self.pause = FIRST_PAUSE if now - self.started_at >= STEADY_SECONDS else self.pause
        self.due = now + self.pause
        code = how(self.process.returncode)
        log.error("The %s ended unexpectedly (%s) and is started again in %g s", self.name, code, self.pause)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def end(self) -> None:
        """Whatever is left of its session; once, as its number may be another's later."""
        if not self.is_buried:
            kill_group(self.process.pid)
            self.process.wait()
            self.is_buried = True


def serve(host: str, port: int, ready: Callable[[], object], say: Say) -> int:
    """Run until asked to stop (0), or until a child ends by itself before pages are answered (1), which calls `ready`.
    One that ends later is started again, and the other one goes on."""
    stopping = stop_on_signals()
    children = [
        Child("web server", manage("web", "--host", host, "--port", str(port))),
        Child("workers", manage("workers")),
    ]
    try:
        if wait_for_pages(host, port, children, stopping):
            ready()
        elif dead := next((child for child in children if child.is_dead and not stopping.is_set()), None):
            say(f"The {dead.name} ended unexpectedly ({how(dead.process.returncode)}), so everything stops.")
            return 1
        keep_running(children, stopping)
        return 0
    finally:
        stop_all(children, say)


def keep_running(children: Sequence[Child], stopping: threading.Event) -> None:
    while not stopping.wait(LOOK_SECONDS):
        for child in children:
            child.look(time.monotonic())


def free_port(host: str, wanted: int) -> int:
    """The first port from `wanted` on that nobody listens on; raises CannotServe."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except PermissionError as error:
                raise CannotServe(f"Port {port} is not allowed to this user. Set PORT to 1024 or more.") from error
            except OSError:
                continue
            return port
    raise CannotServe(f"No free port from {wanted} on at {host}. Set PORT and BELFRY_ADDRESS.")


def stop_on_signals() -> threading.Event:
    """Set by Ctrl-C, by SIGTERM and when the terminal goes away."""
    stopping = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stopping.set()

    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, ask)
    return stopping


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def die_with_parent() -> None:
    """Where Linux offers it: SIGTERM when the parent is killed, so that nothing is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def wait_for_pages(host: str, port: int, children: Sequence[Child], stopping: threading.Event) -> bool:
    """Whether a page was answered; False when asked to stop, a child died or it takes too long."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and not any(child.is_dead for child in children):
        if answers(host, port):
            return True
        if stopping.wait(LOOK_SECONDS):
            return False
    return False


def answers(host: str, port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=5)  # noqa: S104 compared, not bound
    try:
        asked.request("HEAD", "/login")
        return asked.getresponse().status < 500
    except OSError:
        return False
    finally:
        asked.close()


def how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def stop_all(children: Sequence[Child], say: Say) -> None:
    """Ask all of them, wait, then kill whatever of their sessions is left."""
    for child in children:
        if not child.is_dead:
            child.process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"The {child.name} did not stop within {STOP_SECONDS} seconds and is killed.")
        child.end()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
