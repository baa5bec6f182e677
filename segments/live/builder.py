"""The builder of a live segment, from a rule that may be incomplete: what each input is called, offers and holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segments import builder
from segments.builder.comparisons import box
from segments.builder.rows import Box, Builder, Choice, Deeds
from segments.builder.scene import choices, names, text
from segments.drafts import Json
from segments.dump import VERSION
from segments.inputs import UNFIT
from segments.live import drafts
from segments.live.describe import REFERRAL_WORDS
from segments.live.drafts import OFFERED, UNITS, WHENS
from segments.live.parse import FILTER, TRIGGER
from segments.live.rule import PAGE_URL, PAGE_VIEW
from segments.operators import BY_TYPE
from segments.parse import DEEDS, Path
from segments.pickers import by_name, catalogue
from segments.tree import Place, Type

KIND_WORDS = {
    "action": "When someone does",
    "inaction": "When someone does, then not",
    "date": "At a date that comes with",
    "page_visit": "When someone visits a page",
    "referrer": "When someone comes from elsewhere",
    "page_count": "When someone has seen",
}
Errors = Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class SpanRow:
    """“30 minutes”."""

    amount: str
    units: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class DateRow:
    """“5 days before its visit_on, at 09:00”; `span` is None for “on”, `clock` where a time of day means nothing."""

    span: SpanRow | None
    whens: tuple[Choice, ...]
    properties: tuple[Choice, ...]
    clock: str | None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """“UTM source is any of google”; `properties` is empty where there is only one."""

    properties: tuple[Choice, ...]
    comparisons: tuple[Choice, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """What begins it; the parts of its kind are set, the others are None."""

    name: str
    key: str
    kind: str
    kinds: tuple[Choice, ...]
    error: str
    focus: str
    did: Deeds | None = None
    undone: Deeds | None = None
    within: SpanRow | None = None
    date: DateRow | None = None
    compared: ComparedRow | None = None


@dataclass(frozen=True, slots=True)
class LiveBuilder:
    name: str
    trigger: TriggerRow
    first_time_only: bool
    filtered: bool
    people: Builder


@dataclass(frozen=True, slots=True)
class Focus:
    """Where to go on: a place among the deeds of one side."""

    side: str
    place: Place


def build(json: object, *, name: str, errors: Errors | None = None) -> LiveBuilder:
    """Whatever `json` is, a builder comes of it."""
    wrong = errors or {}
    live = json.get("live") if isinstance(json, dict) else None
    held: Json = live if isinstance(live, dict) else {}
    people = {"version": VERSION, "rule": held["filter"]} if "filter" in held else None
    asked = builder.build(people, name=f"{name}.filter", errors=below(wrong, FILTER))
    row = trigger_row(json, name=name, errors=wrong)
    return LiveBuilder(name, row, bool(held.get("first_time_only")), "filter" in held, asked)


def trigger_row(json: object, *, name: str, errors: Errors | None = None, focus: Focus | None = None) -> TriggerRow:
    kind, held = drafts.usable(json)
    scene = Scene(name, kind, errors or {}, focus)
    did = scene.deeds("did", held["did"]) if "did" in held else None
    undone = scene.deeds("not", held["not"]) if "not" in held else None
    return TriggerRow(
        name,
        name.replace(".", "-"),
        kind,
        choices(KIND_WORDS, kind),
        scene.own_error(),
        next((each.focus for each in (did, undone) if each and each.focus), ""),
        did,
        undone,
        span_row(held.get("within")) if kind == "inaction" else None,
        date_row(held) if kind == "date" else None,
        compared_row(kind, held) if kind in OFFERED else None,
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """What the deeds of a trigger are built with."""

    name: str
    kind: str
    errors: Errors
    focus: Focus | None

    def deeds(self, side: str, held: Sequence[Json]) -> Deeds:
        at = self.focus.place if self.focus and self.focus.side == side else None
        most, errors = 1 if self.kind == "date" else DEEDS, self.side_errors(side)
        return builder.deeds(held, name=f"{self.name}.{side}", errors=errors, focus=at, most=most, messages=False)

    def side_errors(self, side: str) -> dict[Place, str]:
        if self.kind != "date":
            return below(self.errors, (*self.path, side) if self.kind == "inaction" else self.path)
        own = {path: message for path, message in self.errors.items() if path[:4] in self.of_deed}
        return {(0, *place): message for place, message in below(own, self.path).items()}

    def own_error(self) -> str:
        """The first that none of the deeds shows."""
        sides = ("did", "not") if self.kind == "inaction" else ("did",)
        shown = {message for side in sides for message in self.side_errors(side).values()}
        own = [message for path, message in self.errors.items() if path[:2] == TRIGGER and message not in shown]
        return own[0] if own else ""

    @property
    def path(self) -> Path:
        return (*TRIGGER, self.kind)

    @property
    def of_deed(self) -> tuple[Path, ...]:
        """What of a date is about its event."""
        return (self.path, (*self.path, "event"), (*self.path, "where"))


def below(errors: Errors, path: Path) -> dict[Place, str]:
    """The errors under a path, by their place there."""
    found = {each[len(path) :]: message for each, message in errors.items() if each[: len(path)] == path}
    return {tuple(step for step in each if isinstance(step, int)): message for each, message in found.items()}


def span_row(held: object, unit: str = "minutes") -> SpanRow:
    span: Mapping[str, Any] = held if isinstance(held, dict) else {}
    chosen = span.get("unit")
    words = dict(zip(UNITS, UNITS, strict=True))
    return SpanRow(text(span.get("amount")), choices(words, chosen if chosen in UNITS else unit))


def date_row(held: Json) -> DateRow:
    when = held.get("when") if held.get("when") in WHENS else WHENS[0]
    on = when == "on"
    days = on or held.get("unit", "days") == "days"
    return DateRow(
        None if on else span_row(held, "days"),
        choices({each: each for each in WHENS}, str(when)),
        names(dates_of(held.get("event")), text(held.get("property"))),
        text(held.get("at")) if days else None,
    )


def dates_of(event: object) -> list[str]:
    """The properties of the event that were seen as dates; all of them where none was."""
    if not isinstance(event, str) or not event or UNFIT.search(event):
        return []
    known = catalogue([event]).event(event)
    own = [each for each in by_name(known) if not known[each].list]
    return [each for each in own if Type.DATE in known[each].types] or own


def compared_row(kind: str, held: Json) -> ComparedRow:
    row = drafts.row_of(kind, held.get("operator"))
    offered = BY_TYPE[Type.NUMBER if kind == "page_count" else Type.TEXT]
    given = text(held.get("property"))
    chosen = given if given in REFERRAL_WORDS else "referrer"
    return ComparedRow(
        choices(REFERRAL_WORDS, chosen) if kind == "referrer" else (),
        tuple(
            Choice(
                key,
                offered[key].label.removeprefix("is ") if kind == "page_count" else offered[key].label,
                key == row.key,
            )
            for key in OFFERED[kind]
        ),
        box(row, held.get("value"), frequent(kind, chosen)),
    )


def frequent(kind: str, referral: str) -> tuple[str, ...]:
    """Values that pages were seen with."""
    name = {"page_visit": PAGE_URL, "referrer": referral}.get(kind, "")
    known = catalogue([PAGE_VIEW]).event(PAGE_VIEW) if name else {}
    return known[name].offers if name in known else ()
