"""What a mail provider tells of mails afterwards: bounces, complaints, people who unsubscribe with it."""

from collections.abc import Iterable
from datetime import datetime

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from connectors.email import person_of
from people import unsubscribing
from people.models import Subscription

State = Subscription.State
FOR_NOW = ("Transient", "Temporary", "Undetermined")
DEAD = frozenset({RejectReason.INVALID, RejectReason.BOUNCED})


def take_in(events: Iterable[AnymailTrackingEvent], *, now: datetime) -> None:
    """Safe to repeat: providers tell the same more than once."""
    for event in events:
        if meant := consequence(event):
            unsubscribing.withdraw(whom(event), "email", *meant, now=now)


def consequence(event: AnymailTrackingEvent) -> tuple[str, str] | None:
    """The state that the subscription takes, and why; None where the event changes nothing."""
    if is_for_now(event):
        return None
    match event.event_type:
        case EventType.BOUNCED | EventType.REJECTED if event.reject_reason in DEAD:
            return State.SUPPRESSED, "bounce"
        case EventType.COMPLAINED:
            return State.SUPPRESSED, "complaint"
        case EventType.UNSUBSCRIBED:
            return State.UNSUBSCRIBED, "provider"
        case _:
            return None


def is_for_now(event: AnymailTrackingEvent) -> bool:
    """Amazon SES and Resend call it a bounce too where a mailbox is full."""
    said = event.esp_event if isinstance(event.esp_event, dict) else {}
    bounces = [each.get("bounce") for each in (said, said.get("data")) if isinstance(each, dict)]
    kinds = [each.get("bounceType") or each.get("type") for each in bounces if isinstance(each, dict)]
    return any(kind in FOR_NOW for kind in kinds)


def whom(event: AnymailTrackingEvent) -> list[int]:
    """By our own signature in the metadata, else by the address: the provider is known by its secret."""
    person = person_of(f"mail+{(event.metadata or {}).get('person', '')}@metadata")
    if person is not None:
        return [person]
    address = event.recipient or ""
    return unsubscribing.people_at(address) if address else []
