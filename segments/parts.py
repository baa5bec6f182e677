"""A part of a segment's people: those behind one number of its page, as the query of an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from people import languages
from people.models import Subscription
from segments.phrases import standing_words
from segments.tree import All, Comparison, Condition, Property, Reachable, Standing, Tree, Type

Channel = Subscription.Channel
NO_LANGUAGE = "none"  # no tag of a language has so many letters


@dataclass(frozen=True, slots=True)
class Part:
    """`conditions` are asked in addition; without any it is the whole segment."""

    conditions: tuple[Condition, ...] = ()
    words: str = ""

    def of(self, tree: Tree) -> Tree:
        return All((tree, *self.conditions)) if self.conditions else tree


def part_of(query: Mapping[str, str]) -> Part:
    """What `channel_query` or `language_query` wrote; the whole where it is anything else."""
    channel, standing = query.get("channel", ""), query.get("standing", "")
    language = query.get("language", "").replace("\0", "")
    if channel in Channel and standing in list(Standing):
        return of_channel(channel, Standing(standing))
    return of_language(language) if language else Part()


def of_channel(channel: str, standing: Standing) -> Part:
    """As the page counts them: of those with an address."""
    conditions = tuple(Reachable(channel, each) for each in dict.fromkeys((Standing.HAS_ADDRESS, standing)))
    return Part(conditions, standing_words(channel, standing))


def of_language(tag: str) -> Part:
    if tag == NO_LANGUAGE:
        return Part((Property("language", Comparison(Type.TEXT, "missing")),), "without a language")
    named = Property("language", Comparison(Type.TEXT, "equals", (tag,)))
    return Part((named,), f"whose language is {languages.named(tag)}")


def channel_query(channel: str, standing: Standing) -> str:
    return f"?{urlencode({'channel': channel, 'standing': str(standing)})}"


def language_query(tag: str | None) -> str:
    return f"?{urlencode({'language': tag or NO_LANGUAGE})}"
