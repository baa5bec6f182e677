"""Runs the web server and the workers as children of one process that stops them together."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from django.conf import settings

STOP_SECONDS = 45
START_SECONDS = 60
LOOK_SECONDS = 0.1
PORTS_TRIED = 100
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
Say = Callable[[str], object]


class CannotServe(Exception):
    """The message says why."""


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]

    @property
    def is_dead(self) -> bool:
        return self.process.poll() is not None


def serve(host: str, port: int, ready: Callable[[], object], say: Say) -> int:
    """Run until asked to stop (0) or until a child ends by itself (1); `ready` is called when pages are answered."""
    stopping = stop_on_signals()
    children = [
        start("web server", "web", "--host", host, "--port", str(port)),
        start("workers", "workers"),
    ]
    try:
        if wait_for_pages(host, port, children, stopping):
            ready()
        dead = watch(children, stopping)
        if dead is not None:
            say(f"The {dead.name} ended unexpectedly ({how(dead.process.returncode)}), so everything stops.")
        return 0 if dead is None else 1
    finally:
        stop_all(children, say)


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


def start(name: str, *arguments: str) -> Child:
    """A child in a session of its own: Ctrl-C reaches it through us only."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    process = subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent)  # noqa: S603 our own command; one thread
    return Child(name, process)


def die_with_parent() -> None:
    """Where Linux offers it: SIGTERM when the parent is killed, so that nothing is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def wait_for_pages(host: str, port: int, children: list[Child], stopping: threading.Event) -> bool:
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


def watch(children: list[Child], stopping: threading.Event) -> Child | None:
    """The child that ended by itself, or None when asked to stop."""
    while not stopping.wait(LOOK_SECONDS):
        for child in children:
            if child.is_dead:
                return child
    return None


def how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def stop_all(children: list[Child], say: Say) -> None:
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
        kill_group(child.process.pid)
        child.process.wait()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
