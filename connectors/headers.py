"""Which headers of a call its page shows: what may be a key never is, nor what an answer repeats of it."""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from connectors.secrets import MASK, masked, spellings

Headers = tuple[tuple[str, str], ...]

MOST, LONGEST, NAME_LENGTH = 40, 1_000, 100  # headers of a call, characters of a value and of a name
PART_LENGTH = 20
# The values of these say nothing that nobody may read, whatever they look like.
FAMILIAR = frozenset(
    {
        "accept", "accept-encoding", "accept-language", "connection", "content-encoding", "content-length",
        "content-type", "date", "host", "user-agent", "webhook-id", "webhook-timestamp", "x-amz-date", "x-amz-target",
        "x-retry-count",
    }
)  # fmt: skip
SECRET_BY_NAME = re.compile(
    r"auth|bearer|cookie|credential|[cx]srf|hmac|jwt|key|pass|secret|session|sign(?:ed|ature)?\b|token", re.IGNORECASE
)
# Their names look so, too: how much is left of a limit, what a server asks to be shown.
HARMLESS = re.compile(r".*\brate-?limit\b.*|www-authenticate|access-control-.*", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z]{1,15}|\d{1,10}|[A-Za-z\d]{1,3}")
BETWEEN_WORDS = re.compile(r"[^A-Za-z\d]+")
PARTS = re.compile(r"[\s,]+|=(?=[^=,\s])")  # a Signature= and what else an Authorization is made of


def held(headers: Mapping[str, str]) -> Headers:
    """So many that they can be kept in memory until it is clear if anybody looks at them. A value is there as a whole
    or not at all: half a secret is a secret, too."""
    return tuple(
        (name, value if len(value) <= LONGEST else f"({len(value):,} characters)")
        for name, value in islice(headers.items(), MOST)
    )


def of_request(headers: Mapping[str, str], hidden: Collection[str]) -> str:
    """A line for each, as it is stored. `hidden`: the spellings of secrets."""
    return lines(((name, MASK if is_withheld(name, value) else value) for name, value in held(headers)), hidden)


def of_answer(headers: Headers, hidden: Collection[str]) -> str:
    """As `of_request`; what a server says is shown unless its name tells that it is a secret."""
    return lines(((name, MASK if is_secret(name) else value) for name, value in headers), hidden)


def withheld(headers: Mapping[str, str]) -> list[str]:
    """The spellings of all that is not shown of a request's headers: whole, without its scheme, and the parts that look
    like keys."""
    found = set[str]()
    for name, value in headers.items():
        if is_withheld(name, value):
            parts = (part for part in PARTS.split(value) if len(part) >= PART_LENGTH and not is_wording(part))
            found |= {value, value.partition(" ")[2], *parts}
    return spellings(each for each in found if len(each) > 3)  # as short as that it would be found everywhere


def is_withheld(name: str, value: str) -> bool:
    """Of a request: whoever wrote the header may have put a key into it, whatever he called it."""
    return name.lower() not in FAMILIAR and (is_secret(name) or not is_wording(value))


def is_secret(name: str) -> bool:
    return SECRET_BY_NAME.search(name) is not None and not HARMLESS.fullmatch(name)


def is_wording(value: str) -> bool:
    """Words and numbers, as no key is made of them alone."""
    return all(WORD.fullmatch(word) for word in BETWEEN_WORDS.split(value) if word)


def lines(headers: Iterable[tuple[str, str]], hidden: Collection[str]) -> str:
    """What is no text is replaced: some write headers in other encodings, which no database takes."""
    said = "\n".join(f"{name[:NAME_LENGTH]}: {value}" for name, value in headers)
    return masked(said, hidden).encode(errors="replace").decode()
