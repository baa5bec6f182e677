"""Mails to the owners of connections: what `connectors.notices` wrote down, each told once."""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, can
from connectors import sending
from connectors.base import Outgoing, Part
from connectors.models import Connection, Notice

log = logging.getLogger(__name__)
Kind = Notice.Kind
WAITS = [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)]
MOST = len(WAITS) + 1  # tries
LEASE = timedelta(minutes=2)  # longer than a mail takes
SUBJECTS: Final[dict[str, str]] = {
    Kind.PAUSED: "The connection “{}” is paused",
    Kind.FAILING: "The connection “{}” is failing",
    Kind.WELL: "The connection “{}” sends again",
}
MEANINGS: Final[dict[str, str]] = {
    Kind.PAUSED: "Nothing is sent over it until somebody mends it and resumes it. Nobody is lost: people stay queued.",
    Kind.FAILING: "It is tried again by itself, at least once a minute. Nobody is lost: people stay queued.",
    Kind.WELL: "What had waited goes out now.",
}


def due(now: datetime, limit: int) -> list[tuple[str, int]]:
    found = Notice.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    return [("connectors.tell", pk) for pk in found[:limit]]


def tell(pk: int, until: float) -> None:
    """Mail one notice. Safe to repeat; after several failures it stays on the page alone."""
    notice = claimed(pk, now=timezone.now())
    if notice is None:
        return
    before = notice.told.split(", ") if notice.told else []
    left = [address for address in addresses(notice.connection) if address not in before]
    reached = mailed(notice, left) if left and notice.attempts <= MOST else []
    is_over = len(reached) == len(left) or notice.attempts >= MOST
    due_at = None if is_over else timezone.now() + WAITS[notice.attempts - 1]
    Notice.objects.filter(pk=pk).update(due_at=due_at, told=", ".join([*before, *reached]))


@transaction.atomic
def claimed(pk: int, *, now: datetime) -> Notice | None:
    """For this worker alone, for a while: a mail that a dead worker may have sent is sent again."""
    found = Notice.objects.select_for_update(skip_locked=True, of=["self"]).select_related("connection__owner")
    notice = found.filter(pk=pk, due_at__lte=now).first()
    if notice is not None:
        notice.due_at, notice.attempts = now + LEASE, notice.attempts + 1
        notice.save(update_fields=["due_at", "attempts"])
    return notice


def addresses(connection: Connection) -> list[str]:
    return [user.email for user in told(connection)]


def told(connection: Connection) -> list[User]:
    """The owner; where nobody is or has no address, all with one who may change connections."""
    owner = connection.owner
    if owner is not None and owner.is_active and owner.email:
        return [owner]
    others = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
    return [user for user in others if can(user, Permission.MANAGE_CONNECTIONS)]


def can_mail(connection: Connection) -> bool:
    """Whether there is a way just now."""
    return bool(settings.EMAIL_HOST) or other_way(connection) is not None


def other_way(connection: Connection) -> Connection | None:
    """A connection that sends mails and is well; of its own trouble none can tell."""
    found = Connection.objects.filter(kind="email", state=Connection.State.ACTIVE, failures=0)
    return found.exclude(pk=connection.pk).order_by("pk").first()


def mailed(notice: Notice, to: Sequence[str]) -> Sequence[str]:
    """Who was reached, through the installation's own mail server, else over a connection that sends mails and is
    well."""
    name = " ".join(str(notice.connection).split())
    subject, text = SUBJECTS[notice.kind].format(name), words(notice)
    if settings.EMAIL_HOST:
        try:
            return to if send_mail(subject, text, None, to) else []
        except (SMTPException, OSError) as error:
            log.warning("A notice could not be mailed: %s", error)
            return []
    by_way_of = other_way(notice.connection)
    if by_way_of is None:
        return []
    batch = [message(notice, subject, text, address) for address in to]
    receipts = sending.send(by_way_of, batch, Part(f"notices/{notice.pk}", str(notice.pk)), now=timezone.now())
    return [each.address for each, got in zip(batch, receipts, strict=True) if got.state in ("accepted", "unknown")]


def words(notice: Notice) -> str:
    page = f"{settings.PUBLIC_URL}{reverse('connection', args=[notice.connection_id])}"
    said = [notice.words, MEANINGS[notice.kind], page if settings.PUBLIC_URL else ""]
    return "\n\n".join(filter(None, said))


def message(notice: Notice, subject: str, text: str, address: str) -> Outgoing:
    """Under the same id on every try."""
    html = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
    return Outgoing(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"notice:{notice.pk}:{address}")),
        profile_id=0,
        user_id=None,
        anonymous_id=None,
        event="Notice",
        at=notice.at.isoformat(),
        content={},
        campaign={},
        traits={},
        fields={"subject": subject, "html": html, "text": text},
        address=address,
    )


TASKS: Final = {"connectors.tell": tell}
