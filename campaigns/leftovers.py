"""What a mail still holds of the beginning it was made from: sentences for its writer, links that lead nowhere."""

import re
from collections.abc import Iterator
from typing import Final

from campaigns.wording import Pairs
from connectors import registry

# Sentences that stand alone in a text of a beginning say what is to be written there.
ADVICE: Final = re.compile(r"<mj-text>([^<>{}]+\.)</mj-text>")
NOWHERE: Final = re.compile(r"""https?://(?:www\.)?example\.(?:com|net|org)(?![\w.-])[^\s"'<>]*""", re.IGNORECASE)


def leftovers(kind: str, name: str, pairs: Pairs) -> Iterator[str]:
    """What the writer of the copy, which is called so, has probably forgotten, in sentences; nothing but of mails."""
    if registry.channel(kind) != "email":
        return
    texts = "\n".join(text for _, text in pairs)
    for sentence in advice(kind):
        if sentence in texts:
            yield f"The copy {name} still says “{sentence}”, which stands in the beginning for you to replace."
    for link in dict.fromkeys(NOWHERE.findall(texts)):
        yield f"The copy {name} still links to {link}, which is an example."


def advice(kind: str) -> list[str]:
    """The sentences in the beginnings of the kind that tell their writer what to write."""
    return [sentence for start in registry.starts(kind) for sentence in ADVICE.findall(start.texts.get("html", ""))]
