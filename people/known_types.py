"""Which type a property has here already: a file that brings another one splits it in two."""

from collections.abc import Mapping, Sequence

from people import mapping
from people.mapping import Column
from people.models import Import, PropertyName

# What each choice of the mapping becomes.
BECOMES = {"date_dmy": "date", "date_mdy": "date", "number_comma": "number"}
WORDS = {
    "text": "text", "number": "a number", "boolean": "yes or no", "date": "a date", "list": "a list",
    "object": "an object",
}  # fmt: skip


def warnings(columns: Sequence[Column], kind: str, event_name: str = "") -> list[str]:
    """One for each column, "" where all is well. One query."""
    names = [column.name for column in columns if column.target == mapping.CUSTOM]
    found = PropertyName.objects.filter(name__in=names)
    found = found.filter(event__name=event_name) if kind == Import.Kind.EVENTS else found.filter(event=None)
    types = dict(found.values_list("name", "types"))
    return [warning(column, types.get(column.name, {})) for column in columns]


def warning(column: Column, types: Mapping[str, int]) -> str:
    chosen = BECOMES.get(column.type, column.type)
    if column.target != mapping.CUSTOM or not types or types.get(chosen, 0) == max(types.values()):
        return ""
    usual = max(types, key=lambda each: types[each])
    word = WORDS.get(usual, usual)
    return f"Until now “{column.name}” is {word} here. Segments that compare it as {word} would not find these people."
