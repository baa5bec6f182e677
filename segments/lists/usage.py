"""Who uses a custom list: segments, and what higher apps say."""

from collections.abc import Collection
from typing import Final

from django.db.models import Model

from segments import references, registry
from segments.models import CustomList, Segment
from segments.parse import TreeError
from segments.references import Kind
from segments.registry import User

HELD: Final[tuple[tuple[Kind, type[Model], str], ...]] = (
    ("segment", Segment, "A segment"),
    ("list", CustomList, "A custom list"),
)


def users_of(lists: Collection[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {pk: [] for pk in lists}
    for ask in (references.segments_using_lists, *registry.LIST_USERS):
        for pk, users in ask(lists).items():
            found[pk] += users
    return found


def hold(rule: object, before: object = None) -> None:
    """Keep the segments and lists that a stored rule names from being deleted until the transaction that saves it ends.

    Raises TreeError where one is gone already, unless the rule as it was `before` named it too.
    """
    references.lock()
    for kind, model, words in HELD:
        wanted = references.mentioned(rule, kind) - references.mentioned(before, kind)
        if wanted and model._default_manager.filter(pk__in=wanted).count() < len(wanted):
            raise TreeError(("rule",), f"{words} that this rule names was deleted.")
