"""From a wall clock to the instant it means, across daylight-saving changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive wall time. One that does not exist is the first instant after the gap; an
    ambiguous one is its first occurrence."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    return end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), early, zone)


def end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes between two instants (UTC)."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
