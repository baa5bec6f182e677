"""Half-made segments are kept while they are typed: whoever loses the page goes on from there."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from segments import half_made
from segments.models import Segment, Unsaved

KEPT = timedelta(days=30)
MOST = 50  # of one person, the newest
MOST_BYTES = 100_000  # of one: what is longer is kept by nobody but its page


class TooLong(Exception):
    """More was typed than is kept."""


@transaction.atomic
def keep(key: uuid.UUID, typed: Mapping[str, object], turn: int, *, of: Segment, by: User, now: datetime) -> bool:
    """What the page said in this turn, unless it is over or said more since; whether it is kept.

    What says nothing else than the segment is not kept, and what another page said just so goes. Raises TooLong;
    DoesNotExist where somebody else made it.
    """
    if len(json.dumps(typed)) > MOST_BYTES:
        raise TooLong
    before = Unsaved.objects.filter(key=key, owner=by, is_over=False, turn__lte=turn)
    if half_made.is_unchanged(typed, of):
        before.delete()
        return False
    fields = {"typed": dict(typed), "turn": turn, "kept_at": now}
    made, is_new = Unsaved.objects.get_or_create(
        key=key, defaults={"owner": by, "kind": of.kind, "segment_id": of.pk, **fields}
    )
    if made.owner_id != by.pk:
        raise Unsaved.DoesNotExist
    if is_new:
        forget_old(by, now)
    elif not before.update(**fields):
        return not made.is_over
    waiting(of, by=by).filter(typed=fields["typed"]).exclude(key=key).delete()
    return True


def end(key: uuid.UUID, *, of: Segment, by: User, now: datetime) -> None:
    """It is saved. Safe to repeat."""
    Unsaved.objects.get_or_create(key=key, defaults={"owner": by, "kind": of.kind, "kept_at": now})
    Unsaved.objects.filter(key=key, owner=by).update(typed={}, is_over=True, segment=None)


def throw_away(gone: Unsaved) -> None:
    """Not wanted any more; what was typed waits to be brought back, until it is forgotten with the old ones."""
    Unsaved.objects.filter(pk=gone.pk).update(is_over=True)


def bring_back(gone: Unsaved) -> None:
    """What was thrown away, not what was saved."""
    Unsaved.objects.filter(pk=gone.pk).exclude(typed={}).update(is_over=False)


def waiting(of: Segment, *, by: User, gone: uuid.UUID | None = None) -> QuerySet[Unsaved]:
    """What this person typed for the segment, or for a new one of its kind, the last first; with `gone`, that too."""
    found = Unsaved.objects.filter(owner=by, kind=of.kind, segment_id=of.pk).order_by("-kept_at")
    return found.filter(Q(is_over=False) | Q(key=gone, is_over=True) & ~Q(typed={}))


def forget_old(by: User, now: datetime) -> None:
    """Index: unsaved_of_owner (owner, kept_at)."""
    newest = Unsaved.objects.filter(owner=by, kept_at__gt=now - KEPT).order_by("-kept_at").values("pk")[:MOST]
    Unsaved.objects.filter(owner=by).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
