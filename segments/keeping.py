"""Saved segments: made, changed, copied, deleted, each with its entry in the audit trail."""

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError

from accounts import audit
from accounts.models import User as Staff
from segments import references, sizes
from segments.lists.usage import hold
from segments.models import Segment
from segments.parse import parse
from segments.registry import User, users_of

SHOWN = ("name", "description", "tree")


class Conflict(Exception):
    """Somebody else saved the segment since this person opened it; `stored` is what they saved."""

    def __init__(self, stored: Segment) -> None:
        super().__init__(stored)
        self.stored = stored


class InUse(Exception):
    """The segment cannot go; `users` need it."""

    def __init__(self, users: list[User]) -> None:
        super().__init__(users)
        self.users = users


class NameTaken(Exception):
    """Another one got the name meanwhile; the message is for marketers."""


@transaction.atomic
def create(segment: Segment, *, by: Staff, now: datetime, copy_of: object = None) -> Segment:
    """Raises NameTaken, and TreeError where the rule refers to what no segment can contain.

    It may refer to what was deleted where the rule that it is a `copy_of` does.
    """
    references.lock()
    refuse_what_cannot_work(segment, before=copy_of)
    segment.created_by, segment.created_at, segment.updated_at = by, now, now
    segment.save(force_insert=True)
    audit.record(by, "created", segment)
    return segment


@transaction.atomic
def change(segment: Segment, *, version: int, by: Staff, now: datetime) -> Segment:
    """Save the edited `segment` if `version` is still the stored one. Two savers queue on a lock.

    Raises Conflict, NameTaken, and TreeError where the segment would contain itself.
    """
    references.lock()
    stored = Segment.objects.select_for_update().get(pk=segment.pk)
    if stored.version != version:
        raise Conflict(stored)
    refuse_what_cannot_work(segment)
    before = audit.snapshot(stored, SHOWN)
    if stored.tree != segment.tree:
        segment.people = segment.counted_at = None
        sizes.forget_today(segment, now=now)
    segment.version, segment.updated_at = version + 1, now
    segment.save()
    audit.record(by, "changed", segment, audit.changes(before, segment))
    return segment


def refuse_what_cannot_work(segment: Segment, before: object = None) -> None:
    """Circles, segments and lists that are gone, a name that is taken. Raises TreeError and NameTaken."""
    if Segment.objects.filter(name=segment.name).exclude(pk=segment.pk).exists():
        raise NameTaken("Another segment has this name already.")
    hold(segment.tree, before)
    if segment.kind == Segment.Kind.PAST:
        references.refuse_circles(parse(segment.tree), segment.pk)


@transaction.atomic
def clone(segment: Segment, *, by: Staff, now: datetime) -> Segment:
    references.lock()  # the name stays free
    copied = Segment(
        kind=segment.kind, name=free_name(segment.name), description=segment.description, tree=segment.tree
    )
    create(copied, by=by, now=now, copy_of=segment.tree)
    audit.record(by, "cloned", segment, {"copy": (None, copied.name)})
    return copied


def free_name(name: str) -> str:
    """“Coats (copy)”, “Coats (copy 2)”, …: the first that nobody has."""
    begin = f"{name[:180]} (copy"
    taken = set(Segment.objects.filter(name__startswith=begin).values_list("name", flat=True))
    names = (f"{begin} {number})" if number > 1 else f"{begin})" for number in range(1, len(taken) + 2))
    return next(each for each in names if each not in taken)


@transaction.atomic
def delete(segment: Segment, *, by: Staff) -> None:
    """Raises InUse."""
    references.lock()
    users = users_of([segment.pk])[segment.pk]
    if users:
        raise InUse(users)
    audit.record(by, "deleted", segment, {"tree": (segment.tree, None)})
    try:
        segment.delete()
    except ProtectedError as error:
        users = [User(str(each._meta.verbose_name), str(each), "") for each in error.protected_objects]
        raise InUse(users) from error
