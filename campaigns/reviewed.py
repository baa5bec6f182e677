"""The saved segments and custom lists that decide who gets a campaign, and which were changed since somebody looked."""

from collections.abc import Iterator

from campaigns.models import Campaign
from campaigns.prints import print_of
from segments import references
from segments.models import CustomList, Segment

Named = Segment | CustomList


def seen(campaign: Campaign) -> str:
    """How each of them stands, for a page to carry: to be read before what the page shows of them is counted."""
    return " ".join(f"{key(each)}={standing(each)}" for each in named(campaign))


def changed_since(campaign: Campaign, seen: str) -> list[Named]:
    """Those that stand otherwise than was `seen`, and those that were not seen at all where no other says why."""
    prints = dict(part.partition("=")[::2] for part in seen.split())
    now = {key(each): each for each in named(campaign)}
    changed = [each for name, each in now.items() if name in prints and prints[name] != standing(each)]
    return changed or [each for name, each in now.items() if name not in prints]


def named(campaign: Campaign) -> Iterator[Named]:
    """The saved segment that it goes to, and all that its rule names, through any number of segments."""
    if campaign.segment:
        yield campaign.segment
    rule = campaign.segment.tree if campaign.segment else campaign.tree
    nested = references.reached(references.mentioned(rule, "segment"))
    yield from nested.values()
    rules = [rule, *(each.tree for each in nested.values())]
    if lists := {pk for each in rules for pk in references.mentioned(each, "list")}:
        yield from CustomList.objects.filter(pk__in=lists)


def key(each: Named) -> str:
    return f"{'list' if isinstance(each, CustomList) else 'segment'}-{each.pk}"


def standing(each: Named) -> str:
    """Another one as soon as its rule or file is another: a new name changes nobody's mail."""
    return str(each.current_id) if isinstance(each, CustomList) else print_of(each.tree)
