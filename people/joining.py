"""Several requests' checked facts as one batch, and the outcome of that batch for each of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

import msgspec

from people.checking import Checked, Fact
from people.records import Outcome, Rejected


def size(checked: Checked) -> int:
    """How many records there were."""
    return len(checked.events) + len(checked.people) + len(checked.rejected)


@contextmanager
def joined(parts: Sequence[Checked]) -> Iterator[Checked]:
    """All facts in one batch, in their order, each with a place of its own; afterwards they have their old ones."""
    whole = Checked()
    for part, start in zip(parts, starts(parts), strict=True):
        move(part, start)
        whole.events += part.events
        whole.people += part.people
        for name, pairs in part.seen.items():
            whole.seen[name] |= pairs
    try:
        yield whole
    finally:
        for part, start in zip(parts, starts(parts), strict=True):
            move(part, -start)


def parted(refused: Sequence[Rejected], parts: Sequence[Checked]) -> list[Outcome]:
    """For each part its own outcome: what it refused when it was checked, and of `refused` what is in its places."""
    found = []
    for part, start in zip(parts, starts(parts), strict=True):
        own = [
            msgspec.structs.replace(each, index=each.index - start)
            for each in refused
            if start <= each.index < start + size(part)
        ]
        rejected = sorted([*part.rejected, *own])
        found.append(Outcome(size(part) - len(rejected), rejected, part.notes))
    return found


def starts(parts: Sequence[Checked]) -> list[int]:
    return list(accumulate(map(size, parts), initial=0))[:-1]


def move(part: Checked, places: int) -> None:
    facts: list[Fact] = [*part.events, *part.people]
    for fact in facts:
        fact.index += places
