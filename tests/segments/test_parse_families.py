"""The JSON of each family of conditions: read and written back the same, or refused with place and words."""

import copy
from datetime import time
from typing import Any

import pytest

from segments.inputs import TEXTS
from segments.parse import DEEDS, DEPTH, FILTERS, SIZE, VALUES, WIDTH, TreeError, dump, parse, problems
from segments.parse.people import DEVICE_FILTERS, METRES, POINTS
from segments.tree import Did, DidNot, Hours
from tests.segments.making import CHARGED, SPANISH, rule

COAT = {"property": "category", "type": "text", "operator": "equals", "value": ["coat"]}
ITEM = {"property": "Items", "item": "sku", "type": "text", "operator": "contains", "value": "c"}
MONTH = {"last": 30, "unit": "days"}
APP = {"property": "app_version", "type": "version", "operator": "greater_than", "value": "9.8"}
POINT = {"latitude": -23.55, "longitude": -46.63, "name": "São Paulo"}
VIEWED = {"interest": "Product Viewed", "period": MONTH}
SEVERAL = {
    "did": [{"event": "Charged", "where": [COAT, ITEM]}, {"event": "Added"}],
    "period": MONTH,
    "hours": {"from": "18:00", "to": "02:00"},
    "weekdays": [6, 7],
    "count": {"operator": "greater_than", "value": 3},
}
NODES: list[dict[str, Any]] = [
    SEVERAL,
    {**CHARGED, "where": [ITEM]},
    {**CHARGED, "period": MONTH, "which": "first"},
    {**CHARGED, "period": {"from": "2026-01-01"}, "which": "last", "weekdays": [1, 2, 3, 4, 5, 6, 7]},
    {**CHARGED, "average": {"property": "Amount", "operator": "less_than", "value": 5, "include_never": True}},
    {**CHARGED, "sum": {"property": "Amount", "operator": "between", "value": [0.5, 5]}},
    {**CHARGED, "hours": {"from": "00:00", "to": "00:00"}},
    {"did_not": [{"event": "Charged"}, {"event": "Added", "where": [COAT]}], "period": "ever", "weekdays": [1]},
    {"did_not": "Charged", "period": MONTH, "hours": {"from": "09:30", "to": "17:45"}},
    {**VIEWED, "of": {"property": "category", "values": ["coat"]}, "at_least": 30},
    {**VIEWED, "where": [COAT], "of": {"hours": {"from": "18:00", "to": "21:00"}}, "predominantly": True},
    {**VIEWED, "of": {"weekdays": [6, 7]}, "at_least": 100},
    {"age": {"operator": "between", "value": [18, 30]}},
    {"near": [POINT, {"latitude": 90, "longitude": 180.0}], "metres": 50_000},
    {"channel": "email", "is": "reachable"},
    {"device": [APP, {"property": "last_seen_at", "type": "date", "operator": "last_days", "value": 7}]},
    {"segment": 12, "is": "in"},
    {"list": 3, "is": "not_in"},
    {"property": "app", "type": "version", "operator": "between", "value": ["9.8", "v10.2"]},
    {"property": "birth_date", "type": "date", "operator": "anniversary_today"},
    {"property": "birth_date", "type": "date", "operator": "anniversary_last_days", "value": 365},
    {"property": "language", "type": "text", "operator": "not_contains", "value": "e"},
]


@pytest.mark.parametrize("node", NODES)
def test_a_condition_is_read_and_written_back_the_same(node: dict[str, Any]) -> None:
    assert dump(parse(rule(node))) == rule(node)


def test_a_single_event_may_come_as_a_list() -> None:
    listed = {"did": [{"event": "Charged", "where": [COAT]}], "period": "ever"}

    assert dump(parse(rule(listed))) == rule({**CHARGED, "where": [COAT]})


def test_a_time_of_day_that_starts_where_it_ends_is_kept() -> None:
    node = parse(rule({**CHARGED, "hours": {"from": "07:05", "to": "07:05"}})).of[0]

    assert isinstance(node, Did)
    assert node.hours == Hours(time(7, 5), time(7, 5))


