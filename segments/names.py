"""The names a rule uses, held against the catalogue of names that were seen."""

from people.models import EventName, PropertyName
from people.properties import COLUMNS
from people.registry import EVENT_RELATIONS
from segments.parse import TreeError
from segments.tree import Did, DidNot, Place, Property, Sum, Tree, conditions


def refuse_unknown_names(tree: Tree) -> None:
    """Raises TreeError for the first event or property that nobody ever had."""
    for place, message in unknown_names(tree):
        raise TreeError(("rule", *place), message)


def unknown_names(tree: Tree) -> list[tuple[Place, str]]:
    """Where a name is used that was never seen, with a sentence. Two queries."""
    events = set(EventName.objects.values_list("name", flat=True)) | {each.name for each in EVENT_RELATIONS}
    properties: set[tuple[str | None, str]] = set(PropertyName.objects.values_list("event__name", "name"))
    own = {each.name for each in EVENT_RELATIONS}  # what their events carry is not in the catalogue
    found: list[tuple[Place, str]] = []
    for place, condition in conditions(tree):
        match condition:
            case Property(name) if name not in COLUMNS and (None, name) not in properties:
                found.append((place, f"No person has a property “{name}”."))
            case Did(event) | DidNot(event) if event not in events:
                found.append((place, f"Nobody ever did “{event}”."))
            case Did(event) | DidNot(event) if event not in own:
                found += [
                    ((*place, *branch), f"“{event}” has no property “{name}”.")
                    for branch, name in event_properties(condition)
                    if (event, name) not in properties
                ]
    return found


def event_properties(node: Did | DidNot) -> list[tuple[Place, str]]:
    used: list[tuple[Place, str]] = [((number,), each.name) for number, each in enumerate(node.where)]
    if isinstance(node, Did) and isinstance(node.measure, Sum):
        used.append(((), node.measure.property))
    return used
