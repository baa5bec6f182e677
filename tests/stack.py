"""The real thing on a database of its own: made from a migrated template, web server and workers started, stopped by
their ids, the database dropped. `live_server` cannot do this: it empties tables under running workers' feet."""

import hashlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.sql import SQL, Identifier

from operations import scratch

START_SECONDS = 60.0
STOP_SECONDS = 40.0
LOOK_SECONDS = 0.05
Process = subprocess.Popen[bytes]

# Small batches and short times, so that much can go wrong in little time.
HURRIED = {
    "BELFRY_WATCHDOG_SECONDS": "2",
    "BELFRY_TASK_SECONDS": "1",
    "BELFRY_LEASE_SECONDS": "3",
    "BELFRY_CLOCK_SECONDS": "0.05",
    "BELFRY_BATCH_SIZE": "100",
    "BELFRY_PLAN_CHUNK": "4000",
    "BELFRY_ALLOW_PRIVATE_ADDRESSES": "1",
}


@dataclass
class Stack:
    """A running installation. `environment` is what its processes were started with; logs lie in `folder`."""

    name: str
    folder: Path
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    address: str = ""

    def start_workers(self, **environment: str) -> Process:
        """One more `manage.py workers`."""
        return self.start("workers", environment=environment)

    def start_web(self) -> str:
        """The web server; returns its address when it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.start("web", "--host", "127.0.0.1", "--port", str(port))
        wait_until(lambda: answers(port), "the web server answers")
        self.address = f"http://127.0.0.1:{port}"
        return self.address

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
        log = (self.folder / f"{arguments[0]}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
            env={**os.environ, **self.environment, **(environment or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """Ask all to end, wait, kill what is left of each one's session."""
        for process in self.processes:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in self.processes:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


@contextmanager
def installation(folder: Path, **environment: str) -> Iterator[Stack]:
    """A stack without processes yet; this process's Django uses its database meanwhile. Settings by environment."""
    name, before = f"belfry_stack_{secrets.token_hex(4)}", str(connection.settings_dict["NAME"])
    scratch.on_server(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template())))
    scratch.use(name)
    given = {
        "DATABASE_URL": scratch.url(),
        "BELFRY_EXPORTS": str(folder / "exports"),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        **environment,
    }
    stack = Stack(name, folder, given)
    try:
        yield stack
    finally:
        stack.stop()
        scratch.use(before)
        scratch.on_server(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def template() -> str:
    """The name of a migrated, empty database; made once for each state of the migrations."""
    name = f"belfry_template_{fingerprint()}"
    with maintenance() as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            make_template(server, name)
    return name


def make_template(server: psycopg.Connection, name: str) -> None:
    """Under another name until it is whole."""
    rough = f"{name}_{secrets.token_hex(4)}"
    server.execute(SQL("CREATE DATABASE {}").format(Identifier(rough)))
    before = str(connection.settings_dict["NAME"])
    scratch.use(rough)
    try:
        environment = {**os.environ, "DATABASE_URL": scratch.url()}
        for command in (["migrate", "--skip-checks", "--verbosity", "0"], ["ensure_defaults", "--skip-checks"]):
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *command]
            done = subprocess.run(manage, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr)
    finally:
        scratch.use(before)
    server.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(rough), Identifier(name)))


def fingerprint() -> str:
    files = sorted(settings.BASE_DIR.glob("*/migrations/*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def maintenance() -> psycopg.Connection:
    given = connection.settings_dict
    return psycopg.connect(
        host=str(given["HOST"]) or None, port=str(given["PORT"]) or None, user=str(given["USER"]) or None,
        password=str(given["PASSWORD"]) or None, dbname="postgres", autocommit=True,
    )  # fmt: skip


def wait_until(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Look again and again; AssertionError with the words when it does not come true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"Not within {seconds:g} s: {what}.")
        time.sleep(LOOK_SECONDS)


def lock_waiters() -> int:
    """How many connections of this database wait for an advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


def answers(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("HEAD", "/login")
        return asked.getresponse().status < 500
    except OSError:
        return False
    finally:
        asked.close()
