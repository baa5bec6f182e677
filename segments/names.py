"""The names a rule uses: held against the catalogue of names that were seen, and looked up where it has only ids."""

from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass

from django.db.models import Q

from people import languages
from people.models import EventName, PropertyName
from people.properties import COLUMNS
from people.registry import EVENT_RELATIONS
from segments.describe import Names
from segments.membership import segments_in
from segments.models import CustomList, Segment
from segments.parse import TreeError
from segments.references import lists_in
from segments.scope import names_in
from segments.spelling import PLATFORM, misspelt
from segments.tree import (
    Average,
    Condition,
    Deed,
    Did,
    DidNot,
    HasDevice,
    InList,
    InSegment,
    Interest,
    Place,
    Property,
    Sum,
    Tree,
    Values,
    conditions,
)

Unknown = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """Events that somebody did, and properties: of people (None) and of these events."""

    events: Set[str]
    properties: Set[tuple[str | None, str]]


def refuse_unknown_names(tree: Tree) -> None:
    """Raises TreeError for the first name that nothing ever had."""
    for place, message in unknown_names(tree):
        raise TreeError(("rule", *place), message)


def unknown_names(tree: Tree) -> list[Unknown]:
    """Where a name is used that was never seen, a language or platform that nobody has as it is written, or a segment
    or list that is gone, with a sentence. Two queries, and one each where the rule refers to segments, to lists."""
    known, names = seen(set(names_in([tree]))), named(tree)
    return [found for place, each in conditions(tree) for found in unknown_in(place, each, known, names)]


def named(*trees: Tree) -> Names:
    """What the segments and lists of these rules are called. At most two queries."""
    segments = {pk for tree in trees for pk in segments_in(tree)}
    lists = {pk for tree in trees for pk in lists_in(tree)}
    return Names(
        dict(Segment.objects.filter(pk__in=segments).values_list("pk", "name")) if segments else {},
        dict(CustomList.objects.filter(pk__in=lists).values_list("pk", "name")) if lists else {},
    )


def seen(events: Collection[str]) -> Seen:
    """What is known of these events, and the properties of people. Two queries."""
    names = set(EventName.objects.filter(name__in=events).values_list("name", flat=True))
    rows = PropertyName.objects.filter(Q(event=None) | Q(event__name__in=names))
    properties = set(rows.values_list("event__name", "name"))
    for relation in EVENT_RELATIONS:
        names.add(relation.name)
        properties.update((relation.name, column) for column in relation.columns)
    return Seen(names, properties)


def unknown_in(place: Place, node: Condition, known: Seen, names: Names) -> Iterator[Unknown]:
    match node:
        case Property(name) if name not in COLUMNS and (None, name) not in known.properties:
            yield place, f"No person has a property “{name}”."
        case Property(languages.PROPERTY):
            yield from ((place, message) for message in misspelt(node))
        case HasDevice(where):
            for number, each in enumerate(where):
                if each.name == PLATFORM:
                    yield from (((*place, number), message) for message in misspelt(each))
        case Did(deeds) | DidNot(deeds):
            for number, deed in enumerate(deeds):
                yield from unknown_in_deed((*place, number), deed, known)
            if isinstance(node, Did) and isinstance(node.measure, Sum | Average):
                yield from unknown_property(place, deeds[0].event, node.measure.property, known)
        case Interest(deed, _, over):
            yield from unknown_in_deed(place, deed, known)
            if isinstance(over, Values):
                yield from unknown_property(place, deed.event, over.property, known)
        case InSegment(pk) if pk not in names.segments:
            yield place, "This segment was deleted."
        case InList(pk) if pk not in names.lists:
            yield place, "This list was deleted."


def unknown_in_deed(place: Place, deed: Deed, known: Seen) -> Iterator[Unknown]:
    """An event that nobody ever did, else its properties that it never had."""
    if deed.event not in known.events:
        yield place, f"Nobody ever did “{deed.event}”."
    for number, each in enumerate(deed.where):
        yield from unknown_property((*place, number), deed.event, each.name, known)


def unknown_property(place: Place, event: str, name: str, known: Seen) -> Iterator[Unknown]:
    if event in known.events and (event, name) not in known.properties:
        yield place, f"“{event}” has no property “{name}”."
