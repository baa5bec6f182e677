"""What is shown of a refused record tells no secret, but which record it is, its names and the types of its values."""

import base64
import json
import unicodedata
from collections.abc import Callable, Iterator

import pytest

from people.masking import LONGEST, MASK, MEMBERS, MORE, Walk, is_secret, may_be_shown, without_secrets
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
        "refreshToken", "otp", "sid", "key", "keys", "hmac", "cvv", "contraseña", "mot de passe", "x" * (LONGEST + 1),
    ],
)  # fmt: skip
def test_a_name_of_a_secret_is_known_however_it_is_written(name: str):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["author", "authors_name", "keyboard", "monkey", "design", "compass", "passenger", "Name", "pwa", "spin",
     "signed_up", "inside", "opinion", "", "größe", "日付"],
)  # fmt: skip
def test_other_names_are_no_secrets(name: str):
    assert not is_secret(name)


def outline(record: object) -> object:
    return Walk().outline(record)


def test_of_values_only_those_are_shown_that_say_which_record_it_is():
    record = {
        "type": "track", "userId": "ann@example.com", "event": "Order Paid", "timestamp": "2026-11-22T25:00:00Z",
        "properties": {"id": "7", "Amount (€)": 9.5, "paid": True, "note": None, "größe": "", "tags": ["a", "b", 1]},
    }  # fmt: skip

    assert outline(record) == {
        **record,
        "properties": {
            "id": "(text)", "Amount (€)": "(number)", "paid": True, "note": None, "größe": "",
            "tags": ["(text)", "(number)", MORE],
        },
    }  # fmt: skip


@pytest.mark.parametrize("value", [f"see {KEY}", "https://ann:hunter2@host", "password: hunter2", "x" * (LONGEST + 1)])
def test_a_value_that_says_which_record_it_is_is_not_shown_if_it_may_be_a_secret(value: str):
    assert outline({"userId": value, "event": value}) == {"userId": "(text)", "event": "(text)"}


def test_what_stands_under_the_name_of_a_secret_is_not_even_shown_by_its_names():
    record = {"sessions": {"f00d": {"at": 1}}, "headers": [["Authorization", "Digest x"], {"name": "pw", "value": "x"}]}

    assert outline(record) == {"sessions": MASK, "headers": [MASK, MORE]}


def test_a_name_that_may_be_a_secret_is_not_shown():
    assert outline({KEY: 1, "Name": 2, "x" * (LONGEST + 1): 3}) == {MASK: MASK, "Name": "(number)", MORE: MORE}


SUSPECT = [
    "https://ann:hunter2@host.example/path", "//hunter2@host", "ann:hunter2@host", "https://a.b/x?access_token=hunter2",
    "next=https%3A%2F%2Fa.b%3Fsig%3Dhunter2", "Authorization: Bearer hunter2", "it was Bearer  hunter2, again",
    "sent basic YW5uOmh1bnRlcjI= twice", "password: hunter2", "password:\n  hunter2", "password : hunter2",
    "password -> hunter2", "password (prod): hunter2", "password is hunter2", "password hunter2", "API key: hunter2",
    "password：hunter2", "password&#58;hunter2", "password\\u003dhunter2", "<password type='x'>hunter2</password>",
    '{"user": 1, "password": "hunter2"}', '{"password":\n "hunter2"}', r"{\"api_key\": \"hunter2\"}",
    "pass\u00adword: hunter2", "p\u0301assword: hunter2", "curl -u ann hunter2",
    "-----BEGIN RSA PRIVATE KEY-----hunter2", "eyJhbGciOiJIUzI1NiJ9.hunter2", "bf_hunter2", "b%66_hunter2",
    "sk_live_hunter2", "ghp_hunter2", "github_pat_hunter2", "xoxb-hunter2", "whsec_hunter2", "AKIAIOSFODNN7EXAMPLE",
    "SG.hunter2.x", "AIzaSyA-hunter2", "9744c4a5d39d9cbd2c76d7a5ba3ae5ec", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE3",
]  # fmt: skip


