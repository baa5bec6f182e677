"""The embedded PostgreSQL."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import postgres
from config.postgres import PostgresError, Server


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A directory with a space in its path; the server in it is stopped at the end."""
    place = tmp_path / "my belfry" / "var"
    place.mkdir(parents=True)
    yield place
    postgres.stop(place)


def answer(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def test_it_starts_where_nothing_is_and_again_where_it_was(var: Path) -> None:
    url = postgres.start(var, "first")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    postgres.stop(var)

    assert postgres.start(var, "first") == url
    assert answer(url, "SELECT value FROM kept") == 42


def test_starting_twice_is_starting_once(var: Path) -> None:
    started = answer(postgres.start(var), "SELECT pg_postmaster_start_time()")

    assert answer(postgres.start(var), "SELECT pg_postmaster_start_time()") == started


def test_its_settings_are_ours_and_nothing_is_lost_for_speed(var: Path) -> None:
    url = postgres.start(var)

    shown = {name: answer(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "listen_addresses")}
    assert shown == {"fsync": "on", "synchronous_commit": "on", "listen_addresses": ""}
    assert answer(url, "SHOW max_wal_size") == "4GB"


def test_nobody_else_can_reach_it(var: Path) -> None:
    postgres.start(var)

    assert (postgres.server(var).socket.stat().st_mode & 0o077) == 0


def test_who_ends_leaves_the_server_to_who_uses_it_and_the_last_one_stops_it(var: Path) -> None:
    url = postgres.start(var)

    with postgres.in_use(var):
        with postgres.in_use(var):
            pass
        assert answer(url, "SELECT 1") == 1
    with pytest.raises(psycopg.OperationalError):
        answer(url, "SELECT 1")


def test_who_begins_while_the_server_is_being_stopped_starts_it_again(var: Path) -> None:
    url = postgres.start(var)
    postgres.stop(var)

    with postgres.in_use(var):
        assert answer(url, "SELECT 1") == 1


def test_a_crash_leaves_nothing_that_hinders_the_next_start(var: Path) -> None:
    url = postgres.start(var)
    pid = int((postgres.server(var).data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, 9)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)

    with pytest.raises(psycopg.OperationalError):
        answer(url, "SELECT 1")
    assert answer(postgres.start(var), "SELECT 1") == 1


def test_a_half_made_cluster_is_made_anew(var: Path) -> None:
    unfinished = var / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")

    assert answer(postgres.start(var), "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for the server")
def test_root_without_user_namespaces_runs_it_as_nobody(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELFRY_NO_USER_NAMESPACE", "1")
    server = postgres.server(var)
    var.chmod(0o700)
    try:
        url = postgres.start(var)
        pid = (server.data / "postmaster.pid").read_text().split()[0]

        assert answer(url, "SELECT 1") == 1
        assert Path(f"/proc/{pid}").stat().st_uid == postgres.UNPRIVILEGED_UID
        assert server.data.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop(var)
        shutil.rmtree(server.data)
    assert var.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["x" * 120, "a,b"])
def test_a_path_that_cannot_be_a_socket_s_gets_a_short_one_of_its_own(tmp_path: Path, name: str) -> None:
    server = Server(tmp_path / name / "postgres", (), Path("/nowhere"))

    assert server.socket.name.startswith("belfry-")
    assert len(str(server.socket)) < 60
    assert server.socket != Server(tmp_path / f"{name}2" / "postgres", (), Path("/nowhere")).socket


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    server = Server(tmp_path / ("x" * 120), (), Path("/nowhere"))
    server.socket.mkdir(mode=0o755)
    try:
        with pytest.raises(PostgresError, match="belongs to somebody else"):
            postgres.make_socket_directory(server)
    finally:
        server.socket.rmdir()


def test_a_path_in_the_url_is_quoted() -> None:
    server = Server(Path("/srv/my belfry/50%/postgres"), (), Path("/nowhere"))

    assert "%20" in Server(Path("/srv/my belfry/postgres"), (), Path("/nowhere")).url("belfry")
    assert "%/" not in server.url("belfry")


def test_what_went_wrong_is_said_with_the_server_s_last_words(var: Path) -> None:
    postgres.start(var)
    postgres.stop(var)
    data = postgres.server(var).data
    (data / "PG_VERSION").write_text("9")

    with pytest.raises(PostgresError, match=r"pg_ctl failed|not compatible"):
        postgres.start(var)
    (data / "PG_VERSION").write_text("18\n")


def test_a_command_that_breaks_while_it_is_loaded_leaves_no_server_behind(var: Path) -> None:
    environment = {**os.environ, "BELFRY_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment.pop("DATABASE_URL", None)

    done = subprocess.run(
        [sys.executable, "manage.py", "no_such_command"], env=environment, capture_output=True, check=False
    )

    assert done.returncode == 1
    assert not postgres.is_running(postgres.server(var))
