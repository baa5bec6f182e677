"""The words for parts of a rule: deeds, periods, hours, measures, comparisons, places."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from people import languages
from people.models import Profile
from people.properties import COLUMNS
from segments import operators, periods, spelling
from segments.inputs import day_words, days_words
from segments.tree import (
    Average,
    Between,
    Calendar,
    Comparison,
    Deed,
    Ever,
    Hours,
    Last,
    Measure,
    Period,
    Point,
    Property,
    Standing,
    Sum,
    Times,
    Type,
    Weekdays,
)

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
FIELDS = {"os_version": "OS version", "sdk_version": "SDK version", "last_seen_at": "last use"}
GENDERS: Mapping[str, str] = {value: label.lower() for value, label in Profile.Gender.choices}
CHANNELS = {"email": "e-mail", "sms": "SMS", "push": "push", "whatsapp": "WhatsApp", "export": "exports"}
ADDRESSES = {
    "email": "with an e-mail address",
    "sms": "with a phone number for SMS",
    "push": "with a push token",
    "whatsapp": "with a phone number for WhatsApp",
    "export": "with an identity for exports",
}
STANDINGS = {
    Standing.REACHABLE: "reachable by {}",
    Standing.SUBSCRIBED: "subscribed to {}",
    Standing.UNSUBSCRIBED: "unsubscribed from {}",
    Standing.SUPPRESSED: "suppressed for {}",
}


def listed(words: Sequence[str], last: str = "or") -> str:
    """“a”, “a or b”, “a, b or c”."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def spaced(*words: str) -> str:
    return " ".join(filter(None, words))


def deed_words(deed: Deed) -> str:
    """“Charged where category is “coat””."""
    return spaced(deed.event, where_words(deed.where))


def deeds_words(deeds: Sequence[Deed]) -> tuple[str, str]:
    """What was done, and what comes at the end: a single deed's filters; several have theirs in brackets."""
    if len(deeds) == 1:
        return deeds[0].event, where_words(deeds[0].where)
    named = [f"{deed.event} ({where_words(deed.where)})" if deed.where else deed.event for deed in deeds]
    return listed(named), ""


def where_words(where: Sequence[Property]) -> str:
    return f"where {' and '.join(map(filter_words, where))}" if where else ""


def filter_words(node: Property) -> str:
    name = node.name if node.item is None else f"the {node.item} of one of {node.name}"
    return f"{name} {comparison_words(named_values(node, languages.value_words))}"


def property_words(node: Property) -> str:
    """“gender is “female””: a property of the person."""
    name = node.name.replace("_", " ") if node.name in COLUMNS else node.name
    return f"{name} {comparison_words(named_values(node, value_words))}"


def named_values(node: Property, words: Callable[[str, str], str]) -> Comparison:
    """With the texts of a property as people read them: “Spanish (es)”."""
    if not isinstance(node.comparison.value, tuple) or node.comparison.type != Type.TEXT:
        return node.comparison
    return replace(node.comparison, value=tuple(words(node.name, str(each)) for each in node.comparison.value))


def value_words(name: str, value: str) -> str:
    """A text of a person's property."""
    return GENDERS.get(value, value) if name == "gender" else languages.value_words(name, value)


def device_words(node: Property) -> str:
    name = FIELDS.get(node.name, node.name.replace("_", " "))
    return f"whose {name} {comparison_words(named_values(node, spelling.platform_words))}"


def comparison_words(comparison: Comparison) -> str:
    return operators.of(comparison).says(comparison.value)


def amount_words(comparison: Comparison) -> str:
    """“at least 2”: what a measure says without “is”."""
    return comparison_words(comparison).removeprefix("is ")


def age_words(comparison: Comparison) -> str:
    return amount_words(comparison).removeprefix("between ").replace(" and ", " to ")


def measure_words(measure: Measure | None, together: str = "") -> str:
    """`together` follows how often several deeds were done."""
    match measure:
        case None:
            return ""
        case Times(comparison):
            words = amount_words(comparison)
            return spaced(words, "time" if words.endswith(" 1") and " and " not in words else "times", together)
        case Sum(name, comparison):
            return f"with a total {name} of {amount_words(comparison)}"
        case Average(name, comparison):
            return f"with an average {name} of {amount_words(comparison)}"
        case _:
            assert_never(measure)


def period_words(period: Period) -> str:
    match period:
        case Ever():
            return ""
        case Last(0, "days"):
            return "today"
        case Last(amount, "days"):
            return f"in the last {days_words(amount)}"
        case Last(amount):
            return "in the last hour" if amount == 1 else f"in the last {amount:,} hours"
        case Between():
            return days_between(period)
        case Calendar(name):
            return periods.words(name)
        case _:
            assert_never(period)


def days_between(period: Between) -> str:
    first, last = (day_words(day) if day else "" for day in (period.first, period.last))
    if first == last:
        return f"on {first}"
    if not last:
        return f"since {first}"
    return f"from {first} to {last}" if first else f"up to {last}"


def when_words(hours: Hours | None, weekdays: Weekdays) -> str:
    """“on Saturdays or Sundays between 18:00 and 02:00”."""
    days = f"on {listed([DAYS[day - 1] for day in weekdays])}" if weekdays else ""
    return spaced(days, hours_words(hours) if hours else "")


def hours_words(hours: Hours) -> str:
    if hours.start == hours.end:
        return "at any time of day"
    return f"between {hours.start:%H:%M} and {hours.end:%H:%M}"


def standing_words(channel: str, standing: Standing) -> str:
    if standing == Standing.HAS_ADDRESS:
        return ADDRESSES[channel]
    return STANDINGS[standing].format(CHANNELS[channel])


def point_words(point: Point) -> str:
    """Its name, else “23.55° S 46.63° W”."""
    north, east = "N" if point.latitude >= 0 else "S", "E" if point.longitude >= 0 else "W"
    return point.name.strip() or f"{abs(point.latitude):g}° {north} {abs(point.longitude):g}° {east}"


def distance_words(metres: int) -> str:
    return f"{metres:,} m" if metres < 1000 else f"{metres / 1000:,.3f}".rstrip("0").rstrip(".") + " km"