def test_all_events_of_did_not_share_period_hours_and_days() -> None:
    node = parse(rule(NODES[7])).of[0]

    assert isinstance(node, DidNot)
    assert ([deed.event for deed in node.deeds], node.weekdays, node.hours) == (["Charged", "Added"], (1,), None)


def with_(node: dict[str, Any], path: list[str | int], value: object) -> dict[str, Any]:
    """The node with one part replaced or added, or taken away where `value` is ..."""
    whole = copy.deepcopy(node)
    part: Any = whole
    for step in path[:-1]:
        part = part[step]
    if value is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return whole


DATED = {**CHARGED, "period": MONTH}
AVERAGE = {"property": "Amount", "operator": "less_than", "value": 5}
OF_VALUES, OF_HOURS = NODES[9], NODES[10]
AGE, NEAR, CHANNEL, DEVICE, SEGMENT, LIST = NODES[12:18]
SHARE = "Choose “mostly”, or how many percent at least."
DEGREES = "The latitude is a number of degrees from −90 to 90."
DISTANCE = "Type a distance from 1 metre to 1,000 km."
YEARS = "An age is a whole number from 0 to 150."
MISSING = "Something is missing here."
CLOCK = "Type a time of day from 00:00 to 23:59."
ONE_EVENT = "A total or an average is of one event: remove the others, or compare how often."
FAMILIES = "property, did, did_not, interest, age, near, channel, device, segment, list, bucket"
CHOICES = f"Choose one of: all, any, none, {FAMILIES}."
WRONG: list[tuple[dict[str, Any], list[str | int], object, str, str]] = [
    (SEVERAL, ["did"], [], "did", f"Choose one to {DEEDS} events."),
    (SEVERAL, ["did"], [{"event": "A"}] * (DEEDS + 1), "did", f"Choose one to {DEEDS} events."),
    (SEVERAL, ["did", 1], "Charged", "did[1]", MISSING),
    (SEVERAL, ["did", 1, "event"], "", "did[1].event", "Choose an event."),
    (SEVERAL, ["did", 1, "count"], {}, "did[1]", "“count” is not known here."),
    (SEVERAL, ["did", 0, "where"], [COAT] * 11, "did[0].where", "An event has at most 10 property filters."),
    (SEVERAL, ["did", 0, "where", 1, "value"], "", "did[0].where[1].value", "Type a text."),
    (SEVERAL, ["did", 0, "where", 1, "item"], " ", "did[0].where[1].item", "Choose what of the list’s items."),
    (SEVERAL, ["where"], [COAT], "where", "With several events each has its own filters."),
    (SEVERAL, ["sum"], AVERAGE, "sum", "Compare either how often or how much."),
    (with_(SEVERAL, ["count"], ...), ["average"], AVERAGE, "average", ONE_EVENT),
    (with_(SEVERAL, ["count"], ...), ["sum"], AVERAGE, "sum", ONE_EVENT),
    (DATED, ["average"], {**AVERAGE, "property": ""}, "average.property", "Choose the number to average."),
    (DATED, ["average"], {**AVERAGE, "more": 1}, "average", "“more” is not known here."),
    (SEVERAL, ["hours", "to"], ..., "hours.to", MISSING),
    (SEVERAL, ["hours", "to"], "24:00", "hours.to", CLOCK),
    (SEVERAL, ["hours", "from"], "9:00", "hours.from", CLOCK),
    (SEVERAL, ["hours", "from"], "09:00:00", "hours.from", CLOCK),
    (SEVERAL, ["hours", "from"], "٠٩:٠٠", "hours.from", CLOCK),
    (SEVERAL, ["hours", "from"], 9, "hours.from", CLOCK),
    (SEVERAL, ["weekdays"], [], "weekdays", "Choose one or more days of the week."),
    (SEVERAL, ["weekdays"], 6, "weekdays", "Choose one or more days of the week."),
    (SEVERAL, ["weekdays"], [0], "weekdays[0]", "Days are 1 to 7."),
    (SEVERAL, ["weekdays"], [6, 8], "weekdays[1]", "Days are 1 to 7."),
    (SEVERAL, ["weekdays"], [True], "weekdays[0]", "Days are 1 to 7."),
    (SEVERAL, ["weekdays"], [7, 6], "weekdays", "Name each day of the week once, Monday first."),
    (SEVERAL, ["weekdays"], [6, 6], "weekdays", "Name each day of the week once, Monday first."),
    (DATED, ["which"], "second", "which", "Choose the first or the last time."),
    (SEVERAL, ["which"], "first", "which", "The first time is only one time: compare no number, or choose any time."),
    (CHARGED, ["which"], "last", "period", "Choose the period in which the last time has to be."),
    (NODES[7], ["which"], "first", "", "“which” is not known here."),
    (NODES[7], ["count"], {}, "", "“count” is not known here."),
    (OF_VALUES, ["interest"], [{"event": "A"}], "interest", "Choose an event."),
    (OF_VALUES, ["of"], ..., "of", MISSING),
    (OF_VALUES, ["of"], {}, "of", "Choose a property, a time of day or weekdays."),
    (OF_VALUES, ["of", "weekdays"], [1], "of.weekdays", "Choose a property, a time of day or weekdays."),
    (OF_VALUES, ["of", "values"], ..., "of.values", MISSING),
    (OF_VALUES, ["of", "values"], [], "of.values", "Give at least one value."),
    (OF_VALUES, ["of", "values"], [5], "of.values", "Type a text."),
    (OF_VALUES, ["of", "property"], "", "of.property", "Choose a property of the event."),
    (OF_HOURS, ["of", "values"], ["a"], "of", "“values” is not known here."),
    (OF_HOURS, ["of", "hours", "to"], "21:30", "of.hours.to", "Choose whole hours here, such as 18:00."),
    (OF_VALUES, ["predominantly"], True, "predominantly", SHARE),
    (OF_VALUES, ["at_least"], ..., "", SHARE),
    (OF_HOURS, ["predominantly"], False, "predominantly", SHARE),
    (OF_VALUES, ["at_least"], 0, "at_least", "Type a whole number of percent from 1 to 100."),
    (OF_VALUES, ["at_least"], 101, "at_least", "Type a whole number of percent from 1 to 100."),
    (OF_VALUES, ["at_least"], 30.0, "at_least", "Type a whole number of percent from 1 to 100."),
    (OF_VALUES, ["count"], {}, "", "“count” is not known here."),
    (AGE, ["age", "operator"], "not_equals", "age.operator", "Choose a comparison."),
    (AGE, ["age", "value"], [18, 151], "age.value", YEARS),
    (AGE, ["age", "value"], [-1, 18], "age.value", YEARS),
    (AGE, ["age", "value"], [1.5, 18], "age.value", YEARS),
    (AGE, ["age", "value"], [30, 18], "age.value", "The first number is larger than the second."),
    (NEAR, ["near"], [], "near", f"Choose one to {POINTS} places."),
    (NEAR, ["near"], [POINT] * (POINTS + 1), "near", f"Choose one to {POINTS} places."),
    (NEAR, ["near", 1, "latitude"], ..., "near[1].latitude", MISSING),
    (NEAR, ["near", 1, "latitude"], 90.01, "near[1].latitude", DEGREES),
    (NEAR, ["near", 1, "latitude"], float("nan"), "near[1].latitude", DEGREES),
    (NEAR, ["near", 1, "latitude"], 10**400, "near[1].latitude", DEGREES),
    (NEAR, ["near", 1, "latitude"], True, "near[1].latitude", DEGREES),
    (NEAR, ["near", 1, "longitude"], -180.01, "near[1].longitude",
     "The longitude is a number of degrees from −180 to 180."),
    (NEAR, ["near", 0, "name"], "x" * 121, "near[0].name", "The name of a place has at most 120 characters."),
    (NEAR, ["near", 0, "name"], "a\x00", "near[0].name", "The name of a place has at most 120 characters."),
    (NEAR, ["metres"], 0, "metres", DISTANCE),
    (NEAR, ["metres"], METRES + 1, "metres", DISTANCE),
    (NEAR, ["metres"], 1.5, "metres", DISTANCE),
    (CHANNEL, ["channel"], "pigeon", "channel", "Choose a channel."),
    (CHANNEL, ["is"], "in", "is", "Choose how the person stands to the channel."),
    (CHANNEL, ["is"], ["reachable"], "is", "Choose how the person stands to the channel."),
    (DEVICE, ["device"], [], "device", f"Say one to {DEVICE_FILTERS} things of the device."),
    (DEVICE, ["device"], [APP] * 11, "device", f"Say one to {DEVICE_FILTERS} things of the device."),
    (DEVICE, ["device", 0, "property"], "token", "device[0].property", "Choose what of the device."),
    (DEVICE, ["device", 0, "type"], "number", "device[0].type", "This property is always a version or a text."),
    (DEVICE, ["device", 1, "type"], "text", "device[1].type", "This property is always a date."),
    (DEVICE, ["device", 0, "item"], "x", "device[0]", "“item” is not known here."),
    (DEVICE, ["device", 0, "value"], "nine", "device[0].value", "Type a version, such as 9.8 or 10.2.1."),
    (DEVICE, ["device", 0, "value"], "9.8-beta", "device[0].value", "Type a version, such as 9.8 or 10.2.1."),
    (DEVICE, ["device", 0, "value"], 9.8, "device[0].value", "Type a version, such as 9.8 or 10.2.1."),
    (SEGMENT, ["segment"], "", "segment", "Choose a segment."),
    (SEGMENT, ["segment"], 0, "segment", "Choose a segment."),
    (SEGMENT, ["segment"], 2**63, "segment", "Choose a segment."),
    (SEGMENT, ["segment"], True, "segment", "Choose a segment."),
    (SEGMENT, ["is"], "not in", "is", "Choose in or not in."),
    (LIST, ["list"], None, "list", "Choose a list."),
    (LIST, ["is"], ..., "is", MISSING),
    (LIST, ["segment"], 1, "", CHOICES),
    (NODES[18], ["value"], ["10.2", "9.8"], "value", "The first version is later than the second."),
    (NODES[18], ["value"], ["0", "9" * 101], "value", "Type a version, such as 9.8 or 10.2.1."),
    (CHARGED, ["did"], "x" * 121, "did", "Choose an event."),
    (LIST, ["list"], 2**63, "list", "Choose a list."),
    (NODES[18], ["value"], ["9.8"], "value", "Type two versions."),
    (NODES[20], ["value"], 366, "value", "Type a whole number from 0 to 365."),
    (NODES[21], ["item"], "x", "", "“item” is not known here."),
    (SPANISH, ["type"], "version", "type", "This property is always a text."),
]  # fmt: skip


