"""The names a live rule uses, held against the catalogue of names that were seen, and the segments of its filter."""

from collections.abc import Iterator

from people.registry import event_relation
from segments import names, references
from segments.describe import NONE, Names
from segments.live.parse import FILTER, TRIGGER
from segments.live.rule import Action, Inaction, LiveRule, OnDate, Trigger, events_of
from segments.names import Seen, unknown_in_deed, unknown_property
from segments.parse import Path
from segments.tree import Deed

Unknown = tuple[Path, str]


def unknown_names(rule: LiveRule) -> list[Unknown]:
    """Where a name is used that was never seen, or people who cannot be asked for, with a sentence."""
    known = names.seen(events_of(rule))
    found = [each for path, deed in deeds_with_paths(rule.trigger) for each in unknown_in(path, deed, known)]
    if isinstance(rule.trigger, OnDate):
        path = (*TRIGGER, "date")
        event, name = rule.trigger.deed.event, rule.trigger.property
        found += [((*path, "property"), message) for _, message in unknown_property((), event, name, known)]
    if rule.filter:
        asked = names.unknown_names(rule.filter) or references.check(rule.filter, None)
        found += [((*FILTER, *place), message) for place, message in asked]
    return found


def named(rule: LiveRule) -> Names:
    """What the segments and lists of the filter are called."""
    return names.named(rule.filter) if rule.filter else NONE


def deeds_with_paths(trigger: Trigger) -> Iterator[tuple[Path, Deed]]:
    """Each deed that a person chose, and where it is in the JSON."""
    match trigger:
        case Action(deeds):
            sides: dict[Path, tuple[Deed, ...]] = {("action",): deeds}
        case Inaction(did, undone):
            sides = {("inaction", "did"): did, ("inaction", "not"): undone}
        case OnDate(deed):
            yield (*TRIGGER, "date"), deed
            return
        case _:
            return
    for path, deeds in sides.items():
        for number, deed in enumerate(deeds):
            yield (*TRIGGER, *path, number), deed


def unknown_in(path: Path, deed: Deed, known: Seen) -> Iterator[Unknown]:
    if event_relation(deed.event):
        yield path, f"“{deed.event}” tells of a message. A live segment waits for what people do."
        return
    for place, message in unknown_in_deed((), deed, known):
        where: Path = ("where", *place) if place else ()
        yield (*path, *where), message
