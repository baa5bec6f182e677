"""What every row is built with, and the small parts that all rows have: names of fields, choices, texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segments.builder.rows import Choice, Choices, Grouped
from segments.pickers import Catalogue
from segments.tree import Place


@dataclass(frozen=True, slots=True)
class Scene:
    name: str
    errors: Mapping[Place, str]
    known: Catalogue

    def field(self, place: Place) -> str:
        return ".".join([self.name, *map(str, place)])

    def key(self, place: Place) -> str:
        return "-".join([self.name.replace(".", "-"), *map(str, place)])

    def error(self, place: Place) -> str:
        return self.errors.get(place, "")

    def error_within(self, place: Place, shown: Iterable[Place] = ()) -> str:
        """The first error of a condition or of what in it has no row of its own; `shown` have theirs."""
        inside = [each for each in sorted(self.errors) if each[: len(place)] == place]
        rows = tuple(shown)
        own = [each for each in inside if not any(each[: len(row)] == row for row in rows)]
        return self.errors[own[0]] if own else ""


def choices(words: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, label, value == chosen) for value, label in words.items())


def names(offered: Iterable[str], chosen: str) -> tuple[Choice, ...]:
    """What was chosen stays on offer, though the catalogue may have lost it."""
    listed = tuple(offered)
    found = listed if not chosen or chosen in listed else (*listed, chosen)
    return tuple(Choice(each, each, each == chosen) for each in found)


def grouped(*groups: tuple[str, tuple[Choice, ...]]) -> Grouped:
    """Those that have anything to offer."""
    return tuple(Choices(label, offered) for label, offered in groups if offered)


def dotted(place: Place) -> str:
    return ".".join(map(str, place))


def text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
