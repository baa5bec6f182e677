"""Says in words what msgspec found wrong with the shape of a record: “ts must be a number, not a text.”"""

import re
from collections.abc import Callable
from typing import NamedTuple

TYPES = {
    "int": "a whole number", "float": "a number", "decimal": "a number", "bool": "true or false", "str": "a text",
    "null": "null", "array": "a list", "object": "an object", "bytes": "a text in base64", "uuid": "a UUID",
    "datetime": "a time in ISO 8601", "date": "a date in ISO 8601", "time": "a time of day in ISO 8601",
    "duration": "a duration in ISO 8601",
}  # fmt: skip
GOT = {**TYPES, "int": "a number", "float": "a number with a decimal point"}
ENCODED = {
    "RFC3339 encoded datetime": TYPES["datetime"], "RFC3339 encoded date": TYPES["date"],
    "RFC3339 encoded time": TYPES["time"], "ISO8601 duration": TYPES["duration"], "UUID": TYPES["uuid"],
    "base64 encoded string": TYPES["bytes"], "decimal string": "a number", "epoch timestamp": "a possible time",
}  # fmt: skip
UNITS = {"str": "characters", "bytes": "bytes", "array": "entries", "object": "members"}
LIMITS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}
ZONES = {"a": "with its time zone", "no": "without a time zone"}
PLACE = re.compile(r"(.*) - at (`key` in )?`\$([^`]*)`", re.DOTALL)


class Misshapen(NamedTuple):
    """`field` is the way to what is wrong, empty where it is the record itself."""

    field: str
    sentence: str


def said(message: str) -> Misshapen:
    """What `message` of a ValidationError says; as it stands where its form is not known."""
    body, key, path = found.groups("") if (found := PLACE.fullmatch(message)) else (message, "", "")
    field = path.removeprefix(".")
    for form, predicate in FORMS:
        if (match := form.fullmatch(body)) and (words := predicate(*match.groups(""))):
            return Misshapen(field, f"{subject(field, bool(key))} {words}.")
    for form, ending in MEMBERS:
        if match := form.fullmatch(body):
            return Misshapen(field, f"{f'{field}.{match[1]}'.removeprefix('.')} {ending}.")
    return Misshapen(field, message)


def subject(field: str, is_key: bool) -> str:
    whole, values, _ = field.rpartition("[...]")
    if is_key:
        return f"A name in {field}" if field else "A name in the record"
    if values and field.endswith(values):
        return f"A value in {whole or 'the record'}"
    return field or "The record"


def of_type(types: str, got: str) -> str:
    """“a number, not a text” of `int | float | null`; empty for a type that is not known here."""
    expected = types.split(" | ")
    wanted = [each for each in expected if each != "null"] or expected
    if "float" in wanted:
        wanted = [each for each in wanted if each != "int"]
    if not set(wanted) <= TYPES.keys():
        return ""
    words = " or ".join(TYPES[each] for each in wanted)
    return f"must be {words}, not {GOT.get(got, got)}" if got else f"must be {words}"


FORMS: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = (
    (re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`)?"), of_type),
    (
        re.compile(r"Expected `(str|bytes|array|object)` of length (<=|>=) (\d+)"),
        lambda kind, sign, number: f"must have {LIMITS[sign]} {number} {UNITS[kind]}",
    ),
    (
        re.compile(r"Expected `array` of (at least |at most |)length (\d+(?: to \d+)?)(, got \d+|)"),
        lambda bound, number, got: f"must have {bound}{number} entries{got.replace('got', 'not')}",
    ),
    (
        re.compile(r"Expected `(?:int|float)` (<=|>=|<|>) (\S+)"),
        lambda sign, number: f"must be {LIMITS[sign]} {number}",
    ),
    (re.compile(r"Expected `(?:int|float)` that's a multiple of (\S+)"), "must be a multiple of {}".format),
    (re.compile(r"Expected `str` matching regex (.+)", re.DOTALL), "must be a text that fits {}".format),
    (
        re.compile(r"Expected `(datetime|time)` with (a|no) timezone component"),
        lambda kind, zone: f"must be {TYPES[kind]} {ZONES[zone]}",
    ),
    (re.compile(r"Invalid (?:enum )?value (.+)", re.DOTALL), "may not be {}".format),
    (re.compile(r"Invalid (.+)"), lambda what: f"must be {ENCODED[what]}" if what in ENCODED else ""),
    (
        re.compile(r"Only units .+ are supported when parsing ISO8601 durations"),
        lambda: "must be a duration in days, hours, minutes and seconds",
    ),
    (re.compile(r"(?:Integer value|Number|Timestamp is|Duration is) out of range ?"), lambda: "is out of range"),
)
MEMBERS = (
    (re.compile(r"Object missing required field `([^`]*)`"), "is missing"),
    (re.compile(r"Object contains unknown field `([^`]*)`"), "is not known here"),
)
