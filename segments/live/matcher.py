"""Whether one event qualifies for a live segment: pure functions of the event and of what is known of its person.

Events of a person are in the order of their times; those of one instant in the order in which they were stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from segments.context import Context
from segments.live.moments import NoMoment, due, value_of
from segments.live.rule import (
    Action,
    Inaction,
    LiveRule,
    OnDate,
    PageCount,
    PageVisit,
    Referral,
    deeds_of,
    page_wanted,
    undone_by,
)
from segments.operators import fulfils
from segments.phrases import deeds_words, filter_words
from segments.tree import Deed, Property


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a person; `zone` is theirs, else the account's."""

    id: int
    profile: int
    name: str
    at: datetime
    properties: Mapping[str, object]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Undone:
    """What ended the wait."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What only the person's other events and properties can say (`segments.live.history` asks for it).

    `is_earlier`: they did what the rule asks for before. `page`: which page of the visit this is, or more than wanted.
    """

    is_earlier: bool = False
    page: int = 1
    undone: Undone | None = None
    is_among: bool = True


@dataclass(frozen=True, slots=True)
class Qualifies:
    """At the event, or when the wait was over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Waits:
    """Qualifies then, unless one of these is done before, if the person is among those of the filter at that time."""

    until: datetime
    unless: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class No:
    """`reason` is for a marketer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Waits that began after `after`, up to `until`."""

    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ends`: the waits of the same person that this event may have ended; asked again, their events qualify or not."""

    answer: Qualifies | Waits | No
    ends: Opened | None = None


def judge(rule: LiveRule, event: Happening, past: Past, context: Context) -> Verdict:
    """`context.now` is when it is asked: a wait that is over by then is decided."""
    return Verdict(answer(rule, event, past, context), ends(rule, event, context))


def answer(rule: LiveRule, event: Happening, past: Past, context: Context) -> Qualifies | Waits | No:
    trigger = rule.trigger
    if not fits(deeds_of(trigger), event, context):
        return No(mismatch(rule, event, context))
    if isinstance(trigger, PageCount) and past.page != page_wanted(trigger):
        return No(page_reason(past.page, page_wanted(trigger)))
    if rule.first_time_only and past.is_earlier:
        return No("Not for the first time: they did this before.")
    try:
        at = moment_of(rule, event)
    except NoMoment as error:
        return No(str(error))
    if past.undone:
        return No(f"They did {past.undone.event} {passed(event.at, past.undone.at)}.")
    if isinstance(trigger, Inaction | OnDate) and at > context.now:
        return Waits(at, undone_by(trigger))
    if rule.filter and not past.is_among:
        return No("They are not among the people this is for.")
    return Qualifies(at)


def fits(deeds: Sequence[Deed], event: Happening, context: Context) -> bool:
    return any(deed.event == event.name and not failing(deed, event, context) for deed in deeds)


def failing(deed: Deed, event: Happening, context: Context) -> list[Property]:
    """The filters of the deed that the event does not meet."""
    return [each for each in deed.where if not fulfils(event.properties, each, context)]


def moment_of(rule: LiveRule, event: Happening) -> datetime:
    """When the event would qualify. Raises NoMoment."""
    match rule.trigger:
        case Inaction(within=within):
            return event.at + within.length
        case OnDate() as trigger:
            at = due(trigger, event.properties.get(trigger.property), event.zone)
            if at < event.at:
                raise NoMoment("Too late: that moment had passed when they did this.")
            return at
        case Action() | PageVisit() | Referral() | PageCount():
            return event.at
        case _:
            assert_never(rule.trigger)


def ends(rule: LiveRule, event: Happening, context: Context) -> Opened | None:
    if isinstance(rule.trigger, Inaction) and fits(rule.trigger.undone, event, context):
        return Opened(event.at - rule.trigger.within.length, event.at)
    return None


def mismatch(rule: LiveRule, event: Happening, context: Context) -> str:
    """Why an event is none that may qualify."""
    deeds = deeds_of(rule.trigger)
    named = [deed for deed in deeds if deed.event == event.name]
    if named:
        return sees(event, failing(named[0], event, context)[0])
    if fits(undone_by(rule.trigger), event, context):
        return "This ends a wait, it begins none."
    return f"This is not {deeds_words(deeds)[0]}."


def sees(event: Happening, wanted: Property) -> str:
    seen = value_of(wanted.name, event.properties.get(wanted.name))
    return f"Here {seen}; the rule wants: {filter_words(wanted)}."


def page_reason(page: int, wanted: int) -> str:
    if page > wanted:
        return f"It had {wanted:,} pages in this visit before."
    return f"This is page {page:,} of the visit; it takes {wanted:,}."


def passed(opened: datetime, ended: datetime) -> str:
    """“12 minutes later”."""
    seconds = round((ended - opened).total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            amount = seconds // length
            return f"{amount:,} {unit}{'' if amount == 1 else 's'} later"
    return "at the same moment"
