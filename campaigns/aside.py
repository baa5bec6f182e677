"""What a campaign's copies hold for connections of another kind: kept, not sent, and back with such a connection."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accounts import audit
from campaigns import wording
from campaigns.editor import Draft
from campaigns.models import Campaign, Copy
from campaigns.problems import copies_sent
from campaigns.wording import Line
from connectors import registry
from connectors.base import Field
from connectors.models import Connection
from connectors.registry import DESTINATIONS
from segments.phrases import listed

NAMED = 5
CHANGES = 20  # of connection, as far back as a former one is looked for
PROPERTIES = "the properties for the payload"


@dataclass(frozen=True)
class Aside:
    """`what` is not sent, in words; `copies` hold it; `back` says which connection sends it."""

    what: str
    copies: tuple[Copy, ...]
    back: str


def aside(draft: Draft) -> Aside | None:
    """None where all that is written is sent, and as long as no connection is chosen."""
    if draft.campaign.connection is None:
        return None
    held = {copy: kept(draft.channel, copy) for copy in copies_sent(draft.message, list(draft.copies))}
    lines = {line.key: line for each in held.values() for line in each}
    names = [f"“{name(line)}”" for line in lines.values()]
    names += [PROPERTIES] if draft.message.include and registry.channel(draft.channel) == "email" else []
    if not names:
        return None
    copies = tuple(copy for copy, each in held.items() if each)
    return Aside(shortened(names), copies, back(draft.campaign, list(lines.values())))


def kept(kind: str, copy: Copy) -> list[Line]:
    """The texts of a copy that a connection of this kind does not send, without those that say nothing."""
    return [line for line in wording.lines(kind, copy.pairs) if not line.sent and is_written(line)]


def is_written(line: Line) -> bool:
    found = field(line.key)
    return bool(line.text.strip()) and not (found and found.choices and line.text == found.choices[0])


def name(line: Line) -> str:
    found = field(line.key)
    return found.label if found else line.key


def field(key: str) -> Field | None:
    """Of whichever kind has it."""
    each = (field for kind in DESTINATIONS.values() for field in kind.fields)
    return next((field for field in each if wording.SIGN + field.key == key), None)


def shortened(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return listed([*names[:NAMED], f"{more} more"] if more > 0 else names, "and")


def back(campaign: Campaign, lines: Sequence[Line]) -> str:
    """The connection that it had before, if that sends all of it; else the kinds that do."""
    kinds = [key for key in DESTINATIONS if all(sends(key, line) for line in lines)]
    former = next((each for each in formerly(campaign) if each.kind in kinds), None)
    if former:
        return f"Choose “{former}” again and it is back as it was."
    if not kinds:
        return ""
    either = listed([DESTINATIONS[kind].label for kind in kinds])
    return f"With a connection of the kind {either} it is back as it was."


def sends(kind: str, line: Line) -> bool:
    if not wording.is_field(line.key):
        return wording.takes_pairs(kind)
    return any(wording.SIGN + field.key == line.key for field in registry.fields(kind))


def formerly(campaign: Campaign) -> Iterator[Connection]:
    """The connections that it had, the last one first, as far as they are still there under their names."""
    entries = audit.entries_of(campaign).filter(changes__has_key="connection")[:CHANGES]
    names = [entry.changes["connection"][0] for entry in entries]
    there = {connection.name: connection for connection in Connection.objects.filter(name__in=filter(None, names))}
    yield from (there[name] for name in dict.fromkeys(names) if name in there)
