"""What a mail provider tells of mails afterwards: bounces, complaints, people who unsubscribe with it."""

from collections.abc import Iterable
from datetime import datetime

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from connectors.email import person_of
from people import unsubscribing
from people.models import Profile, Subscription

State = Subscription.State
DEAD = frozenset({RejectReason.INVALID, RejectReason.BOUNCED})


def take_in(events: Iterable[AnymailTrackingEvent], *, now: datetime) -> None:
    """Safe to repeat: providers tell the same more than once."""
    for event in events:
        if meant := consequence(event):
            unsubscribing.withdraw(whom(event), "email", *meant, now=now)


def consequence(event: AnymailTrackingEvent) -> tuple[str, str] | None:
    """The state that the subscription takes, and why; None where the event changes nothing."""
    match event.event_type:
        case EventType.BOUNCED | EventType.REJECTED if event.reject_reason in DEAD:
            return State.SUPPRESSED, "bounce"
        case EventType.COMPLAINED:
            return State.SUPPRESSED, "complaint"
        case EventType.UNSUBSCRIBED:
            return State.UNSUBSCRIBED, "provider"
        case _:
            return None


def whom(event: AnymailTrackingEvent) -> list[int]:
    """By our own signature in the metadata, else by the address: the provider is known by its secret."""
    person = person_of(f"mail+{(event.metadata or {}).get('person', '')}@metadata")
    if person is not None:
        return [person]
    address = event.recipient or ""
    return list(Profile.objects.filter(email=address).values_list("pk", flat=True)) if address else []
