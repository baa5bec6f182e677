"""People and what they did, in memory, and what a rule about them is read against."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from segments.tree import Tree


@dataclass(frozen=True)
class Event:
    name: str
    at: datetime
    properties: Mapping[str, object]


@dataclass(frozen=True)
class Person:
    id: int
    columns: Mapping[str, object]
    properties: Mapping[str, object]
    events: list[Event] = field(default_factory=list)
    devices: list[dict[str, object]] = field(default_factory=list)
    subscriptions: dict[str, str] = field(default_factory=dict)
    identifiers: list[str] = field(default_factory=list)

    @property
    def zone(self) -> str | None:
        found = self.columns.get("zone")
        return str(found) if found else None


@dataclass(frozen=True)
class World:
    """`lists` are the people of each list as it was last uploaded whole."""

    now: datetime
    zone: ZoneInfo
    segments: Mapping[int, Tree] = field(default_factory=dict)
    lists: Mapping[int, Set[int]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()
