"""What is shown of a refused record: its names, the types of its values, and the few values that say which one it is.

Secrets cannot be told from other texts by looking at them, so values are not shown at all. What is shown, names and
what reasons quote included, is left out where it looks like a secret. All that is looked at is short.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import TypeVar

MASK, MORE = "•••", "…"
TEXT, NUMBER = "(text)", "(number)"
LEVELS = 8
MEMBERS = 100  # of a record, with all that stands in it
LONGEST = 80  # characters of a name or value
LONGEST_REASON = 300

# Values that say which record it is; they are shown where they stand in the record itself.
TELLING = {
    "type", "identity", "objectId", "FBID", "GPID", "evtName", "ts", "userId", "anonymousId", "previousId", "event",
    "messageId", "timestamp", "mpid", "event_type", "id", "detail-type", "source", "time",
}  # fmt: skip

# Parts of names, whatever stands around them, and words that are names or words in one.
PARTS = re.compile(
    "token|secret|passw|passcode|passphrase|passkey|motdepasse|contrase|credential|authoriz|authoris|authentic|"
    "signature|session|cookie|bearer|jwt|hmac|(?:api|write|access|private|signing|encryption|secret|client|auth)key"
)
WORDS = {"auth", "oauth", "pw", "pwd", "pass", "creds", "cred", "sig", "sid", "otp", "pin", "key", "keys", "cvv", "cvc"}
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NO_LETTER = re.compile(r"[^a-z0-9]+")

# What no short text has that may be shown; tried on short texts alone.
SUSPECT = re.compile(
    r"""
    [=<>{}"\\|\r\n] | // | %[0-9a-f]{2} | &[#\w] | ----- | \bcurl\b  # markup, code, addresses, encoded texts
    | (?<!\d):(?=\S) | :(?=[^\s\d])  # user:password, but not 10:30
    | \bbearer\s+\S | \b(?:basic|digest|token)\s++(?-i:[^\sA-Z0-9]*+[A-Z0-9]){2}
    | (?<![a-z0-9])(?:bfs?_|[srp]k_(?:live|test)_|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|whsec_|shp[a-z]{2}_|key-)\w{4}
    | (?-i:(?<![A-Za-z0-9])(?:A[KS]IA[A-Z0-9]{8}|SG\.[\w-]+\.|AIza[\w-]{8}|ya29\.|eyJ[\w-]{4}))
    | (?-i:YmZf|[GWm2]JmX[yz0-3]|[BFJNRVZdhlptx159]iZl[89]|LS0tLS1CRUdJT)  # our keys and a PEM in base64
    """,
    re.VERBOSE | re.IGNORECASE,
)
RUN = re.compile(r"[A-Za-z0-9_+/-]{20,}")
WORD = re.compile(r"\w+")
MARK = re.compile(r"[\d:>(,]|-\s*>")
QUOTED = re.compile("“([^”]*)(”|$)")


Member = TypeVar("Member")


@dataclass
class Walk:
    """One record, as far as it is looked at."""

    left: int = MEMBERS
    is_whole: bool = True
    seen: list[str] = field(default_factory=list)  # how names and texts begin
    hidden: list[str] = field(default_factory=list)  # how texts begin that may be secrets

    def outline(self, value: object, levels: int = LEVELS) -> object:
        if isinstance(value, str):
            self.seen.append(value[:LONGEST])
            return TEXT if value else value
        if isinstance(value, bool) or value is None:
            return value
        if not isinstance(value, (dict, list)):
            self.seen.append(str(value)[:LONGEST])
            return NUMBER
        if levels == 0 or (levels < LEVELS and is_pair(value)):
            self.hide(value, levels)
            return MASK if levels else MORE
        return self.named(value, levels) if isinstance(value, dict) else self.listed(value, levels)

    def named(self, value: dict[str, object], levels: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for name in self.some(value):
            self.seen.append(name[:LONGEST])
            found[name if may_be_shown(name) else MASK] = self.member(name, value[name], levels)
        return found if len(found) == len(value) else {**found, MORE: MORE}

    def listed(self, value: list[object], levels: int) -> list[object]:
        """Of members of the same outline one."""
        found = [outline for outline, _ in groupby(self.outline(each, levels - 1) for each in self.some(value))]
        return found if len(found) == len(value) else [*found, MORE]

    def member(self, name: str, value: object, levels: int) -> object:
        if is_secret(name):
            self.hide(value, levels)
            return MASK
        outline = self.outline(value, levels - 1)
        is_telling = levels == LEVELS and name in TELLING and outline in (TEXT, NUMBER)
        return value if is_telling and may_be_shown(str(value)) else outline

    def hide(self, value: object, levels: int) -> None:
        if not isinstance(value, (dict, list)):
            self.hidden.append(str(value)[:LONGEST])
        elif levels == 0:
            self.is_whole = False
        else:
            for each in self.some(value.values() if isinstance(value, dict) else value):
                self.hide(each, levels - 1)

    def some(self, members: Iterable[Member]) -> Iterator[Member]:
        """One by one, since what stands in one of them counts too."""
        for each in members:
            if self.left <= 0:
                self.is_whole = False
                return
            self.left -= 1
            yield each

    def may_quote(self, text: str) -> bool:
        """Of a record that was not looked at as a whole nothing is quoted but what was seen."""
        is_known = self.is_whole or any(text in each for each in self.seen)
        return is_known and may_be_shown(text) and not any(text in each for each in self.hidden)


def is_pair(value: dict[str, object] | list[object]) -> bool:
    """Like {"name": "password", "value": …} and ["Authorization", …]."""
    members = islice(value.values() if isinstance(value, dict) else value, 3)
    return 1 < len(value) <= 3 and any(isinstance(each, str) and is_secret(each) for each in members)


def is_secret(name: str) -> bool:
    """Whether what stands under this name may be one, however that is written: `apiKey`, `API-KEY`, `Api key`."""
    return len(name) > LONGEST or len(plain := in_plain_letters(name)) > LONGEST or speaks_of_secret(plain)


def may_be_shown(text: str) -> bool:
    if len(text) > LONGEST or len(plain := in_plain_letters(text)) > LONGEST:
        return False
    return suspect_from(plain) is None


def without_secrets(reason: str, walk: Walk | None = None) -> str:
    """A reason up to what may be a secret; what it quotes is masked by itself."""
    about = walk or Walk()

    def quoted(match: re.Match[str]) -> str:
        return match[0] if about.may_quote(match[1]) else f"“{MASK}”"

    shown = QUOTED.sub(quoted, reason[:LONGEST_REASON])
    plain = in_plain_letters(shown)[:LONGEST_REASON]
    end = suspect_from(plain)
    return shown if end is None else f"{plain[:end]}{MASK}"


def suspect_from(text: str) -> int | None:
    """Where in a short text begins what may be a secret: a shape, or what stands behind its name."""
    found = [match.start()] if (match := SUSPECT.search(text)) else []
    found += [run.start() for run in RUN.finditer(text) if is_random(run[0])]
    words = list(WORD.finditer(text)) if speaks_of_secret(text) else []
    for number, word in enumerate(words):
        behind = text[word.end() : words[min(number + 2, len(words) - 1)].end()]
        if MARK.search(behind) and speaks_of_secret(word[0]):
            found.append(word.end())
    return min(found, default=None)


def speaks_of_secret(text: str) -> bool:
    parts = NO_LETTER.split(CAMEL.sub(" ", text).lower())
    whole = NO_LETTER.sub("", text.lower())
    return bool(PARTS.search(whole)) or whole in WORDS or not WORDS.isdisjoint(parts)


def is_random(run: str) -> bool:
    """Large and small letters with digits here and there, or many without a break; a UUID is not."""
    digits = len(re.findall("[0-9]+", run))
    is_mixed = digits > 1 and run.upper() != run != run.lower()
    return is_mixed or (digits > 0 and max(map(len, re.split("[_+/-]", run))) >= 32)


def in_plain_letters(text: str) -> str:
    """Without accents that stand by themselves: many in a row take long to put in order."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", "".join(each for each in text if not unicodedata.combining(each)))
