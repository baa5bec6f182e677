"""What a rule names and only the database knows: ids of events, rules of other segments, uploads of custom lists."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from people.models import EventName
from segments import membership
from segments.context import Context, Rule
from segments.tree import Did, DidNot, Interest, Node, conditions


@dataclass(frozen=True, slots=True)
class Scope:
    """`events` gives the id of each event name that was ever seen, `uploads` the current upload of each list."""

    context: Context
    events: Mapping[str, int]
    segments: Mapping[int, Rule]
    uploads: Mapping[int, int | None]


def scope_of(tree: Node, context: Context) -> Scope:
    """Asks the catalogue once for all event names, so that the planner knows which event is meant, how rare it is;
    for the segments once for each level. Raises TreeError where a segment or list cannot be used."""
    references = context.references or membership.references_of(tree)
    trees = [tree, *(rule.tree for rule in references.segments.values())]
    return Scope(context, ids_of(set(names_in(trees))), references.segments, references.uploads)


def ids_of(names: set[str]) -> dict[str, int]:
    return dict(EventName.objects.filter(name__in=names).values_list("name", "id")) if names else {}


def names_in(trees: Iterable[Node]) -> Iterator[str]:
    for tree in trees:
        for _, condition in conditions(tree):
            match condition:
                case Did() | DidNot():
                    yield from (deed.event for deed in condition.deeds)
                case Interest():
                    yield condition.deed.event
