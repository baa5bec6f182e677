"""Values as cells of a CSV file that no spreadsheet runs."""

import json
import re

FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")  # what a cell begins with that a spreadsheet would run
PHONE = re.compile(r"\+[0-9]+")


def cell(value: object) -> str:
    """As text; a number stays one, also with a sign, and so does a phone number."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() | dict():
            return formula_safe(json.dumps(value, ensure_ascii=False))
        case _:
            return formula_safe(str(value))


def formula_safe(value: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; a phone number is none."""
    return f"'{value}" if value[:1] in FORMULAS and not PHONE.fullmatch(value) else value


def without_guard(value: str) -> str:
    """A cell as it was before `formula_safe`."""
    return value[1:] if value[:1] == "'" and value[1:2] in FORMULAS else value