@pytest.mark.parametrize(("node", "path", "value", "where", "message"), WRONG)
def test_what_cannot_work_is_refused_with_its_place_and_words(
    node: dict[str, Any], path: list[str | int], value: object, where: str, message: str
) -> None:
    with pytest.raises(TreeError) as refused:
        parse(rule(with_(node, path, value)))

    full = f"rule.all[0].{where}" if where else "rule.all[0]"
    assert (refused.value.where, refused.value.message) == (full, message)


FAR = [{"latitude": 90, "longitude": 180}, {"latitude": -90, "longitude": -180, "name": "x" * 120}]
EDGES: list[dict[str, Any]] = [
    {**AGE, "age": {"operator": "between", "value": [0, 150]}},
    {"near": FAR, "metres": 1},
    {"near": FAR, "metres": METRES},
    {"near": [POINT] * POINTS, "metres": 5},
    {"device": [APP] * DEVICE_FILTERS},
    {"did": [{"event": "A"}] * DEEDS, "period": "ever"},
    {**CHARGED, "did": "x" * 120, "where": [COAT] * 10},
    {**CHARGED, "hours": {"from": "00:00", "to": "23:59"}},
    {**CHARGED, "weekdays": [1, 2, 3, 4, 5, 6, 7]},
    {**CHARGED, "period": {"from": "2026-01-01", "to": "2026-01-01"}},
    {**CHARGED, "period": {"last": 0, "unit": "days"}},
    {**CHARGED, "count": {"operator": "less_than", "value": 2}},
    {**CHARGED, "count": {"operator": "less_than_equals", "value": 1}},
    {**CHARGED, "count": {"operator": "between", "value": [0, 1]}},
    {**CHARGED, "count": {"operator": "greater_than_equals", "value": 0}},
    {**OF_VALUES, "at_least": 1},
    {"bucket": {"from": 0, "to": 999}},
    {"bucket": {"from": 7, "to": 7}},
    {"segment": 1, "is": "in"},
    {"list": 2**63 - 1, "is": "in"},
    {**NODES[18], "value": ["9.8", "9.8.0"]},
    {**NODES[18], "value": ["0", "9" * 100]},
]


