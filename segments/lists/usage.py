"""Who uses a custom list: segments, and what higher apps say."""

from collections.abc import Collection

from segments import references, registry
from segments.models import CustomList
from segments.parse import TreeError
from segments.registry import User


def users_of(lists: Collection[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {pk: [] for pk in lists}
    for ask in (references.segments_using_lists, *registry.LIST_USERS):
        for pk, users in ask(lists).items():
            found[pk] += users
    return found


def hold(rule: object) -> None:
    """Keep the lists that a stored rule names from being deleted until the transaction that saves it ends.

    Raises TreeError where one is gone already.
    """
    wanted = references.mentioned(rule, "list")
    held = CustomList.objects.select_for_update(no_key=True).order_by("pk").filter(pk__in=wanted)
    if wanted and len(held) < len(wanted):
        raise TreeError(("rule",), "A custom list that this rule names was deleted.")
