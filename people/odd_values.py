"""Says which values keep a column from being read as a type, and which lines that would cost."""

from people import mapping
from people.cells import DAY_ORDERS, REFUSED, may_be_thousands
from people.looking import BIRTH, Look, Odd, nearest
from people.mapping import Column

WORDS = {"number": "numbers", "number_comma": "numbers with a decimal comma", "boolean": "yes or no"}  # else dates
NUMBERS = ("number", "number_comma")
MOST_ODD = 4  # a quarter of the values: with more it is a column of texts


def words(column: Column, look: Look) -> str:
    """What whoever chooses how a column is read should know of its values; "" where all is well."""
    type = asked(column)
    if type == "text" and column.target == mapping.CUSTOM:
        return why_text(look)
    if odd := look.odd.get(type):
        return f"“{odd.value}” in line {odd.line:,} {REFUSED.get(type, REFUSED['date'])}: {refused(odd)}."
    if type in NUMBERS and (code := look.doubtful.get(type)):
        return f"“{code.value}” in line {code.line:,}{more(code)} would {loss(code)}."
    return ""


def asked(column: Column) -> str:
    """As what the values have to be readable."""
    if column.target in mapping.CONSENT:
        return "boolean"
    if column.target == BIRTH:
        return column.type if column.type in DAY_ORDERS else BIRTH
    return column.type if column.target == mapping.CUSTOM else "text"


def why_text(look: Look) -> str:
    """A column that is of one type but for a few values is text because of them."""
    type = nearest(look, list(REFUSED))
    odd = look.odd.get(type)
    code = look.doubtful.get(type) if type in NUMBERS and odd is None else None
    found = odd or code
    if found is None or found.is_cut or found.count * MOST_ODD > look.seen:
        return ""
    first = f"Text, because of “{found.value}” in line {found.line:,}{more(found)}"
    others = f". All other values are {WORDS.get(type, 'dates')}."
    return f"{first}: as a number it would {loss(code)}." if code else f"{first}{others}"


def loss(code: Odd) -> str:
    """What becomes of a value that looks like a number and may be none, or another one."""
    if may_be_thousands(code.value):
        return f"be {code.value.replace(',', '.')}, not {code.value.replace(',', '')}"
    return "lose the zeros at its beginning"


def refused(odd: Odd) -> str:
    if odd.count == 1:
        return "that line would be refused"
    others = f"{odd.count - 1:,} other{'s' if odd.count > 2 else ''}"
    return f"that line and {'at least ' if odd.is_cut else ''}{others} would be refused"


def more(odd: Odd) -> str:
    return f" (and {odd.count - 1:,} more)" if odd.count > 1 else ""