@pytest.mark.parametrize("node", EDGES)
def test_the_last_that_is_still_within_bounds_is_read(node: dict[str, Any]) -> None:
    assert dump(parse(rule(node))) == rule(node)


def test_the_bounds_are_those_that_are_documented() -> None:
    assert (DEPTH, WIDTH, SIZE, VALUES) == (6, 50, 200, 5_000)
    assert (DEEDS, FILTERS, DEVICE_FILTERS, POINTS, METRES, TEXTS) == (10, 10, 10, 50, 1_000_000, 200)


@pytest.mark.parametrize(
    ("node", "path", "place"),
    [
        (SEVERAL, ["did", 1, "event"], (0, 1)),
        (SEVERAL, ["did", 0, "where", 1, "value"], (0, 0, 1)),
        (SEVERAL, ["weekdays", 1], (0,)),
        (NODES[1], ["where", 0, "value"], (0, 0)),
        (OF_HOURS, ["where", 0, "value"], (0, 0)),
        (OF_VALUES, ["of", "values"], (0,)),
        (NEAR, ["near", 1, "latitude"], (0,)),
        (DEVICE, ["device", 1, "value"], (0, 1)),
        (SEGMENT, ["segment"], (0,)),
    ],
)
def test_the_place_leads_to_the_condition_its_event_and_its_filter(
    node: dict[str, Any], path: list[str | int], place: tuple[int, ...]
) -> None:
    found = problems(rule(with_(node, path, None)))

    assert [error.place for error in found] == [place]


