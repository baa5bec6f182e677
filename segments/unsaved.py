"""Half-made segments are kept while they are typed: whoever loses the page goes on from there."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from segments.models import Segment, Unsaved

KEPT = timedelta(days=30)
MOST = 50  # of one person, the newest
MOST_BYTES = 100_000  # of one: what is longer is kept by nobody but its page


class TooLong(Exception):
    """More was typed than is kept."""


@transaction.atomic
def keep(key: uuid.UUID, typed: Mapping[str, object], *, of: Segment, by: User, now: datetime) -> None:
    """The last word of that page, unless it is over. Raises TooLong; DoesNotExist where somebody else made it."""
    if len(json.dumps(typed)) > MOST_BYTES:
        raise TooLong
    fields = {"typed": dict(typed), "kept_at": now}
    made, is_new = Unsaved.objects.get_or_create(
        key=key, defaults={"owner": by, "kind": of.kind, "segment_id": of.pk, **fields}
    )
    if made.owner_id != by.pk:
        raise Unsaved.DoesNotExist
    if is_new:
        forget_old(by, now)
    else:
        Unsaved.objects.filter(key=key, is_over=False).update(**fields)


def end(key: uuid.UUID, *, of: Segment, by: User, now: datetime) -> None:
    """It is saved, or not wanted any more. Safe to repeat."""
    Unsaved.objects.get_or_create(key=key, defaults={"owner": by, "kind": of.kind, "kept_at": now})
    Unsaved.objects.filter(key=key, owner=by).update(typed={}, is_over=True, segment=None)


def waiting(of: Segment, *, by: User) -> QuerySet[Unsaved]:
    """What this person typed for the segment, or for a new one of its kind, the last first."""
    return Unsaved.objects.filter(owner=by, kind=of.kind, segment_id=of.pk, is_over=False).order_by("-kept_at")


def forget_old(by: User, now: datetime) -> None:
    """Index: unsaved_of_owner (owner, kept_at)."""
    newest = Unsaved.objects.filter(owner=by, kept_at__gt=now - KEPT).order_by("-kept_at").values("pk")[:MOST]
    Unsaved.objects.filter(owner=by).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
