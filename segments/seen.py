"""What a condition sees of one person: the SQL that fetches it as JSON, and the words for it."""

import json
import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any as Anything

from psycopg.sql import SQL, Composable, Identifier, Literal

from people import languages
from people.models import Subscription
from people.properties import value_sql
from segments import geography, spelling
from segments.age import age
from segments.behaviour import ids_of, knows_summary, summary, time_of
from segments.context import Bounds, Context, among
from segments.inputs import day_words, number_words
from segments.interest import hour_words, is_value, valued_events
from segments.operands import is_missing
from segments.phrases import FIELDS, distance_words, point_words
from segments.reachability import has_address
from segments.scope import Scope
from segments.sets import condition
from segments.sources import When, events, operand
from segments.tree import (
    Age,
    Average,
    Bucket,
    Did,
    DidNot,
    HasDevice,
    Hours,
    Interest,
    Near,
    Node,
    Property,
    Reachable,
    Sum,
    Type,
    Values,
)

PLACES = 6  # digits after the point that an average is shown with
DEVICES = 5
VALUES = 3
WEEKDAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOTHING = SQL("NULL::text")


def seen_sql(node: Node, scope: Scope) -> Composable:
    """A text of JSON, or NULL. `p` is the person, and the only one in the scope."""
    match node:
        case Property(name):
            return SQL("({})::text").format(value_sql(name))
        case Bucket():
            return SQL("p.bucket::text")
        case Age():
            return SQL("to_jsonb(p.birth_date)::text")
        case Near():
            return SQL("jsonb_build_array(p.latitude, p.longitude)::text")
        case DidNot(deeds, period, hours, weekdays):
            return seen_events(Did(deeds, period, hours, weekdays), scope)
        case Did():
            return seen_events(node, scope)
        case Interest():
            return seen_values(node, scope)
        case Reachable():
            return seen_consent(node, scope)
        case HasDevice():
            return seen_devices(node, scope.context)
        case _:
            return NOTHING


def seen_events(node: Did, scope: Scope) -> Composable:
    """[times, first, last, sum or null, how many numbers] in the period; first and last times are of all."""
    at = time_of(node, scope.context)
    is_of_all = node.which != "any" or at.limits == Bounds(None, None)
    if is_of_all and knows_summary(node, scope.context):
        columns = SQL("jsonb_build_array(sum(s.count), min(s.first_at), max(s.last_at), NULL, 0)::text")
        return SQL("({})").format(summary(ids_of(node, scope), scope, columns=columns))
    if node.which != "any":
        at = When(Bounds(None, None), at.hours, at.weekdays)
    number = SQL("{} AS value").format(number_of(node, scope.context))
    return SQL(
        "(SELECT jsonb_build_array(count(*), min(e.at), max(e.at), sum(e.value), count(e.value))::text FROM ({}) e)"
    ).format(events(node.deeds, at, scope, columns=[SQL("e.at"), number]))


def number_of(node: Did, context: Context) -> Composable:
    if isinstance(node.measure, Sum | Average):
        return operand(node.measure.property, Type.NUMBER, context).value
    return SQL("NULL::numeric")


def seen_values(node: Interest, scope: Scope) -> Composable:
    """[[value or null, times], …], the most frequent first."""
    return SQL(
        "(SELECT jsonb_agg(jsonb_build_array(v.value, v.times) ORDER BY v.times DESC, v.value)::text FROM"
        " (SELECT CASE WHEN {} THEN e.value END AS value, count(*) AS times FROM ({}) e GROUP BY 1) v)"
    ).format(is_value(node.over), valued_events(node, scope))


def seen_consent(node: Reachable, scope: Scope) -> Composable:
    """[has an address, state or null]"""
    return SQL(
        "jsonb_build_array(COALESCE({}, FALSE), (SELECT u.state FROM people_subscription u"
        " WHERE u.profile_id = p.id AND u.channel = {}))::text"
    ).format(condition(has_address(node.channel, scope.context), SQL("p.id")), Literal(node.channel))


def seen_devices(node: HasDevice, context: Context) -> Composable:
    """[{field: value, …}, …] of the fields that are asked for, the device that was seen last first."""
    fields = dict.fromkeys(each.name for each in node.where)
    pairs = SQL(", ").join(SQL("{}, {}").format(Literal(f"{name}"), Identifier("d", name)) for name in fields)
    return SQL(
        "(SELECT jsonb_agg(jsonb_build_object({}) ORDER BY d.last_seen_at DESC, d.id)::text FROM people_device d"
        " WHERE {})"
    ).format(pairs, SQL(" AND ").join(among(context.people, SQL("d.profile_id"))))


