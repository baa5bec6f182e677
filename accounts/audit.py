"""The audit trail: one entry for each change, written in the transaction that makes it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models

from accounts.models import AuditEntry, User
from accounts.templatetags.formats import distance

SECRET_FIELDS = frozenset({"password", "secrets", "digest"})
MASK = "•••"
PAGE = 50
Snapshot = Mapping[str, object]


@dataclass(frozen=True)
class Page:
    """Newest first; `older` and `newer` are the ids to go on from, None at the ends."""

    entries: list[AuditEntry]
    older: int | None
    newer: int | None


def record(
    actor: AbstractBaseUser | AnonymousUser | None,
    action: str,
    subject: models.Model,
    changes: Mapping[str, tuple[object, object]] = {},
    reason: str = "",
) -> None:
    """Write one entry in the caller's transaction; `actor` None is the system."""
    AuditEntry.objects.create(
        actor=actor if isinstance(actor, User) else None,
        action=action,
        object_type=str(subject._meta.verbose_name),
        object_id=str(subject.pk),
        object_name=str(subject)[:300],
        changes={name: masked(name, pair) for name, pair in changes.items()},
        reason=reason,
    )


def snapshot(subject: models.Model, fields: Iterable[str]) -> dict[str, object]:
    """The values of `fields` as the trail shows them, to compare with after a change."""
    return {name: plain(getattr(subject, name)) for name in fields}


def changes(before: Snapshot, after: models.Model) -> dict[str, tuple[object, object]]:
    """What differs between a snapshot and the object now: field → (before, after)."""
    now = snapshot(after, before)
    return {name: (before[name], now[name]) for name in before if before[name] != now[name]}


def newest(filters: Mapping[str, object], *, before: int | None = None, after: int | None = None) -> Page:
    """One page of the trail below id `before`, or above id `after`; empty filters filter nothing."""
    found = matching(filters)
    if after is not None:
        above = list(found.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        entries = above[:PAGE][::-1]
        return Page(entries, older=entries[-1].pk if entries else None, newer=entries[0].pk if above[PAGE:] else None)
    if before is not None:
        found = found.filter(pk__lt=before)
    below = list(found.order_by("-pk")[: PAGE + 1])
    newer = below[0].pk if below and before is not None else None
    return Page(below[:PAGE], older=below[PAGE - 1].pk if below[PAGE:] else None, newer=newer)


def entries_of(subject: models.Model) -> models.QuerySet[AuditEntry]:
    """All of one object, the newest first."""
    found = AuditEntry.objects.filter(object_type=str(subject._meta.verbose_name), object_id=str(subject.pk))
    return found.select_related("actor")


def did(entry: AuditEntry, what: str, *, reader: User, now: datetime) -> str:
    """ "Ana paused it 2 minutes ago" """
    who = "You" if entry.actor == reader else entry.actor or "Belfry"
    return f"{who} {entry.action} {what} {distance(entry.at, now)}"


def matching(filters: Mapping[str, object]) -> models.QuerySet[AuditEntry]:
    lookups = {"object_name": "object_name__icontains"}
    given = {lookups.get(name, name): value for name, value in filters.items() if value}
    return AuditEntry.objects.select_related("actor").filter(**given)


def masked(name: str, pair: tuple[object, object]) -> tuple[object, object]:
    if name in SECRET_FIELDS:
        return (MASK, MASK)
    return (plain(pair[0]), plain(pair[1]))


def plain(value: object) -> object:
    """A value as JSON can hold it; a row of another table by its name."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case Collection() if not isinstance(value, bytes):
            return [plain(each) for each in value]
        case _:
            return str(value)
