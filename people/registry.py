"""Where higher apps add to `people`: they fill these lists in `AppConfig.ready()`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.sql import Composable

from people.properties import Type


@dataclass(frozen=True)
class Lookup:
    """What many such events have in common: a parenthesised SELECT of (`key`, properties), few and small rows.

    `key` is a column of the events too. `properties` are a part of theirs, so a comparison is made on these rows, and
    the events are found by their keys: `e.key = ANY (ARRAY (SELECT l.key FROM … l WHERE …))`.
    """

    key: str
    relation: Composable


@dataclass(frozen=True)
class Column:
    """A property of such events: its type, where it is looked up, and values for a picker, the likeliest first."""

    type: Type
    lookup: Lookup
    values: Callable[[], Sequence[str]]


@dataclass(frozen=True)
class EventRelation:
    """Events that live in another app's tables: a parenthesised SELECT of (profile_id, at, properties, and the keys
    of the lookups). `columns` are all of their properties by name.

    Nobody can send events of this name: `people.checking` refuses them.
    """

    name: str
    relation: Composable
    columns: Mapping[str, Column] = field(default_factory=dict)


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


# campaign ids → what events that come of the messages of each say of it; nothing of those that are gone.
CampaignFacts = Callable[[Collection[int]], Mapping[int, Mapping[str, object]]]

# (campaign id, number of its run, copy) → who its messages said they were from; "" where that is not known.
Sender = Callable[[int, int, str], str]

# Called in the transaction that merges (anonymous, known) profiles: re-point what hangs on the anonymous ones.
MergeFollower = Callable[[Sequence[tuple[int, int]]], None]

EVENT_RELATIONS: list[EventRelation] = []
TIMELINE: list[TimelineSource] = []
ARRIVAL_CONSUMERS: list[ArrivalConsumer] = []
PERSON_PANELS: list[PersonPanel] = []
MERGE_FOLLOWERS: list[MergeFollower] = []
CAMPAIGN_FACTS: list[CampaignFacts] = []
SENDERS: list[Sender] = []


def event_relation(name: str) -> EventRelation | None:
    """Where the events of this name live, if not with all the others."""
    return next((each for each in EVENT_RELATIONS if each.name == name), None)


def campaign_facts(campaigns: Collection[int]) -> dict[int, dict[str, object]]:
    """What is known of each campaign above, for an event that came of one of its messages."""
    known: dict[int, dict[str, object]] = {campaign: {} for campaign in campaigns}
    for facts in CAMPAIGN_FACTS if known else ():
        for campaign, more in facts(known).items():
            known[campaign] |= more
    return known


def sender(campaign: int, run: int, copy: str) -> str:
    return next((name for each in SENDERS if (name := each(campaign, run, copy))), "")
