"""Other people's servers as processes of their own, on free ports of this machine, stopped by their process group."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

PROVIDERS = Path(settings.BASE_DIR) / "tests" / "providers"
MPARTICLE = PROVIDERS / "mparticle"
NODE = Path(sys.executable).with_name("node")
PATIENCE = 60.0


@contextmanager
def prism(document: Path) -> Iterator[str]:
    """A server that answers as an OpenAPI document says and refuses what the document does not allow."""
    port, script = free_port(), PROVIDERS / "node_modules/@stoplight/prism-cli/dist/index.js"
    with running([NODE, script, "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", document], port) as url:
        yield url


@contextmanager
def moto() -> Iterator[str]:
    """Amazon's services in memory: EventBridge delivers to SQS and to archives."""
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    with running([sys.executable, program, "-H", "127.0.0.1", "-p", str(port)], port) as url:
        yield url


@contextmanager
def running(command: Sequence[object], port: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            await_answer(url, process)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until it answers anything at all."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not answer.")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
