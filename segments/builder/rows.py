"""What the builder's templates show: each row with its inputs, what they offer and what they hold."""

from dataclasses import dataclass, field

from people import languages


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """A group of options under its label; without a label they stand by themselves."""

    label: str
    choices: tuple[Choice, ...]


Grouped = tuple[Choices, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """The inputs of one value of the property `of`; `widget` says which, `options` are offered while typing, `ticks` to
    be ticked."""

    widget: str
    values: tuple[str, ...]
    options: tuple[str, ...] = ()
    ticks: tuple[Choice, ...] = ()
    of: str = ""

    @property
    def chips(self) -> tuple[Choice, ...]:
        return tuple(Choice(value, languages.value_words(self.of, value), True) for value in self.values)

    @property
    def offers(self) -> tuple[Choice, ...]:
        return tuple(Choice(value, languages.value_words(self.of, value), False) for value in self.options)


@dataclass(frozen=True, slots=True)
class FilterRow:
    """“language is any of es”: of a person, in a filter of an event, of a device. `properties` is empty where the
    family of the condition says which property it is."""

    name: str
    key: str
    place: str
    property: str
    properties: Grouped
    comparisons: Grouped
    box: Box
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeedRow:
    """An event with its filters; `is_removable` where it is not the only one, `hint` is what an operator wrote."""

    name: str
    key: str
    place: str
    event: str
    events: Grouped
    filters: tuple[FilterRow, ...]
    takes_filters: bool
    hint: str = ""
    is_removable: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Deeds:
    """Deeds that stand alone in another form."""

    name: str
    rows: tuple[DeedRow, ...]
    takes_more: bool
    focus: str


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """“at least 2 times” or “with a total amount of at least 100”; `kind` is "", "first", "last", "count", "sum" or
    "average"."""

    kind: str
    kinds: Grouped
    amount: Box
    properties: tuple[Choice, ...]
    asks_never: bool
    include_never: bool


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """`named` is a period of the calendar."""

    kind: str
    kinds: Grouped
    last: str
    units: tuple[Choice, ...]
    start: str
    end: str
    named: str


@dataclass(frozen=True, slots=True)
class HoursRow:
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class BehaviourRow:
    """“did Charged …”; `measure` is None where it was not done, `hours` and `weekdays` where nobody asks for them."""

    deeds: tuple[DeedRow, ...]
    measure: MeasureRow | None
    period: PeriodRow
    hours: HoursRow | None
    weekdays: tuple[Choice, ...]
    takes_deeds: bool
    template = "segments/builder/_behaviour.html"


@dataclass(frozen=True, slots=True)
class InterestRow:
    """“does Product Viewed mostly with category coat”; `hours`, `weekdays` or `box`, as `kind` says."""

    deed: DeedRow
    over: Grouped
    kind: str
    overed: str
    box: Box
    hours: HoursRow
    weekdays: tuple[Choice, ...]
    shares: tuple[Choice, ...]
    percent: str | None
    period: PeriodRow
    template = "segments/builder/_interest.html"


@dataclass(frozen=True, slots=True)
class WhoseRow:
    filter: FilterRow
    template = "segments/builder/_whose.html"


@dataclass(frozen=True, slots=True)
class AgeRow:
    comparisons: Grouped
    box: Box
    template = "segments/builder/_age.html"


@dataclass(frozen=True, slots=True)
class PointChip:
    """A chosen place; `value` is what is posted. Without degrees it is only what was typed."""

    value: str
    label: str
    title: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class NearRow:
    distance: str
    units: tuple[Choice, ...]
    points: tuple[PointChip, ...]
    typed: str
    template = "segments/builder/_near.html"


@dataclass(frozen=True, slots=True)
class PickRow:
    """One select: a channel, a segment, a list."""

    field: str
    label: str
    none: str
    choices: tuple[Choice, ...]
    template = "segments/builder/_pick.html"


@dataclass(frozen=True, slots=True)
class DeviceRow:
    filters: tuple[FilterRow, ...]
    takes_filters: bool
    template = "segments/builder/_device.html"


@dataclass(frozen=True, slots=True)
class BucketRow:
    low: str
    high: str
    template = "segments/builder/_bucket.html"


Body = BehaviourRow | InterestRow | WhoseRow | AgeRow | NearRow | PickRow | DeviceRow | BucketRow


@dataclass(frozen=True, slots=True)
class ConditionRow:
    name: str
    key: str
    place: str
    family: str
    families: Grouped
    error: str
    body: Body
    is_group = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    name: str
    key: str
    place: str
    kinds: tuple[Choice, ...]
    rows: "tuple[GroupRow | ConditionRow, ...]"
    error: str
    takes_more: bool
    takes_groups: bool
    is_group = True


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be brought back: said in words right after it was taken away, kept as JSON."""

    words: str
    json: str


@dataclass(frozen=True, slots=True)
class Builder:
    """`focus` is the id of the input to go on at, perhaps none."""

    name: str
    group: GroupRow
    focus: str = ""
    undo: Undo | None = field(default=None)