@pytest.mark.parametrize("text", SUSPECT)
def test_what_looks_like_a_secret_is_shown_neither_as_a_name_nor_in_a_reason(text: str):
    assert not may_be_shown(text)
    assert without_secrets(f"“{text}” is no date.") == f"“{MASK}” is no date."
    assert without_secrets(f"Looked at {text}").endswith(MASK)
    assert "hunter2" not in without_secrets(f"Looked at {text}")


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("coded", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_of_ours_is_known_in_base64_wherever_it_stands_there(before: int, coded: Callable[[bytes], bytes]):
    text = coded(b"x" * before + KEY.encode() + b":").decode()

    assert not may_be_shown(f"sent {text}")


@pytest.mark.parametrize(
    "text",
    ["Basic plan", "Basic Membership", "ann@example.com", "+49 (0) 40 123-456", "10:30", "2026-11-22T25:00:00+01:00",
     "50 % off, key facts", "a & b", "12/31/2026", "Charged ID", "Password reset", "productDetailsViewed2", "",
     "c0ffee00-1234-5678-9abc-def012345678", "ajs-next-1763800000000-c0ffee00-1234-5678-9abc-def012345678", "é🌍",
     "日付", "क़ीमत", "utm_source", "user.id", "$D_tomorrow"],
)  # fmt: skip
def test_other_names_and_short_texts_are_shown(text: str):
    assert may_be_shown(text)
    assert without_secrets(f"“{text}” is no date.") == f"“{text}” is no date."


def test_what_a_reason_quotes_of_a_secret_is_masked():
    record = {"evtData": {"password": "$D_hunter2", "day": "$D_tomorrow", "x": {"name": "pin", "value": "$D_1z"}}}
    reasons = ["“hunter2” is no date.", "“$D_1z” is no date.", "“tomorrow” is no date.", "The property “pin” is bad."]

    shown = [kept(Rejected(0, "bad_time", reason), [record])["reason"] for reason in reasons]

    assert shown == [f"“{MASK}” is no date.", f"“{MASK}” is no date.", *reasons[2:3], f"The property “{MASK}” is bad."]


@pytest.mark.parametrize("reason", ["“hunter2", "“a” “hunter2"])
def test_a_quotation_that_does_not_end_is_masked_too(reason: str):
    walk = Walk()
    walk.outline({"password": "hunter2"})

    assert "hunter2" not in without_secrets(reason, walk)


def test_of_a_record_that_was_not_looked_at_as_a_whole_only_what_was_seen_is_quoted():
    record = {"day": "$D_tomorrow", **dict.fromkeys(map(str, range(MEMBERS))), "password": "$D_hunter2"}
    reasons = ["“tomorrow” is no date.", "“hunter2” is no date."]

    shown = [kept(Rejected(0, "bad_time", reason), [record])["reason"] for reason in reasons]

    assert shown == [reasons[0], f"“{MASK}” is no date."]


class Counted(dict[str, object]):
    """Counts the names that are asked of it."""

    asked = 0

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self.asked += 1
            yield name


@pytest.mark.parametrize("above", ["a", "password"])
def test_only_so_much_of_a_record_is_looked_at_whatever_it_holds(above: str):
    inner = [Counted({f"{number}": [number] * 3 for number in range(100)}) for _ in range(100)]
    walk = Walk()

    walk.outline({above: inner})

    assert walk.left == 0
    assert len(walk.hidden) <= MEMBERS
    assert sum(each.asked for each in inner) <= MEMBERS


MARKS = sorted(
    filter(unicodedata.combining, map(chr, range(0x300, 0x370))), key=lambda mark: -unicodedata.combining(mark)
)
OUT_OF_ORDER = "".join(mark * 2000 for mark in (MARKS[0], MARKS[-1]))
UNKIND = [OUT_OF_ORDER, "ﷺ", "//a:", "%25", "-----BEGI", "basic a", "eyJ" + "a" * 8 + ".", "SG.a",
          "password=", "pw:", "(a ", "a1", "A1-", "1:1", "bf_", "YmZ", "[a", "\\", "“", "=", "a" * 40]  # fmt: skip


@pytest.mark.timeout(15, func_only=True)
@pytest.mark.parametrize("piece", UNKIND)
@pytest.mark.parametrize("length", [60, 3900])
def test_no_record_takes_long_however_its_names_and_texts_are_made(piece: str, length: int):
    """A tenth of a second; half a minute where thousands of marks above a letter are put in order for each name."""
    text = (piece * length)[:length]
    record = {"password": text, "userId": text} | {f"{text}{number} pw": text for number in range(100)}

    for place in range(4):
        assert kept(Rejected(place, "bad_time", f"{text} “{text}” is no date."), [record] * 4)


def test_a_record_is_json_whatever_it_holds():
    assert json.loads(str(kept(Rejected(0, "x", "y"), [{"a": [1, None, True, 2.5, {}], "token": {}}])["record"])) == {
        "a": ["(number)", None, True, "(number)", {}],
        "token": MASK,
    }
