"""Rows of what people did, did not do and mostly do: events with filters, how often, when, on which days."""

from collections.abc import Sequence
from datetime import date

from segments import periods
from segments.builder.comparisons import box, filter_row, measures, of_event
from segments.builder.rows import (
    BehaviourRow,
    Box,
    Choice,
    Choices,
    DeedRow,
    Grouped,
    HoursRow,
    InterestRow,
    MeasureRow,
    PeriodRow,
)
from segments.builder.scene import Scene, choices, dotted, grouped, names, text
from segments.drafts import Json
from segments.drafts.reading import MEASURES, measure_row
from segments.parse import DEEDS, FILTERS
from segments.pickers import by_name
from segments.tree import Place, Type

PERIODS = {"last": "in the last", "since": "since", "until": "up to", "between": "between", "ever": "at any time"}
UNITS = {"days": "days", "hours": "hours"}
WEEKDAYS = {"1": "Mon", "2": "Tue", "3": "Wed", "4": "Thu", "5": "Fri", "6": "Sat", "7": "Sun"}
WHICH = {"": "once or more", "first": "for the first time", "last": "for the last time"}
HOW_MUCH = {"count": "How often", "sum": "How much in total", "average": "How much on average"}
FOR_FEW = ("less_than", "less_than_equals", "equals", "between")  # who never did it may be meant too
SHARES = {"mostly": "mostly", "at_least": "at least"}


def behaviour_row(node: Json, place: Place, scene: Scene) -> BehaviourRow:
    is_did = "did" in node
    deeds = node["did"] if is_did else node["did_not"]
    return BehaviourRow(
        deed_rows(deeds, place, scene),
        measure_row_of(node, deeds, scene) if is_did else None,
        period_row(node.get("period"), scene.known.today),
        hours_row(node["hours"]) if "hours" in node else None,
        weekday_choices(node["weekdays"]) if "weekdays" in node else (),
        takes_deeds=len(deeds) < DEEDS,
    )


def deed_rows(deeds: Sequence[Json], place: Place, scene: Scene) -> tuple[DeedRow, ...]:
    is_one = len(deeds) == 1
    return tuple(
        deed_row(deed, deed.get("event"), (*place, number), scene, is_removable=not is_one)
        for number, deed in enumerate(deeds)
    )


def deed_row(node: Json, event: object, place: Place, scene: Scene, *, is_removable: bool = False) -> DeedRow:
    """`event` of a deed or of an interest, which are named differently."""
    chosen, filters = text(event), node.get("where", [])
    offered = scene.known.event(chosen)
    groups = of_event(offered)
    shown = [(*place, number) for number in range(len(filters))]
    return DeedRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        chosen,
        event_choices(chosen, scene),
        tuple(filter_row(each, (*place, number), scene, offered, groups) for number, each in enumerate(filters)),
        takes_filters=bool(chosen) and len(filters) < FILTERS,
        hint=scene.known.described.get(chosen, ""),
        is_removable=is_removable,
        error=scene.error_within(place, shown),
    )


def event_choices(chosen: str, scene: Scene) -> Grouped:
    """The events that other apps know stand by themselves."""
    messages = chosen in scene.known.messages
    return grouped(
        ("", names(scene.known.events, "" if messages else chosen)),
        ("Messages", names(scene.known.messages, chosen if messages else "")),
    )


def measure_row_of(node: Json, deeds: Sequence[Json], scene: Scene) -> MeasureRow:
    kind = next((each for each in MEASURES if isinstance(node.get(each), dict)), "")
    compared = node[kind] if kind else {}
    row, summed = measure_row(compared.get("operator")), text(compared.get("property"))
    include_never = bool(compared.get("include_never"))
    which = text(node.get("which")) if not kind else ""
    return MeasureRow(
        kind or which,
        tuple(
            [Choices("", choices(WHICH, "-" if kind else which))]
            + [Choices(label, measures(row, each, each == kind)) for each, label in HOW_MUCH.items()]
        ),
        box(row, compared.get("value"), ()),
        names(scene.known.numbers(text(deeds[0].get("event"))), summed),
        bool(kind) and (row.key in FOR_FEW or include_never),
        include_never,
    )


def period_row(period: object, today: date) -> PeriodRow:
    parts = period if isinstance(period, dict) else {}
    kind = period_kind(parts)
    return PeriodRow(
        kind,
        (Choices("", choices(PERIODS, kind)), Choices("By the calendar", choices(periods.choices(today), kind))),
        text(parts.get("last")),
        choices(UNITS, "hours" if parts.get("unit") == "hours" else "days"),
        text(parts.get("from")),
        text(parts.get("to")),
        kind if kind in periods.NAMED else "",
    )


def period_kind(parts: Json) -> str:
    if "last" in parts:
        return "last"
    if "from" in parts:
        return "between" if "to" in parts else "since"
    if text(parts.get("named")) in periods.NAMED:
        return text(parts["named"])
    return "until" if "to" in parts else "ever"


def hours_row(hours: object) -> HoursRow:
    parts = hours if isinstance(hours, dict) else {}
    return HoursRow(text(parts.get("from")), text(parts.get("to")))


def weekday_choices(days: object) -> tuple[Choice, ...]:
    chosen = {text(day) for day in days} if isinstance(days, list) else set()
    return tuple(Choice(day, label, day in chosen) for day, label in WEEKDAYS.items())


def interest_row(node: Json, place: Place, scene: Scene) -> InterestRow:
    over = node["of"] if isinstance(node.get("of"), dict) else {}
    kind = next((each for each in ("hours", "weekdays") if each in over), "property")
    event, chosen = text(node.get("interest")), text(over.get("property"))
    known = scene.known.event(event)
    offers = known[chosen].offers if chosen in known else ()
    return InterestRow(
        deed_row(node, event, place, scene),
        over_choices(kind, chosen, scene, event),
        kind,
        chosen,
        Box("texts", held(over.get("values")), offers, of=chosen),
        hours_row(over.get("hours", {"from": "18:00", "to": "22:00"})),
        weekday_choices(over.get("weekdays", [6, 7])),
        choices(SHARES, "at_least" if "at_least" in node else "mostly"),
        text(node["at_least"]) if "at_least" in node else None,
        period_row(node.get("period"), scene.known.today),
    )


def held(values: object) -> tuple[str, ...]:
    return tuple(filter(None, map(text, values))) if isinstance(values, list) else ()


def over_choices(kind: str, chosen: str, scene: Scene, event: str) -> Grouped:
    """Texts of the event, then the time; each says what it is."""
    known = scene.known.event(event)
    texts = [name for name in by_name(known) if Type.TEXT in known[name].types and not known[name].list]
    properties = names(texts, chosen if kind == "property" else "")
    times = {"hours": "time of day", "weekdays": "days of the week"}
    return grouped(
        ("What", tuple(Choice(f"property.{each.value}", each.label, each.selected) for each in properties)),
        ("When", choices(times, kind)),
    )
