"""`manage.py serve`, for real: what it starts, it stops; what dies, it starts again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from config import postgres
from operations.serving import FIRST_PAUSE, STEADY_SECONDS, Child, free_port, serve
from tests.stack import answers, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(280)]
GREETING = re.compile(r"Belfry runs at (http://\S+)\s+Sign in as (\S+) with the password (\S+)")


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One installation for all tests here: the first start makes it, the others find it."""
    place = tmp_path_factory.mktemp("my belfry") / "var"
    yield place
    postgres.stop(place)


class Served:
    """A running `serve`, its output read up to the greeting."""

    def __init__(self, var: Path, port: int) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BELFRY_PRODUCTION")}
        own = {"DJANGO_SETTINGS_MODULE": "config.settings", "BELFRY_VAR": str(var), "PORT": str(port)}
        command = [sys.executable, str(django_settings.BASE_DIR / "manage.py"), "serve"]
        self.process = subprocess.Popen(
            command, env=kept | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""
        self.read_until("Ctrl-C stops everything.")
        found = GREETING.search(self.said)
        assert found, self.said
        self.url, self.username, self.password = found.groups()

    def read_until(self, words: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(self.said)

    def stop(self, asked: signal.Signals) -> int:
        self.process.send_signal(asked)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def children(self) -> list[int]:
        return children_of(self.process.pid)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def sign_in(served: Served) -> str:
    """The home page, after signing in with the login that was printed."""
    browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{served.url}/login").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    words = {"username": served.username, "password": served.password, "csrfmiddlewaretoken": token[1]}
    home: str = browser.open(f"{served.url}/login", urlencode(words).encode()).read().decode()
    return home


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_with_a_login_made_on_the_spot_and_stops_all_it_started(var: Path, asked: signal.Signals) -> None:
    served = Served(var, free_port("127.0.0.1", 20_000))
    children = served.children()
    assert "<h1>Belfry" in sign_in(served)
    assert len(children) == 2
    assert postgres.is_running(postgres.server(var))

    assert served.stop(asked) == 0

    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not postgres.is_running(postgres.server(var))


def test_a_taken_port_gives_way_to_the_next_free_one(var: Path) -> None:
    first = Served(var, free_port("127.0.0.1", 20_100))
    taken = int(first.url.rpartition(":")[2])
    second = Served(var, taken)

    assert f"Port {taken} is taken" in second.said
    assert second.url != first.url
    assert second.stop(signal.SIGINT) == 0
    assert postgres.is_running(postgres.server(var))
    assert first.stop(signal.SIGINT) == 0


def test_what_dies_is_started_again_and_the_rest_goes_on(var: Path) -> None:
    """The web server: killed as a whole, then its processes until it gives up by itself. In a pause all stops at once,
    too."""
    served = Served(var, free_port("127.0.0.1", 20_200))
    web, workers = served.children()

    os.kill(web, signal.SIGKILL)
    served.read_until("The web server ended unexpectedly (killed by SIGKILL) and is started again in 1 s")
    wait_until(lambda: answers(served.port), "pages are answered again")
    [again] = set(served.children()) - {workers}
    kill_children_of(again)
    served.read_until("The web server ended unexpectedly (exit code 1) and is started again in 2 s")
    wait_until(lambda: answers(served.port), "pages are answered once more")

    children = served.children()
    assert (workers in children, len(children)) == (True, 2)
    assert "<h1>Belfry" in sign_in(served)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    served.read_until("is started again in 4 s")
    assert served.stop(signal.SIGINT) == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not postgres.is_running(postgres.server(var))


def kill_children_of(pid: int) -> None:
    """Until it is gone itself."""

    def is_gone() -> bool:
        try:
            for child in children_of(pid):
                os.kill(child, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile, or one of them has
        return not is_running(pid)

    wait_until(is_gone, "the web server gives up")


def is_running(pid: int) -> bool:
    """It is no zombie either."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


ENDS = [sys.executable, "-c", "raise SystemExit(3)"]


def test_what_ends_again_and_again_waits_longer_and_longer() -> None:
    child, now, pauses = Child("one", ENDS), time.monotonic(), []

    for _ in range(8):
        child.process.wait()
        child.look(now)
        pauses.append(round(child.due - now))
        before = child.process.pid
        child.look(child.due - 0.1)
        assert child.process.pid == before
        child.look(child.due)
        assert child.process.pid != before
    child.process.wait()
    child.look(child.started_at + STEADY_SECONDS)

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert child.due == child.started_at + STEADY_SECONDS + FIRST_PAUSE


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_what_ends_before_pages_are_answered_stops_everything(
    settings: Settings, tmp_path: Path, signals_as_before: None
) -> None:
    """There is no manage.py to run."""
    settings.BASE_DIR, said = tmp_path, list[str]()

    assert serve("127.0.0.1", free_port("127.0.0.1", 20_400), lambda: None, said.append) == 1
    assert (
        re.sub("web server|workers", "one", said[0]) == "The one ended unexpectedly (exit code 2), so everything stops."
    )
