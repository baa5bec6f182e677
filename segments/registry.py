"""Where higher apps say who uses a segment: they add a function in `AppConfig.ready()`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """What uses a segment: “campaign”, its name, its page."""

    kind: str
    name: str
    url: str


# The ids of segments → who uses each, in one query; segments that nobody uses may be left out.
USERS: list[Callable[[Collection[int]], Mapping[int, list[User]]]] = []


def users_of(segments: Collection[int]) -> dict[int, list[User]]:
    """Everybody who uses each of the segments."""
    found: dict[int, list[User]] = {pk: [] for pk in segments}
    for ask in USERS:
        for pk, users in ask(segments).items():
            found[pk] += users
    return found
