"""Verdicts on many events at once, in a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from people.models import Event
from segments.context import Context
from segments.live import history
from segments.live.matcher import Happening, Past, Qualifies, Verdict, fits, judge
from segments.live.rule import Inaction, LiveRule, PageCount, deeds_of, page_wanted


def verdicts(rule: LiveRule, events: Sequence[Happening], context: Context) -> list[Verdict]:
    """One verdict for each event, in their order. At most four queries, and those that compile the filter.

    The answer depends on what is stored, not on the order in which events come. Asked again at or after the end of a
    wait (`Waits.until`), the same event qualifies or not: that is how a wait ends. Raises TreeError where a segment or
    list of the filter cannot be used.
    """
    fitting = [each for each in events if fits(deeds_of(rule.trigger), each, context)]
    known = pasts(rule, fitting, context) if fitting else {}
    return [judge(rule, each, known.get(each.id, Past()), context) for each in events]


def happenings(keys: Sequence[int], start: datetime, end: datetime, zone: ZoneInfo) -> list[Happening]:
    """The stored events of these ids, whose times are from `start` to `end`, oldest first; one query.

    `zone` is the account's, for people who have none.
    """
    found = Event.objects.filter(pk__in=keys, at__gte=start, at__lte=end).order_by("at", "pk")
    values = found.values_list("pk", "profile_id", "profile__zone", "name__name", "at", "properties")
    return [
        Happening(pk, profile, name, at, properties, ZoneInfo(own) if own else zone)
        for pk, profile, own, name, at, properties in values
    ]


def pasts(rule: LiveRule, fitting: Sequence[Happening], context: Context) -> dict[int, Past]:
    """What has to be known of each event that fits, by its id."""
    pages = history.pages(fitting, page_wanted(rule.trigger) + 1) if isinstance(rule.trigger, PageCount) else {}
    earlier = done_before(rule, fitting, pages, context) if rule.first_time_only else set()
    undone = history.undone(rule.trigger, fitting, context) if isinstance(rule.trigger, Inaction) else {}
    known = {each.id: Past(each.id in earlier, pages.get(each.id, 1), undone.get(each.id)) for each in fitting}
    would = [each for each in fitting if isinstance(judge(rule, each, known[each.id], context).answer, Qualifies)]
    people = history.among(rule.filter, would, context) if rule.filter and would else set()
    return known | {each.id: replace(known[each.id], is_among=each.profile in people) for each in would}


def done_before(rule: LiveRule, fitting: Sequence[Happening], pages: Mapping[int, int], context: Context) -> set[int]:
    if not isinstance(rule.trigger, PageCount):
        return history.done_before(deeds_of(rule.trigger), fitting, context)
    wanted = page_wanted(rule.trigger)
    reached = [each for each in fitting if pages.get(each.id) == wanted]
    return history.reached_before(reached, wanted) if reached else set()
