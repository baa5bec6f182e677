"""Wherever in a refused record a secret stands, nothing of it is shown, neither in the record nor in the reason."""

import base64
import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import ApiKey
from people.masking import MASK
from people.records import Rejected
from people.refusals import kept

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
NAMES = ["auth", "credential", "pw", "pwd", "passwd", "passphrase", "password", "session", "cookie", "signature", "jwt",
         "bearer", "api key", "write key", "token", "secret", "authorization"]  # fmt: skip
SECRETS = st.text(LETTERS, min_size=12, max_size=40).map(lambda rest: f"s3cr3t{rest}")
PASSWORDS = st.builds(lambda secret, more: secret + more, SECRETS, st.text(LETTERS + "!$()*+,;:@/~%", max_size=8))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
Spell = Callable[[str], str]
SPELLINGS: list[Spell] = [
    str.lower, str.upper, str.title,
    lambda name: name.replace(" ", ""), lambda name: name.replace(" ", "_"), lambda name: name.replace(" ", "-"),
    lambda name: name.title().replace(" ", ""), lambda name: f"x-{name}", lambda name: f"user_{name}_1",
    lambda name: f"my{name.title().replace(' ', '')}", lambda name: f"{name.replace(' ', '')}Value",
]  # fmt: skip
SPELLED = st.builds(lambda name, spell: spell(name), st.sampled_from(NAMES), st.sampled_from(SPELLINGS))


def pem(secret: str) -> str:
    return f"-----BEGIN EC PRIVATE KEY-----\n{secret}\n-----END EC PRIVATE KEY-----"


def key(secret: str) -> str:
    return f"{ApiKey.BEGINNING}{secret}"


def basic(secret: str) -> str:
    return "Basic " + base64.b64encode(f"ann:{secret}".encode()).decode()


def in_base64(secret: str, before: str) -> str:
    return base64.b64encode(f"{before}{key(secret)}:".encode()).decode()


def in_address(secret: str) -> str:
    return f"https://ann:{secret}@host.example/path?x=1"


def in_query(secret: str, name: str) -> str:
    return f"https://host.example/path?x=1&{name}={secret}&y=2"


QUERIES = st.sampled_from(["access_token", "sig", "key", "apikey", "X-Amz-Signature", "password", "jwt", "auth"])
TEXTS = (
    SECRETS.map(pem)
    | SECRETS.map(key)
    | SECRETS.map(basic)
    | PASSWORDS.map(in_address)
    | st.builds(in_query, SECRETS, QUERIES)
    | SECRETS.map(lambda secret: f"Authorization: Bearer {secret}")
    | SECRETS.map(lambda secret: f"bearer {secret}")
    | st.builds(in_base64, SECRETS, st.text(LETTERS, max_size=4))
    | st.builds(lambda name, secret: json.dumps({name: secret}), SPELLED, SECRETS)
)
UNDER_A_NAME = st.builds(
    lambda name, secret, deep: {name: [{"a": secret}] if deep else secret}, SPELLED, SECRETS, st.booleans()
)
IN_A_TEXT = st.builds(lambda before, text, after: f"{before} {text} {after}", WORDS, TEXTS, WORDS)
PLANTED = UNDER_A_NAME | IN_A_TEXT | IN_A_TEXT.map(lambda text: {text: 1})


def traces(text: str) -> list[str]:
    """What gives a secret of these tests away: its beginning, plain or in base64."""
    begins = [base64.b64encode(b"x" * n + b"s3cr3t")[4 if n else 0 : 8].decode() for n in range(3)]
    return [each for each in ("s3cr3t", *begins) if each in text]


@settings(max_examples=400, deadline=None)
@given(planted=PLANTED, beside=PLAIN, around=st.integers(0, 2))
def test_no_secret_is_shown_wherever_it_stands(planted: object, beside: object, around: int):
    record: object = planted
    for _ in range(around):
        record = {"beside": beside, "evtData": [record, beside]}

    quoted = planted if isinstance(planted, str) else ""
    shown = kept(Rejected(0, "bad_shape", f"“{quoted[:50]}” is none. {quoted} is none."), [record])

    assert traces(f"{shown['record']} {shown['reason']}") == []


@settings(max_examples=100, deadline=None)
@given(name=SPELLED, secret=SECRETS, much=st.integers(0, 3))
def test_what_a_reason_quotes_of_a_secret_is_not_shown(name: str, secret: str, much: int):
    quoted = f"$D_{secret}"[much:50]

    shown = kept(Rejected(0, "bad_time", f"“{quoted}” is no date."), [{name: f"$D_{secret}"}])

    assert shown["reason"] == f"“{MASK}” is no date."
