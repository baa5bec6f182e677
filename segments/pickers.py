"""What the builder offers: event names, properties with their types, frequent values, from the catalogue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from people.models import EventName, PropertyName
from people.properties import COLUMNS
from people.registry import EVENT_RELATIONS
from segments.tree import Type

FREQUENT = 50
LATER = ("bucket",)  # has a condition of its own


@dataclass(frozen=True, slots=True)
class Known:
    """One property: its types, the most frequent first, and its frequent values as texts."""

    types: tuple[Type, ...] = ()
    frequent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`of_events` has the properties of the events asked for only."""

    events: tuple[str, ...]
    of_people: Mapping[str, Known]
    of_events: Mapping[str, Mapping[str, Known]] = field(default_factory=dict)

    def property(self, name: str, event: str | None) -> Known:
        known = self.of_people if event is None else self.of_events.get(event, {})
        return known.get(name, Known())

    def names(self, event: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of people's own or an event's properties, and those of people's standard columns."""
        if event is not None:
            return tuple(sorted(self.of_events.get(event, {}), key=str.casefold)), ()
        own = sorted((name for name in self.of_people if name not in COLUMNS), key=str.casefold)
        return tuple(own), tuple(name for name in COLUMNS if name in self.of_people)

    def numbers(self, event: str) -> tuple[str, ...]:
        """The properties of an event that were seen as numbers."""
        known = self.of_events.get(event, {})
        return tuple(name for name in self.names(event)[0] if Type.NUMBER in known[name].types)


def catalogue(events: Collection[str]) -> Catalogue:
    """Two queries."""
    of_people: dict[str, Known] = {
        name: Known((Type(kind),)) for name, kind in COLUMNS.items() if name not in LATER and kind != "object"
    }
    of_events: dict[str, dict[str, Known]] = {name: {} for name in events}
    rows = PropertyName.objects.filter(Q(event=None) | Q(event__name__in=events), is_hidden=False)
    for event, name, types, frequent in rows.values_list("event__name", "name", "types", "frequent"):
        into = of_people if event is None else of_events[event]
        kinds = into[name].types if event is None and name in COLUMNS and name in into else ordered(types)
        into[name] = Known(kinds, texts(frequent))
    names = set(EventName.objects.filter(is_hidden=False).values_list("name", flat=True))
    names |= {relation.name for relation in EVENT_RELATIONS}
    return Catalogue(tuple(sorted(names, key=str.casefold)), of_people, of_events)


def ordered(types: Mapping[str, int]) -> tuple[Type, ...]:
    kinds = [kind for kind in Type if types.get(kind)]
    return tuple(sorted(kinds, key=lambda kind: -types[kind]))


def texts(frequent: list[list[Any]]) -> tuple[str, ...]:
    return tuple(str(value) for value, *_ in frequent[:FREQUENT] if isinstance(value, str | int | float))
