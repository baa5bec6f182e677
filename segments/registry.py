"""Where higher apps add to `segments`, in `AppConfig.ready()`: who uses a segment, and what else can be counted."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segments.context import Context
from segments.reading import Asker

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """What uses a segment: “campaign”, its name, its page."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts people for a page, of everybody or of the sample, as its context says; the answer is plain JSON.

    `count` raises TooSlow, Cancelled and TreeError. `keep` is told what was counted exactly, and when.
    """

    count: Callable[[Json, Context, Asker], Json]
    keep: Callable[[Json, Json, datetime], None] | None = None


# The ids of segments → who uses each, in one query; segments that nobody uses may be left out.
USERS: list[Callable[[Collection[int]], Mapping[int, list[User]]]] = []

# The ids of custom lists → who uses each, besides segments.
LIST_USERS: list[Callable[[Collection[int]], Mapping[int, list[User]]]] = []

COUNTERS: dict[str, Counter] = {}

# What is counted stands in these tables and in their partitions: when they change, it is counted anew.
TABLES: list[str] = [
    "people_profile",
    "people_identifier",
    "people_device",
    "people_subscription",
    "people_event",
    "people_profileevent",
    "segments_customlist",
    "segments_listupload",
    "segments_listmember",
]


def users_of(segments: Collection[int]) -> dict[int, list[User]]:
    """Everybody who uses each of the segments."""
    found: dict[int, list[User]] = {pk: [] for pk in segments}
    for ask in USERS:
        for pk, users in ask(segments).items():
            found[pk] += users
    return found
