"""Mails a second from rendered messages to receipts, dispatch only, into a local SMTP sink; the sink's own ceiling.

`MAILS=5000 python -m bench.mails`; no database.
"""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_URL", "postgresql:///unused")
django.setup()

from bench import report  # noqa: E402
from connectors import email, http  # noqa: E402
from connectors.base import Outgoing, Part  # noqa: E402
from connectors.mail_wording import prepared  # noqa: E402

MAILS = int(os.environ.get("MAILS", "5000"))
BATCH = 1000
GOAL = 800
BODY = (
    "<p>Hello {}, your points wait for you in town. See <a href='https://shop.example.com/{}'>what they buy</a>.</p>"
    * 30
)
ENVELOPE = b"MAIL FROM:<a@example.com>\r\n", b"RCPT TO:<b@example.com>\r\n", b"DATA\r\n", b"x" * 4000 + b"\r\n.\r\n"


def main() -> None:
    with sink() as port:
        config = {"host": "127.0.0.1", "port": port, "security": "none", "from_address": "news@shop.example.com"}
        rate = max(measured(config) for _ in range(3))
        ceiling = asyncio.run(bare(port))
    report.write(
        "mails",
        [
            report.Figure("mails to an SMTP sink, 4 connections", rate, "mails/s", GOAL, "higher"),
            report.Figure("the sink's own ceiling, a bare socket", ceiling, "mails/s", None, "higher"),
        ],
    )


def measured(config: dict[str, object]) -> float:
    """As the workers do: a batch of 1,000 after the other."""
    texts = prepared({"html": BODY})
    batches = [[message(number, texts) for number in range(start, start + BATCH)] for start in range(0, MAILS, BATCH)]
    destination, started = email.make(config, {}, http.client()), time.perf_counter()
    for number, batch in enumerate(batches):
        receipts = http.run(destination.send(batch, Part("bench", str(number))))
        assert {receipt.state for receipt in receipts} == {"accepted"}, receipts[0]
    return sum(map(len, batches)) / (time.perf_counter() - started)


def message(number: int, texts: dict[str, str]) -> Outgoing:
    fields = {key: text.replace("{}", f"Person {number}") for key, text in texts.items()}
    return Outgoing(
        id=str(uuid.UUID(int=number)), profile_id=number, user_id=str(number), anonymous_id=None, event="Campaign Sent",
        at="2026-11-22T10:00:00.000Z", content={}, campaign={"Campaign Id": 7, "Run": 1, "Campaign type": "single"},
        traits={}, fields={"subject": f"Hello {number}", **fields}, address=f"person{number}@example.com",
        unsubscribe=f"https://belfry.example.com/u/{'x' * 120}",
    )  # fmt: skip


async def bare(port: int) -> float:
    """What one socket without any library gets through the sink, a reply awaited for each line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    started = time.perf_counter()
    for _ in range(MAILS):
        for line in ENVELOPE:
            writer.write(line)
            await reader.readline()
    writer.close()
    return MAILS / (time.perf_counter() - started)


@contextmanager
def sink() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", "smtp"], stdout=subprocess.PIPE)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
