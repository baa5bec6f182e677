"""The rows of the segment builder, from a rule that may be incomplete: what each input is called, offers and holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segments import drafts, operators
from segments.drafts import KINDS, Json
from segments.operators import Operator
from segments.parse import DEPTH, FILTERS, WIDTH
from segments.pickers import Catalogue, Known, catalogue
from segments.tree import Place, Type

GROUP_WORDS = {"all": "all", "any": "any", "none": "none"}
FAMILIES = {"did": "did", "did_not": "did not do", "property": "whose", "bucket": "in buckets"}
PERIODS = {"ever": "at any time", "last": "in the last", "since": "since", "until": "up to", "between": "between"}
FOR_FEW = ("less_than", "less_than_equals", "equals", "between")  # who never did it may be meant too
UNITS = {"days": "days", "hours": "hours"}
TYPE_WORDS = {
    Type.TEXT: "as text",
    Type.NUMBER: "as number",
    Type.BOOLEAN: "as yes or no",
    Type.DATE: "as date",
    Type.LIST: "as list",
}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Box:
    """The inputs of one value; `widget` says which, `options` are offered while typing."""

    widget: str
    values: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """“language is any of es”, of a person or in a filter of an event."""

    name: str
    key: str
    place: str
    property: str
    standard: tuple[Choice, ...]
    own: tuple[Choice, ...]
    types: tuple[Choice, ...]
    type: str
    comparisons: tuple[Choice, ...]
    box: Box
    error: str
    focus: bool


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """“at least 2 times” or “total amount at least 100”; `kind` is "", "count" or "sum"."""

    kind: str
    counts: tuple[Choice, ...]
    totals: tuple[Choice, ...]
    amount: Box
    properties: tuple[Choice, ...]
    asks_never: bool
    include_never: bool


@dataclass(frozen=True, slots=True)
class PeriodRow:
    kind: str
    kinds: tuple[Choice, ...]
    last: str
    units: tuple[Choice, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """“did Charged …”; `measure` is None where it was not done."""

    events: tuple[Choice, ...]
    measure: MeasureRow | None
    period: PeriodRow
    filters: tuple[PropertyRow, ...]
    takes_filters: bool


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition; the part of its family is set, the others are None."""

    name: str
    key: str
    place: str
    families: tuple[Choice, ...]
    error: str
    focus: bool
    event: EventRow | None = None
    property: PropertyRow | None = None
    bucket: tuple[str, str] | None = None

    is_group = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    name: str
    key: str
    place: str
    kinds: tuple[Choice, ...]
    rows: "tuple[GroupRow | ConditionRow, ...]"
    error: str
    focus: bool
    takes_more: bool
    takes_groups: bool

    is_group = True


@dataclass(frozen=True, slots=True)
class Builder:
    name: str
    group: GroupRow


@dataclass(frozen=True, slots=True)
class Scene:
    """What every row is built with."""

    name: str
    errors: Mapping[Place, str]
    known: Catalogue
    focus: Place | None

    def field(self, place: Place) -> str:
        return ".".join([self.name, *map(str, place)])

    def key(self, place: Place) -> str:
        return "-".join([self.name, *map(str, place)])


def build(
    json: object, *, name: str = "tree", errors: Mapping[Place, str] | None = None, focus: Place | None = None
) -> Builder:
    """Whatever `json` is, a builder comes of it; None and what is no rule become an empty one. Two queries."""
    draft = drafts.usable(json)
    known = catalogue(drafts.events_of(draft))
    drafts.complete(draft, known)
    return Builder(name, group_row(draft["rule"], (), Scene(name, errors or {}, known, focus)))


def group_row(node: Json, place: Place, scene: Scene) -> GroupRow:
    kind = next((each for each in KINDS if each in node), "all")
    children = drafts.children_of(node)
    return GroupRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        choices(GROUP_WORDS, kind),
        tuple(row(child, (*place, number), scene) for number, child in enumerate(children)),
        scene.errors.get(place, ""),
        place == scene.focus,
        takes_more=len(children) < WIDTH,
        takes_groups=len(place) + 1 < DEPTH,
    )


def row(node: Json, place: Place, scene: Scene) -> GroupRow | ConditionRow:
    if any(kind in node for kind in KINDS):
        return group_row(node, place, scene)
    family = next((each for each in FAMILIES if each in node), "did")
    return ConditionRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        choices(FAMILIES, family),
        scene.errors.get(place, ""),
        place == scene.focus,
        event=event_row(node, family, place, scene) if family in ("did", "did_not") else None,
        property=property_row(node, place, scene, None) if family == "property" else None,
        bucket=bucket_ends(node["bucket"]) if family == "bucket" else None,
    )