def seen_words(node: Node, answer: str | None, context: Context) -> str:
    """Empty for what is not one condition of the person's own."""
    seen: Anything = None if answer is None else json.loads(answer, parse_float=Decimal)
    match node:
        case Property(name):
            return value_words(languages.value_words(name, seen) if isinstance(seen, str) else seen)
        case Bucket():
            return f"bucket {seen}"
        case Age():
            return age_words(seen, context.today)
        case Near():
            return place_words(node, seen)
        case Did() | DidNot():
            return events_words(node, seen, context)
        case Interest():
            return interest_words(node, seen)
        case Reachable():
            return consent_words(seen)
        case HasDevice():
            return devices_words(seen, context)
        case _:
            return ""


def value_words(seen: object) -> str:
    match seen:
        case _ if is_missing(seen):
            return "no value"
        case bool():
            return "yes" if seen else "no"
        case str():
            return f"“{seen}”"
        case int() | Decimal():
            return number_words(Decimal(seen))
        case list():
            return ", ".join(value_words(each) for each in seen)
        case _:
            return json.dumps(seen, ensure_ascii=False, default=str)


def age_words(seen: str | None, today: date) -> str:
    if seen is None:
        return "no birth date"
    born = date.fromisoformat(seen)
    if born > today:
        return f"not born before {day_words(born)}"
    years = age(born, today)
    return f"{years} {'year' if years == 1 else 'years'} old, born on {day_words(born)}"


def place_words(node: Near, seen: list[Anything]) -> str:
    """The distance to the nearest point."""
    latitude, longitude = (float(each) if each is not None else float("nan") for each in seen)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return "no place"
    metres, nearest = min(
        ((geography.distance(latitude, longitude, point), point) for point in node.points), key=itemgetter(0)
    )
    return f"{distance_words(math.ceil(metres))} from {point_words(nearest)}"


def events_words(node: Did | DidNot, seen: list[Anything], context: Context) -> str:
    times, first, last, total, numbers = seen
    if not times:
        return "never"
    often = times_words(times)
    days = [day_words(datetime.fromisoformat(at).astimezone(context.zone).date()) for at in (first, last)]
    if isinstance(node, Did) and node.which != "any":
        return f"{often}, {node.which} on {days[0] if node.which == 'first' else days[1]}"
    when = f"on {days[0]}" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
    return f"{often}, {when}{amount_words(node, total, numbers)}"


def amount_words(node: Did | DidNot, total: int | Decimal | None, numbers: int) -> str:
    measure = node.measure if isinstance(node, Did) else None
    if not isinstance(measure, Sum | Average):
        return ""
    if total is None:
        return ", without a number"
    if isinstance(measure, Sum):
        return f", {number_words(Decimal(total))} in total"
    average = Decimal(f"{Decimal(total) / numbers:.{PLACES}f}")  # round() refuses what is too large for so many digits
    return f", {number_words(average)} on average"


def times_words(times: int) -> str:
    return "once" if times == 1 else f"{times:,} times"


def interest_words(node: Interest, seen: list[list[Anything]] | None) -> str:
    """“18 times: “coat” 12, “hat” 4, others 2”"""
    if not seen:
        return "never"
    valued = [(value, times) for value, times in seen if value is not None]
    shown = [f"{interest_value(node, value)} {times:,}" for value, times in valued[:VALUES]]
    others = sum(times for _, times in valued[VALUES:])
    without = sum(times for value, times in seen if value is None)
    shown += [f"{words} {times:,}" for words, times in (("others", others), ("no value", without)) if times]
    return f"{times_words(sum(times for _, times in seen))}: {', '.join(shown)}"


def interest_value(node: Interest, value: Anything) -> str:
    match node.over:
        case Values(name):
            return f"“{languages.value_words(name, value)}”"
        case Hours():
            return hour_words(value)
        case _:
            return WEEKDAYS[value]


def consent_words(seen: Sequence[Anything]) -> str:
    has_address, state = seen
    said = Subscription.State(state).label.lower() if state else "never said yes or no"
    return f"{'has an address' if has_address else 'no address'}, {said}"


def devices_words(seen: list[dict[str, Anything]] | None, context: Context) -> str:
    if not seen:
        return "no device"
    shown = "; ".join(device_words(each, context) for each in seen[:DEVICES])
    return f"{shown}; {len(seen) - DEVICES:,} more" if len(seen) > DEVICES else shown


def device_words(device: dict[str, Anything], context: Context) -> str:
    named = {
        FIELDS.get(name, name.replace("_", " ")): field_words(name, value, context) for name, value in device.items()
    }
    return ", ".join(f"{name} {words}" for name, words in named.items())


def field_words(name: str, value: str, context: Context) -> str:
    if name == "last_seen_at":
        return day_words(datetime.fromisoformat(value).astimezone(context.zone).date())
    return value_words(spelling.platform_words(name, value))
