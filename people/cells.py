"""Reads one cell of a file as the type that was chosen for its column; None where it is none."""

import math
import re
from datetime import date
from typing import Final

from people.csv_files import clean
from people.properties import DATE

TYPES: Final = {
    "text": "Text",
    "number": "Number",
    "number_comma": "Number, decimal comma",
    "boolean": "Yes or no",
    "date": "Date, year-month-day",
    "date_dmy": "Date, day/month/year",
    "date_mdy": "Date, month/day/year",
    "list": "List, divided by ; or |",
}
DAY_ORDERS = frozenset({"date_dmy", "date_mdy"})
REFUSED: Final = {
    "number": "is no number",
    "number_comma": "is no number with a decimal comma",
    "boolean": "is neither yes nor no",
    "date": "is no date written year-month-day",
    "date_dmy": "is no date written day/month/year",
    "date_mdy": "is no date written month/day/year",
}
YES, NO = frozenset({"true", "yes", "y", "1", "on", "t"}), frozenset({"false", "no", "n", "0", "off", "f"})
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NUMBER_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+", re.ASCII)
DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
LIST_DIVIDER = re.compile(r"[;|]")


def read(type: str, value: str) -> object:
    """The value as JSON keeps it."""
    match type:
        case "number":
            return number(value)
        case "number_comma":
            return number_comma(value)
        case "boolean":
            return yes_or_no(value)
        case "date":
            return value if DATE.fullmatch(value) else None
        case "date_dmy" | "date_mdy":
            return day(value, month_first=type == "date_mdy")
        case "list":
            return [item for part in LIST_DIVIDER.split(value) if (item := clean(part))]
        case _:
            return value


def number(value: str) -> float | None:
    found = float(value) if NUMBER.fullmatch(value) else math.inf
    if not math.isfinite(found):
        return None
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def number_comma(value: str) -> float | None:
    """12,50 and 1.234,50, as a spreadsheet writes them in most of Europe."""
    return number(value.replace(".", "").replace(",", ".")) if NUMBER_COMMA.fullmatch(value) else None


def yes_or_no(value: str) -> bool | None:
    word = value.lower()
    return word in YES if word in YES or word in NO else None


def day(value: str, *, month_first: bool) -> str | None:
    """Year-month-day of 31/12/2025, 31.12.2025 or 31-12-2025."""
    found = DAY.fullmatch(value)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    try:
        return date(year, *((first, second) if month_first else (second, first))).isoformat()
    except ValueError:
        return None


def leading_zero(value: str) -> bool:
    """00123 is a code, not a number."""
    return len(value) > 1 and value[0] == "0" and value[1].isdigit()


def may_be_thousands(value: str) -> bool:
    """1,234 is twelve hundred to some, one and a bit to others."""
    return THOUSANDS.fullmatch(value) is not None
