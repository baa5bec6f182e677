"""An audience's channels and languages as its page shows them: of everybody, or put up from the sample."""

from dataclasses import dataclass

from segments.reach.asking import Answer
from segments.reach.channels import Breakdown, Reached


@dataclass(frozen=True, slots=True)
class Row:
    """A language, as the component of a funnel wants it."""

    label: str
    count: int
    tone: str = "accent"
    part_of: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    channels: list[Reached]
    languages: list[Row]


def split_of(found: Breakdown, answer: Answer) -> Shown:
    def all_of(people: int) -> int:
        return answer.people(people)[0]

    channels = [
        Reached(each.channel, all_of(each.has_address), all_of(each.unsubscribed), all_of(each.suppressed))
        for each in found.channels
    ]
    languages = [Row(name or "no language", all_of(people), tone_of(name)) for name, people in found.languages]
    if found.other:
        languages.append(Row("other languages", all_of(found.other), "off"))
    return Shown(channels, languages)


def tone_of(language: str | None) -> str:
    return "accent" if language else "off"
