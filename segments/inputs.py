"""The kinds of value an operator takes: how each is read from JSON and from a form, written back, and said."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

from segments.versions import PARTS, version_of

TEXT_LENGTH = 1024
TEXTS = 200
DIGITS = 15  # what a JSON number keeps exactly
LARGEST = Decimal(10) ** 15
DAYS = 10_000
DAYS_OF_A_YEAR = 365
VERSION_LENGTH = 100
YEARS = range(1900, 2201)
WRITTEN = re.compile("(?P<year>[0-9]{4,6})-[0-9]{2}-[0-9]{2}")  # browsers let years up to 275760 be typed
V = TypeVar("V")
UNFIT = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL stores neither


class WrongValue(ValueError):
    """The value cannot be used; the message is for marketers."""


@dataclass(frozen=True)
class Input(Generic[V]):
    """`parse` takes JSON and raises WrongValue, `dump` gives JSON back; `read` makes JSON of a form's texts, `write`
    the form's texts of a value; `say` is its part of the sentence."""

    widget: str
    parse: Callable[[object], V]
    dump: Callable[[V], object]
    read: Callable[[Sequence[str]], object]
    write: Callable[[V], list[str]]
    say: Callable[[V], str]


def parse_nothing(value: object) -> None:
    if value is not None:
        raise WrongValue("This comparison takes no value.")


def parse_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongValue("Type a text.")
    if len(value) > TEXT_LENGTH:
        raise WrongValue(f"This text is longer than {TEXT_LENGTH:,} characters.")
    if UNFIT.search(value):
        raise WrongValue("This text has characters that cannot be stored.")
    return value


def parse_texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise WrongValue("Give at least one value.")
    if len(value) > TEXTS:
        raise WrongValue(f"At most {TEXTS} values fit here.")
    return tuple(dict.fromkeys(parse_text(each) for each in value))


def parse_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValue("Type a number.")
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > LARGEST:
        raise WrongValue("This number is too large.")
    if len(number.normalize().as_tuple().digits) > DIGITS:
        raise WrongValue(f"This number has more than {DIGITS} digits.")
    return number.normalize() + 0  # + 0 makes −0 a plain 0


def parse_numbers(value: object) -> tuple[Decimal, Decimal]:
    low, high = (parse_number(each) for each in pair(value, "Type two numbers."))
    if low > high:
        raise WrongValue("The first number is larger than the second.")
    return low, high


def parse_day(value: object) -> date:
    written = WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if written and int(written["year"]) not in YEARS:
        raise WrongValue(f"Choose a date between {YEARS[0]} and {YEARS[-1]}.")
    try:
        return date.fromisoformat(written[0] if written else "")
    except ValueError:
        raise WrongValue("Choose a date.") from None


def parse_span(value: object) -> tuple[date, date]:
    first, last = (parse_day(each) for each in pair(value, "Choose two dates."))
    if first > last:
        raise WrongValue("The first date is after the second.")
    return first, last


def parse_amount(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= DAYS:
        raise WrongValue(f"Type a whole number from 0 to {DAYS:,}.")
    return value


def parse_days_of_year(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= DAYS_OF_A_YEAR:
        raise WrongValue(f"Type a whole number from 0 to {DAYS_OF_A_YEAR}.")
    return value


def parse_version(value: object) -> str:
    plain = value.strip() if isinstance(value, str) else ""
    if len(plain) > VERSION_LENGTH or not re.fullmatch(PARTS[1:], plain):
        raise WrongValue("Type a version, such as 9.8 or 10.2.1.")
    return plain


def parse_versions(value: object) -> tuple[str, ...]:
    low, high = (parse_version(each) for each in pair(value, "Type two versions."))
    if (version_of(low) or ()) > (version_of(high) or ()):
        raise WrongValue("The first version is later than the second.")
    return low, high


def pair(value: object, message: str) -> list[object]:
    if not isinstance(value, list) or len(value) != 2:
        raise WrongValue(message)
    return value


def typed_number(text: str) -> object:
    """JSON's number for what a person typed: 12 or 12.5, blanks and thousands' commas ignored; else, and for what
    JSON has no number for, the text itself."""
    plain = re.sub(r"[\s,]", "", text)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return text
    if not number.is_finite() or math.isinf(float(number)):
        return text
    return int(number) if abs(number) <= LARGEST and number == number.to_integral_value() else float(number)


def json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def number_words(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def either(texts: Sequence[str]) -> str:
    """a, b or c"""
    quoted = [f"“{text}”" for text in texts]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def days_words(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def one(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


def two(texts: Sequence[str]) -> list[str]:
    return [*texts, "", ""][:2]


NOTHING = Input[None](
    widget="nothing",
    parse=parse_nothing,
    dump=lambda value: None,
    read=lambda texts: None,
    write=lambda value: [],
    say=lambda value: "",
)
TEXT = Input[str](
    widget="text",
    parse=parse_text,
    dump=lambda value: value,
    read=one,
    write=lambda value: [value],
    say=lambda value: f"“{value}”",
)
SEVERAL = Input[tuple[str, ...]](
    widget="texts",
    parse=parse_texts,
    dump=list,
    read=lambda texts: [text for text in texts if text],
    write=list,
    say=either,
)
NUMBER = Input[Decimal](
    widget="number",
    parse=parse_number,
    dump=json_number,
    read=lambda texts: typed_number(one(texts)),
    write=lambda value: [f"{value:f}"],
    say=number_words,
)
NUMBERS = Input[tuple[Decimal, Decimal]](
    widget="numbers",
    parse=parse_numbers,
    dump=lambda value: [json_number(each) for each in value],
    read=lambda texts: [typed_number(text) for text in two(texts)],
    write=lambda value: [f"{each:f}" for each in value],
    say=lambda value: f"{number_words(value[0])} and {number_words(value[1])}",
)
DAY = Input[date](
    widget="day",
    parse=parse_day,
    dump=date.isoformat,
    read=one,
    write=lambda value: [value.isoformat()],
    say=day_words,
)
SPAN = Input[tuple[date, date]](
    widget="span",
    parse=parse_span,
    dump=lambda value: [each.isoformat() for each in value],
    read=two,
    write=lambda value: [each.isoformat() for each in value],
    say=lambda value: f"{day_words(value[0])} and {day_words(value[1])}",
)
AMOUNT = Input[int](
    widget="amount",
    parse=parse_amount,
    dump=lambda value: value,
    read=lambda texts: typed_number(one(texts)),
    write=lambda value: [str(value)],
    say=days_words,
)
DAYS_OF_YEAR = Input[int](
    widget="amount",
    parse=parse_days_of_year,
    dump=lambda value: value,
    read=AMOUNT.read,
    write=AMOUNT.write,
    say=days_words,
)
VERSION = Input[str](
    widget="version",
    parse=parse_version,
    dump=lambda value: value,
    read=one,
    write=lambda value: [value],
    say=lambda value: value,
)
VERSIONS = Input[tuple[str, ...]](
    widget="versions",
    parse=parse_versions,
    dump=list,
    read=two,
    write=list,
    say=" and ".join,
)
