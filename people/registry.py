"""Where higher apps add to `people`: they fill these lists in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.sql import Composable


@dataclass(frozen=True)
class EventRelation:
    """Events that live in another app's tables: a parenthesised SELECT of (profile_id, at, properties)."""

    name: str
    relation: Composable


@dataclass(frozen=True)
class TimelineRow:
    """One line of a person's timeline. `details` are shown when it is opened."""

    at: datetime
    key: str
    icon: str
    title: str
    words: str = ""
    url: str = ""
    details: dict[str, object] = field(default_factory=dict)


# (profile id, before, limit) → the newest rows older than `before` (None: the newest of all), newest first.
TimelineSource = Callable[[int, datetime | None, int], list[TimelineRow]]


@dataclass(frozen=True)
class ArrivalConsumer:
    """Who wants to look at new events; `wants` is asked once for each event name of a batch."""

    name: str
    wants: Callable[[str], bool]


@dataclass(frozen=True)
class PersonPanel:
    """A part of the person page made by another app: `url_name` takes the person's id and answers a fragment."""

    title: str
    url_name: str


# Called in the transaction that merges (anonymous, known) profiles: re-point what hangs on the anonymous ones.
MergeFollower = Callable[[Sequence[tuple[int, int]]], None]

EVENT_RELATIONS: list[EventRelation] = []
TIMELINE: list[TimelineSource] = []
ARRIVAL_CONSUMERS: list[ArrivalConsumer] = []
PERSON_PANELS: list[PersonPanel] = []
MERGE_FOLLOWERS: list[MergeFollower] = []
