"""An audience's channels and languages as its page shows them: of everybody, or put up from the sample."""

from dataclasses import dataclass

from people import languages
from segments.parts import channel_query, language_query
from segments.reach.asking import Answer
from segments.reach.channels import Breakdown, Reached
from segments.tree import Standing


@dataclass(frozen=True, slots=True)
class Row:
    """A language, as the component of a funnel wants it."""

    label: str
    count: int
    tone: str = "accent"
    part_of: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """`numbers` are (people, the address of those people): with an address, unsubscribed, suppressed, reachable."""

    label: str
    reachable: int
    numbers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    channels: list[Channel]
    languages: list[Row]


def split_of(found: Breakdown, answer: Answer, behind: str) -> Shown:
    """`behind` is the address of the segment's people."""

    def all_of(people: int) -> int:
        return answer.people(people)[0]

    reached = [
        Reached(each.channel, all_of(each.has_address), all_of(each.unsubscribed), all_of(each.suppressed))
        for each in found.channels
    ]
    spoken = [row_of(tag, all_of(people), behind) for tag, people in found.languages]
    if found.other:
        spoken.append(Row("other languages", all_of(found.other), "off"))
    return Shown([channel_of(each, behind) for each in reached], spoken)


def channel_of(reached: Reached, behind: str) -> Channel:
    counts = {
        Standing.HAS_ADDRESS: reached.has_address,
        Standing.UNSUBSCRIBED: reached.unsubscribed,
        Standing.SUPPRESSED: reached.suppressed,
        Standing.REACHABLE: reached.reachable,
    }
    numbers = tuple((people, behind + channel_query(reached.channel, standing)) for standing, people in counts.items())
    return Channel(reached.label, reached.reachable, numbers)


def row_of(tag: str | None, people: int, behind: str) -> Row:
    label, tone = (languages.named(tag), "accent") if tag else ("no language", "off")
    return Row(label, people, tone, url=behind + language_query(tag))
