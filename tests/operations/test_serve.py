"""`manage.py serve`, for real: what it starts, it stops; what dies, it reports."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from django.conf import settings

from config import postgres
from operations.serving import free_port

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
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve"]
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
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


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


def test_a_child_that_dies_is_reported_and_everything_stops(var: Path) -> None:
    served = Served(var, free_port("127.0.0.1", 20_200))
    killed, other = served.children()

    os.kill(killed, signal.SIGKILL)
    served.said += served.process.communicate(timeout=60)[0]

    assert served.process.returncode == 1
    assert "The web server ended unexpectedly (killed by SIGKILL), so everything stops." in served.said
    assert not Path(f"/proc/{other}").exists()
    assert not postgres.is_running(postgres.server(var))