def property_row(node: Json, place: Place, scene: Scene, event: str | None) -> PropertyRow:
    chosen, kind = text(node.get("property")), Type(node["type"])
    known = scene.known.property(chosen, event)
    own, standard = scene.known.names(event)
    comparison = operators.BY_TYPE[kind][node["operator"]]
    return PropertyRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        chosen,
        names(standard, chosen),
        names(own if chosen in standard else with_chosen(own, chosen), chosen),
        tuple(Choice(each, TYPE_WORDS[each], each == kind) for each in offered_types(known, kind)),
        kind,
        tuple(Choice(each.key, each.label, each is comparison) for each in operators.BY_TYPE[kind].values()),
        box(comparison, node.get("value"), known.frequent),
        scene.errors.get(place, "") if event is not None else "",
        event is not None and place == scene.focus,
    )


def event_row(node: Json, family: str, place: Place, scene: Scene) -> EventRow:
    event, filters = text(node.get(family)), drafts.children_of(node)
    return EventRow(
        names(with_chosen(scene.known.events, event), event),
        measure_row(node, scene.known.numbers(event)) if family == "did" else None,
        period_row(node.get("period")),
        tuple(property_row(each, (*place, number), scene, event) for number, each in enumerate(filters)),
        takes_filters=bool(event) and len(filters) < FILTERS,
    )


def measure_row(node: Json, numbers: Sequence[str]) -> MeasureRow:
    kind = next((each for each in ("count", "sum") if isinstance(node.get(each), dict)), "")
    compared = node[kind] if kind else {}
    row, summed = drafts.measure_row(compared.get("operator")), text(compared.get("property"))
    include_never = bool(compared.get("include_never"))
    return MeasureRow(
        kind,
        amounts("count", row if kind == "count" else None),
        amounts("sum", row if kind == "sum" else None),
        box(row, compared.get("value"), ()),
        names(with_chosen(numbers, summed), summed),
        bool(kind) and (row.key in FOR_FEW or include_never),
        include_never,
    )


def amounts(kind: str, chosen: Operator[Any] | None) -> tuple[Choice, ...]:
    return tuple(
        Choice(f"{kind}.{row.key}", row.label.removeprefix("is "), row is chosen) for row in operators.MEASURES
    )


def period_row(period: object) -> PeriodRow:
    parts = period if isinstance(period, dict) else {}
    kind = period_kind(parts)
    unit = "hours" if parts.get("unit") == "hours" else "days"
    start, end = text(parts.get("from")), text(parts.get("to"))
    return PeriodRow(kind, choices(PERIODS, kind), text(parts.get("last")), choices(UNITS, unit), start, end)


def period_kind(parts: Json) -> str:
    if "last" in parts:
        return "last"
    if "from" in parts:
        return "between" if "to" in parts else "since"
    return "until" if "to" in parts else "ever"


def bucket_ends(ends: object) -> tuple[str, str]:
    return (text(ends.get("from")), text(ends.get("to"))) if isinstance(ends, dict) else ("", "")


def box(row: Operator[Any], value: object, options: Sequence[str]) -> Box:
    held = tuple(text(each) for each in value) if isinstance(value, list) else (text(value),)
    match row.input.widget:
        case "texts":
            return Box("texts", (*filter(None, held), ""), tuple(options))
        case "numbers" | "span":
            return Box(row.input.widget, (*held, "", "")[:2])
        case widget:
            return Box(widget, held[:1] or ("",), tuple(options) if widget == "text" else ())


def offered_types(known: Known, chosen: Type) -> tuple[Type, ...]:
    """The types seen; all of them where none was; a single one needs no choice."""
    types = known.types or tuple(Type)
    return types if chosen in types else (*types, chosen)


def names(offered: Iterable[str], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(each, each, each == chosen) for each in offered)


def with_chosen(offered: Sequence[str], chosen: str) -> Sequence[str]:
    """What was chosen stays on offer, though the catalogue may have lost it."""
    return offered if not chosen or chosen in offered else (*offered, chosen)


def choices(words: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, label, value == chosen) for value, label in words.items())


def dotted(place: Place) -> str:
    return ".".join(map(str, place))


def text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
