"""How a form names a property: “amount”, or “Items[]category” for any item of the list Items."""

import json
from collections.abc import Mapping

ITEM = "[]"
WHOLE = '["'  # a name that could be taken for another is written as JSON


def picked(value: str) -> tuple[str, str | None]:
    """The property and the key of its items that an option means."""
    if value.startswith(WHOLE):
        return written(value)
    name, mark, item = value.partition(ITEM)
    return (name, item) if mark else (value, None)


def written(value: str) -> tuple[str, str | None]:
    try:
        name, *item = json.loads(value)
    except (ValueError, RecursionError):
        return value, None
    return (str(name), str(item[0])) if item else (str(name), None)


def option(name: str, item: str | None = None) -> str:
    """The option that means it."""
    if ITEM in name or name.startswith(WHOLE):
        return json.dumps([name] if item is None else [name, item], ensure_ascii=False)
    return name if item is None else f"{name}{ITEM}{item}"


def name_of(node: Mapping[str, object]) -> str:
    """The option that a comparison of a property has chosen."""
    name, item = node.get("property"), node.get("item")
    return option(name if isinstance(name, str) else "", item if isinstance(item, str) else None)
