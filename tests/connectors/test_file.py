"""The file destination: whole parts or none, a retry overwrites, the joined file holds exactly the parts."""

import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from django.conf import settings

from connectors import http
from connectors.base import ConnectorError, Fault, Part, Receipt
from connectors.file import File
from tests.connectors.factories import outgoing, outgoings

FOLDER = "campaign-1/run-1"
STEPS = ["before fill", "before fsync", "before rename", "after rename"]

# Runs in a process of its own, which kills itself when the named step is reached.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from connectors import file
from connectors.base import Outgoing, Part

step, act, root = sys.argv[1:]
fsync, rename, opened = os.fsync, Path.rename, Path.open
seen = []

def die(): os.kill(os.getpid(), signal.SIGKILL)

def hook(event, arguments):
    if event == "open" and step == "before fill" and ".ndjson." in str(arguments[0]): die()
    if event == "os.rename" and step == "before rename": die()
    if event == "os.rename" and step in ("before fsync", "after rename"): seen.append("renamed")
    if event == "open" and step == "after rename" and seen: die()

def killing_fsync(handle):
    if step == "before fsync": die()
    return fsync(handle)

os.fsync = killing_fsync
sys.addaudithook(hook)
destination = file.File(Path(root))
if act == "send":
    batch = [Outgoing("2", 2, "u", None, "e", "t", {"try": 2}, {}, {})]
    asyncio.run(destination.send(batch, Part("campaign-1/run-1", "1")))
else:
    asyncio.run(destination.finish("campaign-1/run-1", ["1"]))
"""

WRITING = """
import asyncio, sys
from pathlib import Path
from connectors import file
from connectors.base import Outgoing, Part

batch = [Outgoing(str(number), number, "u", None, "e", "t", {}, {}, {}) for number in range(2000)]
for _ in range(50):
    asyncio.run(file.File(Path(sys.argv[1])).send(batch, Part("campaign-1/run-1", "1")))
"""


def send(destination: File, count: int, name: str = "1") -> list[Receipt]:
    return http.run(destination.send(outgoings(count), Part(FOLDER, name)))


def killed(step: str, act: str, root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, step, act, str(root)], cwd=settings.BASE_DIR, check=False)
    assert done.returncode == -signal.SIGKILL


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_batch_becomes_a_part_with_a_line_per_message(tmp_path: Path) -> None:
    receipts = send(File(tmp_path), 2)

    assert receipts == [Receipt(message.id, "accepted") for message in outgoings(2)]
    lines = (tmp_path / FOLDER / "1.ndjson").read_bytes().splitlines()
    assert [orjson.loads(line) for line in lines] == [
        {
            "messageId": f"00000000-0000-0000-0000-00000000000{number}",
            "userId": f"user-{number}",
            "anonymousId": None,
            "event": "Campaign Sent",
            "timestamp": "2026-11-22T10:00:00.000Z",
            "properties": {"message": "Hey there", "Campaign Id": 7},
            "traits": {"language": "pt"},
        }
        for number in (1, 2)
    ]


def test_a_retry_overwrites_its_part(tmp_path: Path) -> None:
    destination = File(tmp_path)

    send(destination, 3)
    send(destination, 2)

    assert (tmp_path / FOLDER / "1.ndjson").read_bytes().count(b"\n") == 2
    assert names(tmp_path / FOLDER) == ["1.ndjson"]


def test_a_retry_that_finds_nobody_left_empties_its_part(tmp_path: Path) -> None:
    destination = File(tmp_path)

    send(destination, 3)
    send(destination, 0)

    assert (tmp_path / FOLDER / "1.ndjson").read_bytes() == b""


def test_what_json_cannot_hold_fails_alone(tmp_path: Path) -> None:
    batch = [outgoing(1, content={"number": 2**70}), outgoing(2)]

    failed, accepted = http.run(File(tmp_path).send(batch, Part(FOLDER, "1")))

    assert (failed.state, failed.reason, accepted.state) == ("failed", "render_error", "accepted")
    assert (tmp_path / FOLDER / "1.ndjson").read_bytes().count(b"\n") == 1


def test_the_joined_file_holds_the_parts_in_order_and_joining_again_changes_nothing(tmp_path: Path) -> None:
    destination = File(tmp_path)
    for name in ("2", "10", "9"):
        send(destination, int(name), name)

    path = http.run(destination.finish(FOLDER, ["9", "10"]))
    first = Path(path).read_bytes()
    again = http.run(destination.finish(FOLDER, ["9", "10"]))

    assert (path, again) == (str(tmp_path / "campaign-1" / "run-1.ndjson"), path)
    assert first.count(b"\n") == 19
    assert first == Path(again).read_bytes()


def test_joining_after_more_was_sent_holds_that_too(tmp_path: Path) -> None:
    destination = File(tmp_path)
    send(destination, 2, "1")
    http.run(destination.finish(FOLDER, ["1"]))

    send(destination, 3, "2")
    path = http.run(destination.finish(FOLDER, ["1", "2"]))

    assert Path(path).read_bytes().count(b"\n") == 5


def test_a_run_that_reached_nobody_has_an_empty_file(tmp_path: Path) -> None:
    assert Path(http.run(File(tmp_path).finish(FOLDER, []))).read_bytes() == b""


def test_a_missing_part_is_an_error_and_leaves_no_half_file(tmp_path: Path) -> None:
    destination = File(tmp_path)
    send(destination, 2, "1")

    with pytest.raises(ConnectorError):
        http.run(destination.finish(FOLDER, ["1", "2"]))

    assert names(tmp_path / "campaign-1") == ["run-1"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_writing_a_part_the_part_is_the_old_or_the_new_one(tmp_path: Path, step: str) -> None:
    destination = File(tmp_path)
    send(destination, 2)

    killed(step, "send", tmp_path)

    part = (tmp_path / FOLDER / "1.ndjson").read_bytes()
    assert part.count(b"\n") == (1 if step == "after rename" else 2)
    assert http.run(destination.finish(FOLDER, ["1"]))
    assert names(tmp_path / FOLDER) == ["1.ndjson"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_joining_it_can_be_joined_again(tmp_path: Path, step: str) -> None:
    destination = File(tmp_path)
    send(destination, 2)

    killed(step, "finish", tmp_path)

    assert (tmp_path / "campaign-1" / "run-1.ndjson").exists() == (step == "after rename")
    assert Path(http.run(destination.finish(FOLDER, ["1"]))).read_bytes().count(b"\n") == 2


def test_a_disk_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "campaign-1").write_text("a file where a folder should be")

    with pytest.raises(ConnectorError) as full:
        http.run(File(tmp_path).send(outgoings(1), Part(FOLDER, "1", attempt=1)))

    assert (full.value.fault, full.value.permanent) == (Fault.UNAVAILABLE, False)
    assert 1.0 <= full.value.retry_after <= 1.1


def test_two_workers_writing_the_same_part_cannot_mix_their_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITING, str(tmp_path)]
    workers = [subprocess.Popen(command, cwd=settings.BASE_DIR) for _ in range(2)]

    assert [worker.wait() for worker in workers] == [0, 0]
    assert len((tmp_path / FOLDER / "1.ndjson").read_bytes().splitlines()) == 2000
    assert names(tmp_path / FOLDER) == ["1.ndjson"]
