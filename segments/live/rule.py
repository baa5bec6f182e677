"""The rule of a live segment as plain data; `segments.live.parse` and `segments.live.dump` have its JSON."""

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Literal, assert_never

from segments.tree import Comparison, Deed, Property, Tree

PAGE_VIEW = "Page Viewed"  # the event that a page call of the tracking API becomes
PAGE_URL = "page_url"
VISIT_GAP = timedelta(minutes=30)  # a visit ends when no page follows for so long

Unit = Literal["minutes", "hours", "days"]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time. In a window a day is 24 hours, on the calendar (`OnDate`) the same time of another day."""

    amount: int
    unit: Unit

    @property
    def length(self) -> timedelta:
        return timedelta(**{self.unit: self.amount})


@dataclass(frozen=True, slots=True)
class Action:
    """Any of the deeds, as soon as it is done."""

    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Inaction:
    """Any of `did` and then, for so long, none of `undone`. Each time opens a window of its own."""

    did: tuple[Deed, ...]
    undone: tuple[Deed, ...]
    within: Span


@dataclass(frozen=True, slots=True)
class OnDate:
    """The moment that a property of the deed names, or so long before or after it.

    `shift` is None for "on". `clock` is the time of that day; without it, the time the property has, else midnight.
    """

    deed: Deed
    property: str
    when: Literal["before", "on", "after"]
    shift: Span | None = None
    clock: time | None = None


@dataclass(frozen=True, slots=True)
class PageVisit:
    """A page whose address, as the browser sent it, compares so."""

    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Referral:
    """A page that was come to from there: `property` is the referrer or one of the UTM values."""

    property: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class PageCount:
    """The page with which so many were seen in one visit: pages that follow each other within `VISIT_GAP`."""

    comparison: Comparison


Trigger = Action | Inaction | OnDate | PageVisit | Referral | PageCount


@dataclass(frozen=True, slots=True)
class LiveRule:
    """`first_time_only`: not if the person did this before. `filter`: only people of this past-behaviour rule."""

    trigger: Trigger
    first_time_only: bool = False
    filter: Tree | None = None


def deeds_of(trigger: Trigger) -> tuple[Deed, ...]:
    """The events that may qualify, the others never do."""
    match trigger:
        case Action(deeds) | Inaction(did=deeds):
            return deeds
        case OnDate(deed=deed):
            return (deed,)
        case PageVisit(comparison):
            return (Deed(PAGE_VIEW, (Property(PAGE_URL, comparison),)),)
        case Referral(name, comparison):
            return (Deed(PAGE_VIEW, (Property(name, comparison),)),)
        case PageCount():
            return (Deed(PAGE_VIEW),)
        case _:
            assert_never(trigger)


def undone_by(trigger: Trigger) -> tuple[Deed, ...]:
    """The events that end the wait."""
    return trigger.undone if isinstance(trigger, Inaction) else ()


def events_of(rule: LiveRule) -> frozenset[str]:
    """The names of the events that matter to the rule."""
    return frozenset(deed.event for deed in (*deeds_of(rule.trigger), *undone_by(rule.trigger)))


def page_wanted(count: PageCount) -> int:
    """The number of the page with which the comparison becomes true."""
    number = count.comparison.value
    assert isinstance(number, Decimal)  # noqa: S101 the parser reads nothing else
    return int(number) + 1 if count.comparison.operator == "greater_than" else int(number)
