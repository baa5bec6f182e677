"""JSON as JavaScript writes it, held against JavaScript itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people.javascript import rewritten

NODE = Path(sys.executable).with_name("node")
PROGRAM = """
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n");
for (const line of lines) console.log(JSON.stringify(JSON.stringify(JSON.parse(JSON.parse(line)))));
"""
SPECIAL = [
    '{"b":1,"a":2,"10":3,"2":4,"01":5,"4294967294":6,"4294967295":7}',
    '{"a":1,"b":2,"a":3}',
    '{"__proto__":1,"constructor":2}',
    "[1.0,-0,-0.0,1e21,1e20,123456789012345680000,1e-6,1e-7,1.5e-10,0.1,100,1e2,12345678901234567890,1e400,-1e400]",
    "[9007199254740991,9007199254740992,9007199254740993,-9007199254740993,5e-324,1.7976931348623157e308]",
    r'["\u0000\u001f\u007f\u2028\ud800\udc00\ud800x\udfff\/\"\\\b\f\n\r\t é 🌍"]',
    ' [ 1 , { "a" : [ ] , "b" : { } } , null , true , false , "" ] ',
    '{"\\ud800":"\\ud83d\\ude00"}',
]


def by_javascript(texts: list[str]) -> list[str]:
    lines = "\n".join(json.dumps(text) for text in texts)
    found = subprocess.run([NODE, "-e", PROGRAM], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in found.stdout.strip("\n").split("\n")]


def ours(text: str) -> str | None:
    found = rewritten(text.encode())
    return None if found is None else found.decode()


def test_special_cases_are_written_as_javascript_writes_them() -> None:
    assert [ours(text) for text in SPECIAL] == by_javascript(SPECIAL)


def test_whatever_it_is_it_is_written_as_javascript_writes_it() -> None:
    """Collected first and handed to one process: starting JavaScript takes longer than all of it."""
    texts: list[str] = []
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=4) | st.integers(0, 99).map(str), inner, max_size=5)
        ),
    )

    @settings(max_examples=300, deadline=None)
    @given(values)
    def collect(value: object) -> None:
        texts.append(json.dumps(value))

    collect()

    assert [ours(text) for text in texts] == by_javascript(texts)


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b"[" * 100_000, b"1 2"])
def test_what_is_no_json_is_nothing(text: bytes) -> None:
    assert rewritten(text) is None
