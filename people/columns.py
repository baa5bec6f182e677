"""Brings values of a person's standard columns into their one form. Raises Refused, or answers None with a note."""

import re
from collections.abc import Callable
from datetime import date, datetime

from accounts import zones
from people.cleaning import Refused, is_storable

LENGTHS = {"name": 512, "first_name": 512, "email": 320, "country": 100, "region": 100, "city": 100}
EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
PHONE_DECORATION = re.compile(r"[\s().\-/]")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
GENDERS = {"m": "M", "male": "M", "f": "F", "female": "F", "o": "O", "other": "O"}
OLDEST_BIRTH = date(1880, 1, 1)


def cleaned(column: str, value: object) -> object:
    """The value as the column keeps it; None where it says nothing. Zones and languages that nobody knows are None."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None
    return CLEANERS.get(column, text)(column, value)


def text(column: str, value: object) -> str:
    if isinstance(value, (list, dict)):
        raise Refused("bad_value", f"{column} must be a text.")
    words = str(value)
    if len(words) > LENGTHS[column]:
        raise Refused("too_large", f"{column} is longer than {LENGTHS[column]} characters.")
    if not is_storable(words):
        raise Refused("bad_text", f"{column} has characters that cannot be stored.")
    return words


def email(column: str, value: object) -> str:
    address = text(column, value).lower()
    if not EMAIL.fullmatch(address):
        raise Refused("bad_email", "The e-mail address is not valid.")
    return address


def phone(column: str, value: object) -> str:
    number = PHONE_DECORATION.sub("", str(value))
    if not PHONE.fullmatch(number):
        raise Refused("bad_phone", "The phone number must begin with + and the country code.")
    return number


def language(column: str, value: object) -> str | None:
    """pt_br → pt-BR, zh-hant → zh-Hant."""
    tag = str(value).replace("_", "-").split(".")[0]
    if not LANGUAGE.fullmatch(tag):
        return None
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *map(subtag, rest)])


def subtag(part: str) -> str:
    return {2: part.upper(), 4: part.title()}.get(len(part), part.lower())


def zone(column: str, value: object) -> str | None:
    return str(value) if str(value) in zones.known() else None


def coordinate(column: str, value: object) -> float:
    most = 90 if column == "latitude" else 180
    try:
        number = float(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError):
        number = 1000.0
    if isinstance(value, bool) or not -most <= number <= most:
        raise Refused("bad_location", f"{column} must be a number from -{most} to {most}.")
    return number


def birth_date(column: str, value: object) -> date:
    try:
        born = datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise Refused("bad_date", "The birth date must be written year-month-day.") from None
    if born < OLDEST_BIRTH:
        raise Refused("bad_date", "The birth date lies too far back.")
    return born


def gender(column: str, value: object) -> str:
    word = GENDERS.get(str(value).lower())
    if word is None:
        raise Refused("bad_gender", "The gender must be M, F or O.")
    return word


CLEANERS: dict[str, Callable[[str, object], object]] = {
    "email": email,
    "phone": phone,
    "language": language,
    "zone": zone,
    "latitude": coordinate,
    "longitude": coordinate,
    "birth_date": birth_date,
    "gender": gender,
}
