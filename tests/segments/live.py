"""Live rules and a few people's events to try them on, and what such a rule means, said again in plain Python."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from segments.context import Context
from segments.live.matcher import Happening
from segments.live.rule import (
    Action,
    Inaction,
    LiveRule,
    OnDate,
    PageCount,
    PageVisit,
    Referral,
    Span,
    Trigger,
)
from segments.operators import meets
from segments.tree import All, Comparison, Deed, DidNot, Ever, Property, Type

UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)  # the clocks of Europe go forward in the night that follows
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu")]
NAMES = ["Added To Cart", "Charged", "Page Viewed"]
MINUTES = [0, 0, 0, 1, 10, 29, 30, 31, 60, 90, 24 * 60, 25 * 60]
PATHS = ["https://shop.example/", "https://shop.example/Checkout?step=1", "", 7, None]
DAYS = ["2026-03-28", "2026-03-29", "2026-03-29T02:30", "2026-03-29T02:30:00+05:45", "2026-04-01T09:00:00Z", "soon", 3]
PROPERTIES: dict[str, Sequence[object]] = {
    "page_url": PATHS,
    "utm_source": ["google", "Bing", " ", None],
    "amount": [1, 5, 5.5, "5", None],
    "visit_on": DAYS,
    "items": [[{"sku": "a"}, 3], [{"sku": "b"}], [], "a"],
}

texts = st.sampled_from([
    Comparison(Type.TEXT, "contains", "checkout"),
    Comparison(Type.TEXT, "starts_with", "https://"),
    Comparison(Type.TEXT, "equals", ("google", "https://shop.example/")),
    Comparison(Type.TEXT, "not_equals", ("google",)),
])  # fmt: skip
wheres = st.sampled_from([
    Property("amount", Comparison(Type.NUMBER, "greater_than_equals", Decimal(5))),
    Property("amount", Comparison(Type.TEXT, "missing")),
    Property("utm_source", Comparison(Type.TEXT, "contains", "GOOGLE")),
    Property("items", Comparison(Type.TEXT, "equals", ("a",)), "sku"),
    Property("items", Comparison(Type.TEXT, "not_equals", ("a",)), "sku"),
])  # fmt: skip
deeds = st.builds(Deed, st.sampled_from([*NAMES, "Never Done"]), st.lists(wheres, max_size=1).map(tuple))
several = st.lists(deeds, min_size=1, max_size=3).map(tuple)
plain = st.sampled_from(NAMES).map(lambda name: (Deed(name),))
spans = st.sampled_from([Span(1, "minutes"), Span(30, "minutes"), Span(1, "hours"), Span(1, "days"), Span(2, "days")])
on_dates = st.one_of(
    st.builds(OnDate, deeds, st.just("visit_on"), st.sampled_from(["before", "after"]), spans, st.none()),
    st.builds(OnDate, deeds, st.just("visit_on"), st.just("before"), st.just(Span(1, "days")), st.just(time(2, 30))),
    st.builds(OnDate, deeds, st.just("visit_on"), st.just("on"), st.none(), st.sampled_from([None, time(9)])),
)
page_counts = st.builds(
    Comparison,
    st.just(Type.NUMBER),
    st.sampled_from(["greater_than_equals", "greater_than", "equals"]),
    st.sampled_from([Decimal(1), Decimal(2), Decimal(3)]),
)
TRIGGERS = (
    st.builds(Action, several),
    st.builds(Inaction, several, several, spans),
    st.builds(Inaction, plain, plain, spans),
    on_dates,
    st.builds(PageVisit, texts),
    st.builds(Referral, st.just("utm_source"), texts),
    st.builds(PageCount, page_counts),
)
SPANISH = All((Property("language", Comparison(Type.TEXT, "equals", ("es",))),))
NEVER_PAID = All((DidNot((Deed("Charged"),), Ever()),))
filters = st.sampled_from([None, None, None, SPANISH, NEVER_PAID])
# One of each kind, so that the same events serve all.
rules = st.tuples(*[st.builds(LiveRule, trigger, st.booleans(), filters) for trigger in TRIGGERS])


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """Up to fourteen events of three people, in no order, many at the same instant."""
    properties = st.fixed_dictionaries({}, optional={name: st.sampled_from(pool) for name, pool in PROPERTIES.items()})
    one = st.tuples(st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from(NAMES), st.sampled_from(MINUTES), properties)
    drawn = draw(st.lists(one, max_size=14))
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=3, max_size=3))
    return [
        Happening(number, profile, name, NOON + timedelta(minutes=minutes), values, zones[profile - 1])
        for number, (profile, name, minutes, values) in enumerate(drawn, 1)
    ]


def verdict(rule: LiveRule, event: Happening, story: Sequence[Happening], context: Context) -> str:
    """“qualifies at …”, “waits until …” or “no”, from all events there are."""
    mine = sorted((each for each in story if each.profile == event.profile), key=lambda each: (each.at, each.id))
    openings = [each for each in mine if opens(rule.trigger, each, mine, context)]
    if event not in openings or (rule.first_time_only and event != openings[0]):
        return "no"
    due: datetime | None = event.at
    match rule.trigger:
        case Inaction(_, undone, within):
            due = event.at + timedelta(**{within.unit: within.amount})
            if any(stops(rule.trigger, event, each, context) for each in mine if any_of(undone, each, context)):
                return "no"
        case OnDate():
            due = date_due(rule.trigger, event)
    if due is None or due < event.at:
        return "no"
    if due > context.now and isinstance(rule.trigger, Inaction | OnDate):
        return f"waits until {due:%d %H:%M:%S}"
    return f"qualifies at {due:%d %H:%M:%S}" if is_among(rule.filter, mine) else "no"


def is_among(tree: object, mine: Sequence[Happening]) -> bool:
    """Everyone with an odd number speaks Spanish."""
    if tree == SPANISH:
        return mine[0].profile % 2 == 1
    return tree is None or all(event.name != "Charged" for event in mine)


def opens(trigger: Trigger, event: Happening, mine: Sequence[Happening], context: Context) -> bool:
    match trigger:
        case Action(deeds) | Inaction(did=deeds):
            return any_of(deeds, event, context)
        case OnDate(deed=deed):
            return any_of((deed,), event, context)
        case PageVisit(comparison):
            return event.name == "Page Viewed" and meets(event.properties.get("page_url"), comparison, context)
        case Referral(name, comparison):
            return event.name == "Page Viewed" and meets(event.properties.get(name), comparison, context)
        case PageCount(comparison):
            page = visits(mine).get(event.id, 0)
            return meets(page, comparison, context) and (page == 1 or not meets(page - 1, comparison, context))


def any_of(deeds: Sequence[Deed], event: Happening, context: Context) -> bool:
    return any(deed.event == event.name and all(has(event, each, context) for each in deed.where) for deed in deeds)


def has(event: Happening, where: Property, context: Context) -> bool:
    value = event.properties.get(where.name)
    if where.item is None:
        return meets(value, where.comparison, context)
    items = value if isinstance(value, list) else []
    return any(meets(each.get(where.item), where.comparison, context) for each in items if isinstance(each, Mapping))


def stops(trigger: Inaction, event: Happening, other: Happening, context: Context) -> bool:
    length = timedelta(**{trigger.within.unit: trigger.within.amount})
    if other == event or other.at < event.at or other.at - event.at >= length:
        return False
    is_opening = any_of(trigger.did, other, context)
    return other.at != event.at or not is_opening or other.id > event.id


def visits(mine: Sequence[Happening]) -> dict[int, int]:
    """The number of each page in its visit."""
    found: dict[int, int] = {}
    last, page = None, 0
    for event in (each for each in mine if each.name == "Page Viewed"):
        page = page + 1 if last is not None and event.at - last <= timedelta(minutes=30) else 1
        found[event.id], last = page, event.at
    return found


# What each value of `DAYS` means in a zone, worked out by hand: the UTC instant of the date, before any shift.
def date_due(trigger: OnDate, event: Happening) -> datetime | None:
    wall = local(event.properties.get(trigger.property), event.zone)
    if wall is None:
        return None
    sign = -1 if trigger.when == "before" else 1
    shift = trigger.shift
    if shift and shift.unit != "days":
        return first_instant(wall, event.zone) + sign * timedelta(**{shift.unit: shift.amount})
    wall += sign * timedelta(days=shift.amount if shift else 0)
    if trigger.clock:
        wall = datetime.combine(wall.date(), trigger.clock)
    return first_instant(wall, event.zone)


def local(value: object, zone: ZoneInfo) -> datetime | None:
    """The wall clock of the person at the moment that is meant."""
    match value:
        case "2026-03-28" | "2026-03-29":
            return datetime(2026, 3, int(value[-2:]))  # noqa: DTZ001 a wall clock
        case "2026-03-29T02:30":
            named = first_instant(datetime(2026, 3, 29, 2, 30), zone)  # noqa: DTZ001 a wall clock
        case "2026-03-29T02:30:00+05:45":
            named = datetime(2026, 3, 28, 20, 45, tzinfo=UTC)
        case "2026-04-01T09:00:00Z":
            named = datetime(2026, 4, 1, 9, tzinfo=UTC)
        case _:
            return None
    return named.astimezone(zone).replace(tzinfo=None)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first minute (UTC) at which a clock on the wall says so, or later: they never agree in a gap."""
    start = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    minutes = (start + timedelta(minutes=number) for number in range(30 * 60))
    return next(at for at in minutes if at.astimezone(zone).replace(tzinfo=None) >= wall)
