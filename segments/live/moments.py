"""When a rule on a date comes due: the moment that a property of an event names, in the person's zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from segments.live.rule import OnDate
from segments.operands import INSTANT, LOCAL, is_missing
from segments.seen import value_words
from segments.wall_clock import instant

LONGEST = 80  # characters of a value that a reason shows


class NoMoment(Exception):
    """The event names no moment; the message says why, to a marketer."""


def due(trigger: OnDate, value: object, zone: ZoneInfo) -> datetime:
    """In UTC. Raises NoMoment. A day without a time is its midnight; a time without an offset is that of `zone`."""
    named = moment(trigger.property, value, zone)
    try:
        shifted = named + towards(trigger) if on_the_clock(trigger) else on_calendar(named, trigger, zone)
        shifted.astimezone(zone)
    except OverflowError:
        raise NoMoment(f"{value_of(trigger.property, value)}, too far away for a date.") from None
    return shifted


def moment(name: str, value: object, zone: ZoneInfo) -> datetime:
    """The instant a JSON value names, in UTC."""
    if is_missing(value):
        raise NoMoment(f"{value_of(name, value)}.")
    try:
        if isinstance(value, str) and re.fullmatch(LOCAL[1:-1], value):
            return instant(datetime.fromisoformat(value), zone)
        if isinstance(value, str) and re.fullmatch(INSTANT[1:-1], value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError:
        raise NoMoment(f"{value_of(name, value)}, too far away for a date.") from None
    raise NoMoment(f"{value_of(name, value)}, which is no date.")


def value_of(name: str, value: object) -> str:
    """“amount is 5”, a long value cut short."""
    words = value_words(value)
    return f"{name} has no value" if is_missing(value) else f"{name} is {words[:LONGEST]}{'…' * (len(words) > LONGEST)}"


def on_the_clock(trigger: OnDate) -> bool:
    """Whether so many minutes or hours pass, whatever clocks say meanwhile."""
    return trigger.shift is not None and trigger.shift.unit != "days"


def on_calendar(named: datetime, trigger: OnDate, zone: ZoneInfo) -> datetime:
    """The same time of another day, or the time of day that the rule names."""
    wall = named.astimezone(zone).replace(tzinfo=None) + towards(trigger)
    if trigger.clock is not None:
        return instant(datetime.combine(wall.date(), trigger.clock), zone)
    return instant(wall, zone) if trigger.shift else named


def towards(trigger: OnDate) -> timedelta:
    if trigger.shift is None:
        return timedelta()
    return -trigger.shift.length if trigger.when == "before" else trigger.shift.length
