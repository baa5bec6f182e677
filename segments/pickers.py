"""What the builder offers: names of events, properties with types and frequent values, segments, lists, today."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from accounts.models import AccountSettings
from people.models import Device, EventName, PropertyName
from people.properties import COLUMNS
from people.registry import EVENT_RELATIONS, EventRelation
from segments.inputs import UNFIT
from segments.list_items import keys_of_items
from segments.models import CustomList, Segment
from segments.operands import DEVICE_FIELDS
from segments.tree import Type

FREQUENT = 50
LATER = ("bucket",)  # has a condition of its own


@dataclass(frozen=True, slots=True)
class Known:
    """One property: its types, the likeliest first, and its frequent values as texts. `list` has it in its items."""

    types: tuple[Type, ...] = ()
    frequent: tuple[str, ...] = ()
    is_own: bool = True
    list: str = ""
    values: Callable[[], Sequence[str]] | None = None

    @property
    def offers(self) -> tuple[str, ...]:
        """May ask the database, where another app knows the values."""
        return tuple(self.values())[:FREQUENT] if self.values else self.frequent


Offered = Mapping[str, Known]
DEVICES: Offered = {
    name: Known(types, tuple(Device.Platform.values) if name == "platform" else (), is_own=False)
    for name, types in DEVICE_FIELDS.items()
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Properties by the option that means them (`drafts.names`); `of_events` has those of the events asked for only.

    `described` is what an operator wrote about events.
    """

    events: tuple[str, ...]
    messages: tuple[str, ...]
    people: Offered
    of_events: Mapping[str, Offered]
    today: date
    segments: tuple[tuple[int, str], ...] = ()
    lists: tuple[tuple[int, str], ...] = ()
    devices: Offered = field(default_factory=lambda: DEVICES)
    described: Mapping[str, str] = field(default_factory=dict)

    def event(self, name: object) -> Offered:
        """Empty for an event that was not asked for, or never had a property."""
        return self.of_events.get(name, {}) if isinstance(name, str) else {}

    def numbers(self, event: str) -> tuple[str, ...]:
        """The properties of an event that were seen as numbers."""
        known = self.event(event)
        return tuple(name for name in by_name(known) if Type.NUMBER in known[name].types and not known[name].list)


def catalogue(events: Collection[str], *, segments: bool = False, lists: bool = False) -> Catalogue:
    """Three queries; one more each for the keys in lists of the events, for segments, for lists."""
    storable = [name for name in events if not UNFIT.search(name)]
    own = [relation for relation in EVENT_RELATIONS if relation.name in events]
    messages = tuple(relation.name for relation in EVENT_RELATIONS)
    rows = EventName.objects.filter(is_hidden=False, is_discarded=False).exclude(name__in=messages)
    described = dict(rows.values_list("name", "description"))
    of_people, of_events = properties(storable)
    return Catalogue(
        tuple(sorted(described, key=str.casefold)),
        messages,
        of_people,
        {**of_events, **{relation.name: columns_of(relation) for relation in own}},
        timezone.now().astimezone(ZoneInfo(AccountSettings.current().zone)).date(),
        tuple(Segment.objects.filter(kind=Segment.Kind.PAST).values_list("pk", "name")) if segments else (),
        tuple(CustomList.objects.values_list("pk", "name")) if lists else (),
        described=described,
    )


def properties(events: Collection[str]) -> tuple[Offered, dict[str, Offered]]:
    of_people = {name: Known((Type(kind),), is_own=False) for name, kind in COLUMNS.items() if name not in LATER}
    of_events: dict[str, dict[str, Known]] = {name: {} for name in events}
    rows = PropertyName.objects.filter(Q(event=None) | Q(event__name__in=events), is_hidden=False)
    for event, name, types, frequent in rows.values_list("event__name", "name", "types", "frequent"):
        if event is not None:
            of_events[event][name] = Known(ordered(types), texts(frequent))
        elif name not in LATER:
            is_own = name not in of_people
            of_people[name] = Known(ordered(types) if is_own else of_people[name].types, texts(frequent), is_own)
    return of_people, {name: {**known, **items_of(name, known)} for name, known in of_events.items()}


def items_of(event: str, known: Offered) -> Offered:
    """What the items of the event's list properties have."""
    if not any(Type.LIST in each.types for each in known.values()):
        return {}
    return {
        option: Known(ordered(types), texts(frequent), list=name)
        for option, (name, types, frequent) in keys_of_items(event).items()
        if name in known
    }


def columns_of(relation: EventRelation) -> Offered:
    return {
        name: Known((Type(column.type),), values=column.values)
        for name, column in relation.columns.items()
        if column.type != "object"
    }


def by_name(known: Offered) -> tuple[str, ...]:
    """What another app knows stays in its order."""
    return tuple(sorted(known, key=lambda name: "" if known[name].values else name.casefold()))


def ordered(types: Mapping[str, int]) -> tuple[Type, ...]:
    kinds = [kind for kind in Type if types.get(kind)]
    return tuple(sorted(kinds, key=lambda kind: -types[kind]))


def texts(frequent: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return tuple(str(value) for value, *_ in frequent[:FREQUENT] if isinstance(value, str | int | float))
