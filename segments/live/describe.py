"""The rule of a live segment as one English sentence."""

from collections.abc import Sequence
from typing import assert_never

from segments import describe
from segments.describe import NONE, Names
from segments.live.rule import Action, Inaction, LiveRule, OnDate, PageCount, PageVisit, Referral, Span, Trigger
from segments.phrases import amount_words, comparison_words, deed_words, deeds_words, spaced
from segments.tree import Deed, Tree

REFERRAL_WORDS = {
    "referrer": "referrer",
    "utm_source": "UTM source",
    "utm_medium": "UTM medium",
    "utm_campaign": "UTM campaign",
}


def sentence(rule: LiveRule, names: Names = NONE) -> str:
    """`names` of the segments and lists of its filter."""
    parts = [
        trigger_words(rule.trigger),
        "for the first time" if rule.first_time_only else "",
        f"among {people_words(rule.filter, names)}" if rule.filter else "",
    ]
    return f"{', '.join(filter(None, parts))}."


def trigger_words(trigger: Trigger) -> str:
    match trigger:
        case Action(deeds):
            return spaced("When someone does", *deeds_words(deeds))
        case Inaction(did, undone, within):
            return spaced(
                "When someone does", *deeds_words(did), "and then", neither(undone), "within", span_words(within)
            )
        case OnDate():
            return date_words(trigger)
        case PageVisit(comparison):
            return f"When someone visits a page whose address {comparison_words(comparison)}"
        case Referral(name, comparison):
            return f"When someone comes to a page whose {REFERRAL_WORDS[name]} {comparison_words(comparison)}"
        case PageCount(comparison):
            pages = "page" if comparison.value == 1 else "pages"
            return f"When someone has seen {amount_words(comparison)} {pages} in one visit"
        case _:
            assert_never(trigger)


def date_words(trigger: OnDate) -> str:
    """“5 days before the visit_on of someone's Booked, at 09:00”."""
    when = f"{span_words(trigger.shift)} {trigger.when}" if trigger.shift else "On"
    clock = f", at {trigger.clock:%H:%M}" if trigger.clock else ""
    return f"{when} the {trigger.property} of someone's {deed_words(trigger.deed)}{clock}"


def people_words(tree: Tree, names: Names) -> str:
    words = describe.sentence(tree, names).removesuffix(".")
    return words[:1].lower() + words[1:]


def neither(deeds: Sequence[Deed]) -> str:
    return spaced("not" if len(deeds) == 1 else "none of", *deeds_words(deeds))


def span_words(span: Span) -> str:
    return f"1 {span.unit.removesuffix('s')}" if span.amount == 1 else f"{span.amount:,} {span.unit}"
