"""What the buttons of the builder do to a draft: add, remove, bring back."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from accounts.requests import whole_number
from segments.drafts.bounds import TEXT, bounded
from segments.drafts.shape import (
    EMPTY_CONDITION,
    EMPTY_DEED,
    EMPTY_FILTER,
    LISTS,
    Json,
    children_of,
    deeds_of,
    kind_of,
    node_at,
    usable_node,
)
from segments.parse import DEPTH
from segments.tree import Place

REMEMBERED = 20
EVENING: Json = {"from": "18:00", "to": "22:00"}
WEEKEND = [6, 7]
FIRST_INPUTS = {"hours": "hours_from", "weekdays": "weekday-1"}
WORDS = {
    "change": "Changed.",
    "group": "Group removed.",
    "condition": "Condition removed.",
    "event": "Event removed.",
    "filter": "Filter removed.",
}


@dataclass(frozen=True, slots=True)
class Removal:
    """What was at a place before it was removed; `what` "change": before another family or event was chosen there."""

    place: Place
    node: Json
    what: str

    @property
    def words(self) -> str:
        return WORDS.get(self.what, "")


def edited(draft: Json, action: str, removed: Sequence[Removal] = ()) -> tuple[Json, Place | None, list[Removal]]:
    """The rule after a press of a button, the place to go on at, and what can be brought back.

    “condition:0.1” adds one to that group, “group:”, “deed:0”, “filter:0.1”, “hours:0”, “remove:0.1”, “undo:”. What
    does not fit the rule changes nothing.
    """
    verb, _, where = action.partition(":")
    place = tuple(number for text in where.split(".") if (number := whole_number(text)) is not None)
    changed, kept = deepcopy(draft), list(removed)
    if verb == "undo" and kept:
        return changed, bring_back(changed, kept.pop()), kept
    if node_at(changed, place) is None:
        return changed, None, kept
    if verb == "remove":
        at, gone = remove(changed, place)
        return changed, nearest(changed, at), [*kept, *gone][-REMEMBERED:]
    change = CHANGES.get(verb)
    return changed, change(changed, place) if change else None, kept


def first_input(draft: Json, place: Place | None, action: str) -> str:
    """Which input to go on at where it is not the first of its place: that of an option just added."""
    option = action.partition(":")[0]
    node = node_at(draft, place) if place is not None else None
    return FIRST_INPUTS.get(option, "") if node and option in node else ""


def edited_deeds(deeds: list[Json], action: str) -> tuple[list[Json], Place | None]:
    """The same for deeds that stand alone: “deed:”, “filter:0”, “remove:0.1”."""
    changed, focus, _ = edited({"rule": {"did": deeds}}, action)
    return changed["rule"]["did"], focus


def removals(text: str) -> list[Removal]:
    """What `written` wrote; nothing of what it cannot have written."""
    try:
        given = json.loads(text or "[]") if len(text) <= TEXT else []
    except (ValueError, RecursionError):
        return []
    return [made for each in given[-REMEMBERED:] if (made := removal(each))] if isinstance(given, list) else []


def removal(given: Any) -> Removal | None:
    match given:
        case [list(place), dict(node), str(what)] if all(isinstance(each, int) and each >= 0 for each in place):
            kept = bounded(node)
            return Removal(tuple(place), kept, what if what in WORDS else "") if kept is not None else None
        case _:
            return None


def written(removed: Sequence[Removal]) -> str:
    return json.dumps([[each.place, each.node, each.what] for each in removed], ensure_ascii=False)


def bring_back(draft: Json, removal: Removal) -> Place:
    """To where it was, or as near as the rule still allows."""
    *above, number = removal.place or (0,)
    place = tuple(above)
    while place and not fits(node_at(draft, place), removal.node):
        place = place[:-1]
    parent = node_at(draft, place)
    node = usable_node(removal.node, DEPTH) if kind_of(parent or {}) else deepcopy(removal.node)
    siblings = list_in(parent or {})
    number = min(number, len(siblings))
    siblings[number : number + (removal.what == "change")] = [node]
    return (*place, number)


def fits(parent: Json | None, node: Json) -> bool:
    """Whether a node of this kind may stand in the list that the parent has."""
    if parent is None:
        return False
    if "event" in node:
        return bool(deeds_of(parent))
    if kind_of(parent):
        return True
    return "property" in node and ("event" in parent or "interest" in parent or "device" in parent)


def add_condition(draft: Json, place: Place) -> Place:
    """To the group; behind the condition where it is none."""
    node = node_at(draft, place)
    if node is not None and not kind_of(node) and place:
        return insert_after(draft, place)
    return appended(node, EMPTY_CONDITION, place)


def insert_after(draft: Json, place: Place) -> Place:
    above, number = place[:-1], place[-1] + 1
    children_of(node_at(draft, above)).insert(number, deepcopy(EMPTY_CONDITION))
    return (*above, number)


def add_group(draft: Json, place: Place) -> Place:
    node = node_at(draft, place)
    if node is None or not kind_of(node):
        return place
    return (*appended(node, {"any": [EMPTY_CONDITION]}, place), 0)


def add_deed(draft: Json, place: Place) -> Place:
    node = node_at(draft, place)
    return appended(node, EMPTY_DEED, place) if node and deeds_of(node) else place


def add_filter(draft: Json, place: Place) -> Place:
    """To a deed, an interest, a device; to the last deed of a condition that has several."""
    node = node_at(draft, place)
    if node is None or kind_of(node) or "property" in node:
        return place
    if deeds_of(node):
        return add_filter(draft, (*place, len(deeds_of(node)) - 1))
    return appended(node, EMPTY_FILTER, place)


def appended(node: Json | None, new: Json, place: Place) -> Place:
    children = list_in(node or {})
    children.append(deepcopy(new))
    return (*place, len(children) - 1)


def list_in(node: Json) -> list[Any]:
    """The list that the node keeps its children in; a deed may have none yet."""
    name = next((each for each in LISTS if isinstance(node.get(each), list)), "where")
    found: list[Any] = node.setdefault(name, [])
    return found


def toggled(name: str, new: object) -> Callable[[Json, Place], Place]:
    """Adds an option to a condition, or takes it away again."""

    def change(draft: Json, place: Place) -> Place:
        node = node_at(draft, place)
        if node is not None and deeds_of(node) and node.pop(name, None) is None:
            node[name] = deepcopy(new)
        return place

    return change


def remove(draft: Json, place: Place) -> tuple[Place, list[Removal]]:
    """A group that loses its last condition goes too, except the outermost; so does a device; a deed is never alone."""
    node, parent = node_at(draft, place), node_at(draft, place[:-1])
    if not place or node is None or parent is None:
        return place, []
    siblings, is_only = children_of(parent), len(children_of(parent)) == 1
    if is_only and ((place[:-1] and kind_of(parent)) or "device" in parent):
        return remove(draft, place[:-1])
    if is_only and "event" in node:
        return place, []
    del siblings[place[-1]]
    return place, [Removal(place, node, what_of(node, parent))]


def what_of(node: Json, parent: Json) -> str:
    if kind_of(parent):
        return "group" if kind_of(node) else "condition"
    return "event" if "event" in node else "filter"


def nearest(draft: Json, place: Place) -> Place:
    """The place itself if something is there, else the one before it, else the group."""
    while place and node_at(draft, place) is None:
        place = (*place[:-1], place[-1] - 1) if place[-1] else place[:-1]
    return place


# Each changes the rule in place and returns where to go on.
CHANGES: dict[str, Callable[[Json, Place], Place]] = {
    "condition": add_condition,
    "group": add_group,
    "deed": add_deed,
    "filter": add_filter,
    "hours": toggled("hours", EVENING),
    "weekdays": toggled("weekdays", WEEKEND),
}
