"""Takes secrets out of what is shown of a record: by the names they stand under, and by their shapes in any text."""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

MASK = "•••"
LEVELS, MEMBERS = 8, 100
LOOKED_AT = 4000  # characters of a text
DECODED = 3  # times percent-encoded

# Parts of names, whatever stands around them, and words that are names or words in one.
PARTS = re.compile(
    "token|secret|passw|passcode|passphrase|passkey|credential|authoriz|authoris|authentic|signature|session|cookie|"
    "bearer|jwt|(?:api|write|access|private|signing|encryption|secret|client|auth)key"
)
WORDS = {"auth", "oauth", "pw", "pwd", "pass", "creds", "cred", "sig", "sid", "otp", "pin"}
WORDS_IN_TEXTS = {*WORDS, "key"}  # ?key=…
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NO_LETTER = re.compile(r"[^a-z0-9]+")

# One after the other; none takes longer than its text is long.
KEYS = re.compile(r"bfs?_[A-Za-z0-9_-]{8,}")
IN_BASE64 = re.compile(  # “bf_” at any of its three places among bytes; how a PEM begins
    r"(?<![\w+/=-])[\w+/=-]*(?:YmZf|[GWm2]JmX[yz0-3]|[BFJNRVZdhlptx159]iZl[89]|LS0tLS1CRUdJT)[\w+/=-]*", re.ASCII
)
JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*", re.ASCII)
PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL | re.IGNORECASE)
BEARER = re.compile(r"(\bbearer\s++)[^\s\"',;]+", re.IGNORECASE)
BASIC = re.compile(r"(\bbasic\s++)([\w+/-]{4,}=*)", re.IGNORECASE | re.ASCII)
RUN = re.compile(r"\S+")
AUTHORITY = re.compile(r"[^/?#]*")
NAMED = re.compile(r"(?<![\w.\[\]-])([\w.\[\]-]++)\\*[\"']?\s*+([=:>])")
TO_AMPERSAND, TO_END = re.compile(r"[^&\r\n]*"), re.compile(r"[^\r\n]*")


@dataclass
class Walk:
    """One record without its secrets, as far as it is shown: no more than `left` characters of it are looked for."""

    left: int
    hidden: list[str] = field(default_factory=list)  # the texts that were

    def masked(self, value: object, levels: int = LEVELS) -> object:
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, (dict, list)):
            self.left -= 2
            return value
        if levels == 0 or self.left <= 0:
            return "…"
        if isinstance(value, list):
            return [self.masked(each, levels - 1) for each in self.while_shown(value)]
        names = [str(name) for name in self.while_shown(value)]
        return {self.text(name): self.member(name, value[name], levels - 1) for name in names}

    def member(self, name: str, value: object, levels: int) -> object:
        if not is_secret(name):
            return self.masked(value, levels)
        self.hide(value, levels)
        return MASK

    def text(self, text: str) -> str:
        shown = without_secrets(text)
        self.left -= len(shown) + 2
        return shown

    def hide(self, value: object, levels: int) -> None:
        if isinstance(value, str):
            self.hidden.append(value)
        elif isinstance(value, (dict, list)) and levels > 0:
            for each in islice(value.values() if isinstance(value, dict) else value, MEMBERS):
                self.hide(each, levels - 1)

    def while_shown(self, members: list[object] | dict[str, object]) -> list[object]:
        return list(islice(members, min(MEMBERS, max(self.left, 0))))


def is_secret(name: str, words: set[str] = WORDS) -> bool:
    """Whether what stands under this name may be one, however that is written: `apiKey`, `API-KEY`, `Api key`."""
    plain = unicodedata.normalize("NFKD", name[:LOOKED_AT])
    parts = NO_LETTER.split(CAMEL.sub(" ", plain).lower())
    whole = NO_LETTER.sub("", plain.lower())
    return bool(PARTS.search(whole)) or whole in words or not words.isdisjoint(parts)


def without_secrets(text: str) -> str:
    """A text, its beginning if it is long, with each secret in it masked; percent-encoded ones are decoded for that."""
    found = decoded = masked_once(text if len(text) <= LOOKED_AT else beginning(text))
    for _ in range(DECODED):
        if (further := unquote(decoded)) == decoded:
            break
        decoded = masked_once(further)
        found = decoded if decoded != further else found
    return found


def beginning(text: str) -> str:
    """Not with half an address, whose password would not be known for one."""
    head = text[:LOOKED_AT]
    last = head.rsplit(maxsplit=1)[-1:] or [""]
    return head.removesuffix(last[0]) if "/" in last[0] or "%" in last[0] else head


def masked_once(text: str) -> str:
    text = PEM.sub(MASK, text)
    text = BASIC.sub(lambda match: match[1] + (MASK if is_login(match[2]) else match[2]), text)
    for shape in (KEYS, IN_BASE64, JWT):
        text = shape.sub(MASK, text)
    text = BEARER.sub(rf"\1{MASK}", text)
    if "//" in text and "@" in text:
        text = RUN.sub(lambda match: without_login(match[0]), text)
    return without_named(text)


def is_login(encoded: str) -> bool:
    """Whether it is “name:password”, as Basic authentication has it."""
    try:
        return b":" in base64.b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4))
    except binascii.Error:
        return False


def without_login(run: str) -> str:
    """`https://user:password@host` and the like; a password may hold slashes and further “@”."""
    done, rest = "", run
    while "//" in rest and "@" in rest:
        before, mark, rest = rest.partition("//")
        done += before + mark
        authority = AUTHORITY.match(rest)[0]  # type: ignore[index]  # it matches nothing, too
        at = rest.rfind("@") if ":" in authority else authority.rfind("@")
        if at >= 0:
            done, rest = done + MASK, rest[at:]
    return done + rest


def without_named(text: str) -> str:
    """`password: …` to the end of the line, `?access_token=…` to the next “&”."""
    done, place = "", 0
    while match := NAMED.search(text, place):
        done, place = done + text[place : match.end()], match.end()
        if is_secret(match[1], WORDS_IN_TEXTS):
            end = (TO_AMPERSAND if match[2] == "=" else TO_END).match(text, place)
            done, place = done + MASK, end.end() if end else place
    return done + text[place:]


def without_quoted(reason: str, hidden: list[str]) -> str:
    """A reason quotes what is wrong, and perhaps only the beginning of it."""

    def masked(match: re.Match[str]) -> str:
        return f"“{MASK}”" if any(match[1] in each for each in hidden) else match[0]

    return re.sub("“([^”]+)”", masked, reason)
