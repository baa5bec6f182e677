"""What a mail still holds of the beginning it was made from: sentences for its writer, links that lead nowhere."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.models import Copy
from campaigns.wording import Pairs
from connectors import registry

# Sentences that stand alone in a text of a beginning say what is to be written there.
ADVICE: Final = re.compile(r"<mj-text>([^<>{}]+\.)</mj-text>")
UNSUBSCRIBE: Final = "links.unsubscribe"
NOWHERE: Final = re.compile(r"""https?://(?:www\.)?example\.(?:com|net|org)(?![\w.-])[^\s"'<>]*""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leftover:
    """What was probably forgotten, in words without a full stop, and the copies in which it stands."""

    words: str
    copies: tuple[Copy, ...]


def leftovers(kind: str, copies: Sequence[Copy]) -> list[Leftover]:
    """What the writer of the copies has probably forgotten, each once; nothing but of mails."""
    if registry.channel(kind) != "email":
        return []
    found: dict[str, list[Copy]] = {}
    for copy in copies:
        for words in forgotten(kind, copy.pairs):
            found.setdefault(words, []).append(copy)
    return [Leftover(words, tuple(where)) for words, where in found.items()]


def forgotten(kind: str, pairs: Pairs) -> Iterator[str]:
    texts = "\n".join(text for _, text in pairs)
    for sentence in advice(kind):
        if sentence in texts:
            yield f"The mail still says “{sentence}”, which stands in the beginning for you to replace"
    for link in dict.fromkeys(NOWHERE.findall(texts)):
        yield f"The mail still links to {link}, which is an example"
    if UNSUBSCRIBE not in texts:
        yield "The mail shows no link to unsubscribe: type @unsubscribe where one is to stand; most laws ask for it"


def advice(kind: str) -> list[str]:
    """The sentences in the beginnings of the kind that tell their writer what to write."""
    return [sentence for start in registry.starts(kind) for sentence in ADVICE.findall(start.texts.get("html", ""))]