def test_each_of_many_wrong_conditions_is_told_once() -> None:
    wrong = [with_(node, path, value) for node, path, value, _, _ in WRONG[:40]]

    assert [error.place[0] for error in problems(rule(*wrong))] == list(range(40))


def test_a_group_holds_as_many_and_lies_as_deep_as_it_may() -> None:
    node: dict[str, Any] = {"any": [SPANISH] * WIDTH}
    wrong: dict[str, Any] = {"any": [SPANISH, {**SPANISH, "value": []}]}
    for _ in range(DEPTH - 2):
        node, wrong = {"any": [node]}, {"any": [wrong]}

    assert dump(parse(rule(node))) == rule(node)
    assert [error.place for error in problems(rule(wrong))] == [(*[0] * (DEPTH - 1), 1)]


def test_events_filters_and_places_count_towards_the_size() -> None:
    most = f"at most {SIZE} conditions"
    deed = {"event": "A", "where": [COAT] * 9}
    events, places = {"did": [deed] * 10, "period": "ever"}, {**NEAR, "near": [POINT] * 50}
    devices = {"device": [APP] * 10}

    assert parse(rule(events, {**events, "did": [deed] * 9}, {"bucket": {"from": 0, "to": 1}}))
    assert parse(rule(*[places] * 3, {**places, "near": [POINT] * 49}))
    assert parse(rule(*[devices] * 18, SPANISH))
    for too_many in (rule(events, events), rule(*[places] * 4), rule(*[devices] * 18, SPANISH, SPANISH)):
        with pytest.raises(TreeError, match=most):
            parse(too_many)


def test_values_are_bounded_over_the_whole_rule() -> None:
    many = {**SPANISH, "value": [str(number) for number in range(TEXTS)]}
    over = {**VIEWED, "of": {"property": "category", "values": many["value"]}, "predominantly": True}
    full = VALUES // TEXTS

    assert parse(rule(*[many] * full))
    for too_many in (rule(*[many] * full, SPANISH), rule(*[many] * (full - 1), over, SPANISH)):
        with pytest.raises(TreeError, match=r"at most 5,000 values"):
            parse(too_many)
