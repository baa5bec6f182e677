"""What is shown of a refused record tells no secret, and otherwise what was sent."""

import base64
import json

import pytest

from people.masking import LOOKED_AT, MASK, Walk, is_secret, without_secrets
from people.records import Rejected
from people.refusals import kept

KEY = "bf_9Zr3mW8c7XgkqPBtqR0LV5Yx1dN2uE4sHjTaWoIv"


@pytest.mark.parametrize(
    "name",
    [
        "auth", "Auth", "authToken", "x-auth", "proxy_auth", "AUTH_USER", "credential", "dbCredentials", "pw",
        "user_pw", "PWD", "passwd", "pass", "Pass-Phrase", "passphrase", "session", "sessionId", "PHPSESSID_session",
        "cookie", "Set-Cookie", "signature", "X-Hub-Signature-256", "jwt", "JWTPayload", "bearer", "apikey", "api_key",
        "Api Key", "API.KEY", "x-apiKey", "writeKey", "private key", "access-key", "ACCESSKEY", "client_secret",
        "passwort", "p.w.d", "ｐａｓｓｗｏｒｄ", "pass\u200bword", "Authorization", "authentication",
        "refreshToken", "otp", "sid",
    ],
)  # fmt: skip
def test_a_name_of_a_secret_is_known_however_it_is_written(name: str):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["author", "authors_name", "keyboard", "key", "monkey", "design", "compass", "passenger", "Name", "pwa", "spin",
     "signed_up", "inside", "opinion", "", "größe", "日付"],
)  # fmt: skip
def test_other_names_are_no_secrets(name: str):
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://ann:hunter2@host.example/path", f"see https://{MASK}@host.example/path"),
        ("postgresql://u:hun@ter/2@db/x", f"postgresql://{MASK}@db/x"),
        ("https://hunter2@host", f"https://{MASK}@host"),
        ("//ann:hunter2@host", f"//{MASK}@host"),
        ("https://a.b/?next=https://ann:hunter2@host", f"https://a.b/?next=https://{MASK}@host"),
        ("https://a.b/x?access_token=hunter2&page=2", f"https://a.b/x?access_token={MASK}&page=2"),
        ("?page=2&sig=hunter2", f"?page=2&sig={MASK}"),
        ("a.b?key=hunter2#top", f"a.b?key={MASK}"),
        ("next=https%3A%2F%2Fa.b%3Fsig%3Dhunter2", f"next=https://a.b?sig={MASK}"),
        ("Authorization: Bearer hunter2", f"Authorization:{MASK}"),
        ("it was Bearer  hunter2, again", f"it was Bearer  {MASK}, again"),
        ("sent basic YW5uOmh1bnRlcjI= twice", f"sent basic {MASK} twice"),
        ("password: hunter 2 & more\nname: Ann", f"password:{MASK}\nname: Ann"),
        ('{"user": 1, "password": "hunter2"}', '{"user": 1, "password":' + MASK),
        (r"{\"api_key\": \"hunter2\"}", r"{\"api_key\":" + MASK),
        ("<password>hunter2</password>", f"<password>{MASK}"),
        ("-----BEGIN RSA PRIVATE KEY-----\nhun\nter2\n-----END RSA PRIVATE KEY-----\nso", f"{MASK}\nso"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2", MASK),
        ("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln b", f"a {MASK} b"),
        (f"see {KEY}.", f"see {MASK}."),
    ],
)
def test_a_secret_in_a_text_is_masked_and_the_rest_stands(text: str, shown: str):
    assert without_secrets(text) == shown


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("coded", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_of_ours_is_known_in_base64_wherever_it_stands_there(before: int, coded: object):
    text = coded(b"x" * before + KEY.encode() + b":").decode()  # type: ignore[operator]  # one of the two

    assert without_secrets(f"sent {text}") == f"sent {MASK}"


@pytest.mark.parametrize(
    "text",
    ["Basic plan", "Basic membership", "https://shop.example:8000/x?utm_source=a&id=5#top", "ann@example.com",
     "https://shop.example/?mail=ann@example.com", "10:30", "50 % off, key facts", "100%25", "a=b&c=d", "a//b",
     "-----BEGIN CERTIFICATE-----", "", "é🌍", "y" * (LOOKED_AT + 1)],
)  # fmt: skip
def test_other_texts_stand_as_they_are(text: str):
    assert without_secrets(text) == text[:LOOKED_AT]


def test_half_a_password_at_the_end_of_a_long_text_is_not_shown():
    text = "x " * (LOOKED_AT // 2 - 10) + "https://ann:hunter2" + "x" * LOOKED_AT + "@host"

    assert "hunter2" not in without_secrets(text)


def test_what_a_reason_quotes_of_a_secret_is_masked():
    record = {"evtData": {"password": "$D_hunter2", "day": "$D_tomorrow"}}
    reasons = ["“hunter2” is no date.", "“tomorrow” is no date.", "The property “password” is bad."]

    shown = [kept(Rejected(0, "bad_time", reason), [record])["reason"] for reason in reasons]

    assert shown == [f"“{MASK}” is no date.", *reasons[1:]]


def test_only_as_much_of_a_record_is_looked_at_as_is_shown():
    walk = Walk(500)

    walk.masked([[{"a": "b" * 50} for _ in range(100)] for _ in range(100)])

    assert walk.left > -1000


UNKIND = ["//a:", "a//", "%25", "-----BEGIN A", "-----BEGIN PRIVATE KEY", "bearer ", "basic a", "eyJ" + "a" * 8 + ".",
          "password=", "pw:", "a ", "bf_", "YmZ", "iZl", "[a", "\\", "“", "=" * 3, "a" * 40]  # fmt: skip


@pytest.mark.timeout(15, func_only=True)
@pytest.mark.parametrize("piece", UNKIND)
def test_no_text_takes_longer_than_it_is_long(piece: str):
    """A few milliseconds; minutes where a place is tried again and again."""
    text = (piece * LOOKED_AT)[: LOOKED_AT - 1]

    for end in ("", "@", "=", "\n"):
        for _ in range(20):
            without_secrets(text + end)


def test_a_record_is_json_whatever_it_holds():
    assert json.loads(str(kept(Rejected(0, "x", "y"), [{"a": [1, None, True, 2.5, {}], "token": {}}])["record"])) == {
        "a": [1, None, True, 2.5, {}],
        "token": MASK,
    }
