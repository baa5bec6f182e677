"""A destination that remembers: a Segment look-alike that counts every message id and answers after 50 ms.

Run as a process of its own: `python -m tests.crash.recorder`; it prints its port.
"""

import asyncio
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
from aiohttp import web

ANSWERS_AFTER = 0.05
BODY_BYTES = 16 * 1024**2
Key = tuple[str, str]


@dataclass(frozen=True)
class Recorder:
    url: str

    def received(self) -> Counter[Key]:
        """(user id, message id) → how often it came."""
        with urllib.request.urlopen(f"{self.url}/received") as answer:
            return Counter({(user, message): times for user, message, times in orjson.loads(answer.read())})


@contextmanager
def running() -> Iterator[Recorder]:
    """Stopped by its id at the end."""
    process = subprocess.Popen([sys.executable, "-m", "tests.crash.recorder"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Recorder(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def serve() -> None:
    received: Counter[Key] = Counter()

    async def take(request: web.Request) -> web.Response:
        for message in orjson.loads(await request.read())["batch"]:
            received[message["userId"], message["messageId"]] += 1
        await asyncio.sleep(ANSWERS_AFTER)
        return web.json_response({"success": True})

    async def tell(request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps([[*key, times] for key, times in received.items()]))

    app = web.Application(client_max_size=BODY_BYTES)
    app.add_routes([web.post("/batch", take), web.get("/received", tell)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
