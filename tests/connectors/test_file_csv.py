"""A run as a table: a row per message under the same columns, read back as it was said, run by no spreadsheet."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from connectors import file, http
from connectors.base import Outgoing, Part
from connectors.file import CSV, File
from connectors.spreadsheets import FORMULAS, PHONE, without_guard
from tests.connectors.factories import outgoing
from tests.connectors.test_file import FOLDER, KILLED, STEPS, names
from tests.connectors.test_payloads import DOCUMENT, MARIA

KILLED_TABLE = KILLED.replace("file.File(Path(root))", 'file.File(Path(root), "csv")').replace(
    '".ndjson." in str(arguments[0])', 'str(arguments[0]).count("/.")'
)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["=1+1", "+351912345678", "-2", "@sum", "\t=1", "a,b", 'say "hi"', "two\r\nlines", "'", "＝1", ""]
)
values: Any = texts | st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.lists(texts, max_size=2)
messages = st.builds(
    lambda said, traits: outgoing(content=said, traits=traits),
    st.dictionaries(keys, values, max_size=3),
    st.dictionaries(keys, values, max_size=3),
)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def sent(root: Path, parts: list[list[Outgoing]], kept_as: str = CSV) -> list[str]:
    for number, batch in enumerate(parts):
        http.run(File(root, kept_as).send(batch, Part(FOLDER, str(number))))
    return [str(number) for number in range(len(parts))]


def finished(root: Path, parts: list[str], kept_as: str = CSV) -> bytes:
    path = Path(http.run(File(root, kept_as).finish(FOLDER, parts)))
    assert path == root / f"{FOLDER}.{kept_as}" == file.kept(root, FOLDER)
    return path.read_bytes()


def expected(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def test_the_documented_table_is_what_is_written(tmp_path: Path) -> None:
    (documented,) = re.findall(r"```csv file\n(.*?)```", DOCUMENT, re.DOTALL)

    content = finished(tmp_path, sent(tmp_path, [[MARIA]]))

    assert content == b"\xef\xbb\xbf" + documented.replace("\n", "\r\n").encode()


@tries(deadline=None)
@given(st.lists(st.lists(messages, max_size=3), max_size=4))
def test_every_row_has_the_same_columns_and_says_what_its_message_did(parts: list[list[Outgoing]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        header, *rows = table(finished(Path(folder), sent(Path(folder), parts)))

    payloads = [file.payload(message) for batch in parts for message in batch]
    assert len(set(header)) == len(header)
    assert [len(row) for row in rows] == [len(header)] * len(payloads)
    for row, payload in zip(rows, payloads, strict=True):
        said = {name: without_guard(cell) for name, cell in zip(header, row, strict=True)}
        flat = {f"{group}.{key}": each for group in ("properties", "traits") for key, each in payload[group].items()}  # type: ignore[attr-defined]
        assert {name: said[name] for name in flat} == {name: expected(each) for name, each in flat.items()}
        assert {cell for name, cell in said.items() if "." in name and name not in flat} <= {""}
        assert said["messageId"] == payload["messageId"]


@tries(deadline=None)
@given(st.lists(messages, min_size=1, max_size=3))
def test_no_spreadsheet_runs_a_cell(batch: list[Outgoing]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = table(finished(Path(folder), sent(Path(folder), [batch])))

    cells = {cell for row in rows for cell in row if cell[:1] in FORMULAS}
    assert [cell for cell in cells if not (PHONE.fullmatch(cell) or re.fullmatch(r"-[0-9]+", cell))] == []


@tries(deadline=None)
@given(st.lists(st.lists(messages, max_size=3), max_size=3))
def test_where_the_parts_end_makes_no_difference(parts: list[list[Outgoing]]) -> None:
    """Their columns may differ, and many parts were made before the last column was known."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as several:
        together = finished(Path(one), sent(Path(one), [[message for batch in parts for message in batch]]))

        assert finished(Path(several), sent(Path(several), parts)) == together


@pytest.mark.parametrize(("before", "after"), [("ndjson", "csv"), ("csv", "ndjson")])
def test_another_format_chosen_meanwhile_is_that_of_the_whole_run(tmp_path: Path, before: str, after: str) -> None:
    batches = [[outgoing(1)], [outgoing(2, content={"more": "x"})]]
    (tmp_path / "straight").mkdir()
    straight = finished(tmp_path / "straight", sent(tmp_path / "straight", batches, after), after)
    sent(tmp_path, batches[:1], before)
    finished(tmp_path, ["0"], before)

    http.run(File(tmp_path, after).send(batches[1], Part(FOLDER, "1")))

    assert finished(tmp_path, ["0", "1"], after) == straight
    assert names(tmp_path / "campaign-1") == ["run-1", f"run-1.{after}"]


def test_a_test_is_a_table_of_its_own(tmp_path: Path) -> None:
    http.run(File(tmp_path, CSV).send([outgoing(1)], Part("tests/campaign-1", "7")))

    assert table((tmp_path / "tests/campaign-1/7.csv").read_bytes()) == [
        ["messageId", "userId", "anonymousId", "event", "timestamp", "properties.message", "properties.Campaign Id",
         "traits.language"],
        ["00000000-0000-0000-0000-000000000001", "user-1", "", "Campaign Sent", "2026-11-22T10:00:00.000Z",
         "Hey there", "7", "pt"],
    ]  # fmt: skip


@pytest.mark.parametrize("act", ["send", "finish"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_table_says_what_the_lines_say(tmp_path: Path, step: str, act: str) -> None:
    parts = sent(tmp_path, [[outgoing(1)], [outgoing(2), outgoing(3)]])

    done = subprocess.run(
        [sys.executable, "-c", KILLED_TABLE, step, act, str(tmp_path)], cwd=settings.BASE_DIR, check=False
    )

    assert done.returncode == -signal.SIGKILL
    content = finished(tmp_path, parts)
    lines = [line for name in parts for line in (tmp_path / FOLDER / f"{name}.ndjson").read_bytes().splitlines()]
    assert [row[0] for row in table(content)[1:]] == [orjson.loads(line)["messageId"] for line in lines]
    assert finished(tmp_path, parts) == content
    assert names(tmp_path / FOLDER) == ["0.csv", "0.ndjson", "1.csv", "1.ndjson"]
