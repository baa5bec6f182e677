"""What a mail provider tells of mails afterwards: that they arrived or came back, opens and clicks, complaints, people
who unsubscribe with it."""

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.conf import settings
from django.db import DataError, transaction

from connectors.email import person_of
from people import suppressing, tracking, unsubscribing
from people.links import Origin
from people.mail_dialects import Odd
from people.models import Profile, Subscription
from people.records import Rejected
from people.suppressing import Bounce, code_in
from people.unsubscribing import Told, Why

log = logging.getLogger(__name__)

State = Subscription.State
FOR_NOW = ("Transient", "Temporary", "Undetermined")
DEAD = frozenset({RejectReason.INVALID, RejectReason.BOUNCED})
DELIVERED, BOUNCED, REJECTED = "Notification Delivered", "Notification Bounced", "Notification Rejected"
READ = (tracking.VIEWED, tracking.CLICKED)
SECOND = re.compile(r"[0-9]{1,10}")
NUMBER = re.compile(r"[0-9]{1,18}")
ODD_ERRORS = (ValueError, TypeError, AttributeError, KeyError, OverflowError, DataError)
ODD = Rejected(0, "odd_event", "This event of a mail cannot be read.")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The event of ours that the provider's is, and the state that the subscription takes of it, if any, and why."""

    event: str
    state: str = ""
    cause: str = ""


def parted(said: Sequence[AnymailTrackingEvent | Odd]) -> tuple[list[AnymailTrackingEvent], list[Rejected]]:
    """The events of a report that can be read; what is refused of it already, by its place."""
    odd = [Rejected(place, ODD.code, ODD.reason) for place, each in enumerate(said) if isinstance(each, Odd)]
    return [each for each in said if not isinstance(each, Odd)], odd


def as_they_came(said: Sequence[AnymailTrackingEvent | Odd]) -> list[object]:
    return [each.said if isinstance(each, Odd) else each.esp_event for each in said]


def take_in(events: Sequence[AnymailTrackingEvent], *, now: datetime) -> list[Rejected]:
    """What was refused: where one event is odd each is taken by itself, so that it costs no other. Safe to repeat:
    providers tell the same more than once."""
    try:
        return take(events, now)
    except ODD_ERRORS:
        if len(events) == 1:
            log.warning("An event of a mail provider was refused.", exc_info=True)
            return [ODD]
        return [refused for event in events for refused in take_in([event], now=now)]


def take(events: Sequence[AnymailTrackingEvent], now: datetime) -> list[Rejected]:
    meant = [(event, meaning) for event in events if (meaning := meaning_of(event))]
    told = list[Told]()
    with transaction.atomic():
        people = people_of([event for event, _ in meant])
        for event, meaning in meant:
            those, origin = people[id(event)], origin_of(event)
            if meaning.state:
                withdraw(event, meaning, those, origin, now)
            told += telling(event, meaning, those, origin, now)
    return unsubscribing.tell_all(told, now=now)


def withdraw(
    event: AnymailTrackingEvent, meaning: Meaning, people: Sequence[Profile], origin: Origin | None, now: datetime
) -> None:
    campaign = origin.campaign if origin else None
    if meaning.cause == "bounce":
        named = event.recipient if isinstance(event.recipient, str) else ""
        said = (code(event), answer(event), campaign, sent_at(event), named, True)
        suppressing.suppress([Bounce(person.pk, *said) for person in people], now=now)
    else:
        why, said_at = Why(code(event), answer(event), campaign), happened(event)
        for ids, is_theirs_alone in whose(event, people):
            unsubscribing.withdraw(
                ids, "email", meaning.state, meaning.cause,
                now=now, why=why, said_at=said_at, is_theirs_alone=is_theirs_alone,
            )  # fmt: skip


def whose(event: AnymailTrackingEvent, people: Sequence[Profile]) -> Iterator[tuple[list[int], bool]]:
    """A no is its person's, and of everybody at the address that the mail went to: where that was their former one,
    not of others at their present one."""
    sent = sent_at(event)
    moved = [each.pk for each in people if suppressing.is_former(event.recipient, each, sent)]
    if moved:
        yield sorted({*moved, *at(event.recipient)}), True
    if stayed := [each.pk for each in people if each.pk not in moved]:
        yield stayed, False


def meaning_of(event: AnymailTrackingEvent) -> Meaning | None:
    """None for what changes nothing and is worth no event: queued, sent, put off."""
    is_dead = event.reject_reason in DEAD and not is_for_now(event)
    match event.event_type:
        case EventType.BOUNCED:
            return Meaning(BOUNCED, State.SUPPRESSED, "bounce") if is_dead else Meaning(BOUNCED)
        case EventType.REJECTED | EventType.FAILED:
            return Meaning(REJECTED, State.SUPPRESSED, "bounce") if is_dead else Meaning(REJECTED)
        case EventType.COMPLAINED:
            return Meaning(unsubscribing.EVENT, State.SUPPRESSED, "complaint")
        case EventType.UNSUBSCRIBED:
            return Meaning(unsubscribing.EVENT, State.UNSUBSCRIBED, "provider")
        case EventType.DELIVERED:
            return Meaning(DELIVERED)
        case EventType.OPENED:
            return Meaning(tracking.VIEWED)
        case EventType.CLICKED:
            return Meaning(tracking.CLICKED)
        case _:
            return None


def is_for_now(event: AnymailTrackingEvent) -> bool:
    """Amazon SES and Resend call it a bounce too where a mailbox is full."""
    said = event.esp_event if isinstance(event.esp_event, dict) else {}
    bounces = [each.get("bounce") for each in (said, said.get("data")) if isinstance(each, dict)]
    kinds = [each.get("bounceType") or each.get("type") for each in bounces if isinstance(each, dict)]
    return any(kind in FOR_NOW for kind in kinds)


def people_of(events: Sequence[AnymailTrackingEvent]) -> dict[int, list[Profile]]:
    """Whom each event is about, by its `id()`: our own signature in the metadata says it, else the address does: the
    provider is known by its secret. 0 is nobody: a test's."""
    signed = {id(event): person_of(f"mail+{noted(event, 'person')}@metadata") for event in events}
    here = set(Profile.objects.in_bulk({pk for pk in signed.values() if pk}))
    meant = {
        id(event): [pk] if (pk := signed[id(event)]) in here or pk == 0 else at(event.recipient) for event in events
    }
    found = Profile.objects.in_bulk({pk for each in meant.values() for pk in each if pk})
    return {key: [found[pk] for pk in each if pk in found] for key, each in meant.items()}


def at(address: object) -> list[int]:
    return unsubscribing.people_at(address) if isinstance(address, str) and address and "\0" not in address else []


def origin_of(event: AnymailTrackingEvent) -> Origin | None:
    """Of which message the event is, as we noted it with the mail; None for mails that are not ours."""
    person = person_of(f"mail+{noted(event, 'person')}@metadata")
    campaign, run = noted(event, "campaign"), noted(event, "run")
    if person is None or not (NUMBER.fullmatch(campaign) and NUMBER.fullmatch(run)):
        return None
    return Origin(person, "", "email", noted(event, "message_id"), int(campaign), int(run), noted(event, "copy"))


def noted(event: AnymailTrackingEvent, name: str) -> str:
    return str((event.metadata or {}).get(name) or "")


def telling(
    event: AnymailTrackingEvent, meaning: Meaning, people: Sequence[Profile], origin: Origin | None, now: datetime
) -> Iterator[Told]:
    """Of a mail that is not known to be ours only what changes a subscription."""
    moment = min(happened(event) or now, now)
    if not (origin or meaning.state) or (meaning.event in READ and is_ours_to_tell(event)):
        return
    more = properties(event, meaning, moment)
    for person in people:
        key = key_of(event, meaning, person, origin, moment, more)
        yield Told(person, meaning.event, origin, moment, key, more)


def happened(event: AnymailTrackingEvent) -> datetime | None:
    said: datetime | None = event.timestamp
    return said if said is None or said.tzinfo else said.replace(tzinfo=UTC)


def sent_at(event: AnymailTrackingEvent) -> datetime | None:
    """As we noted it with the mail; else when it came back, which is later."""
    sent = noted(event, "sent")
    return datetime.fromtimestamp(int(sent), UTC) if SECOND.fullmatch(sent) else happened(event)


def is_ours_to_tell(event: AnymailTrackingEvent) -> bool:
    """Our own links and picture were in the mail, or the link is one of ours: we see those used ourselves."""
    return bool(noted(event, "tracked")) or str(event.click_url or "").startswith(f"{settings.PUBLIC_URL}/")


def properties(event: AnymailTrackingEvent, meaning: Meaning, moment: datetime) -> dict[str, object]:
    more: dict[str, object] = {"Channel": "email"}
    if meaning.event in READ:
        sent = noted(event, "sent")
        more["Machine"] = tracking.is_machine(event.user_agent or "", sent if SECOND.fullmatch(sent) else "0", moment)
    if meaning.event == tracking.CLICKED:
        more["Link"] = event.click_url or ""
    if meaning.event == unsubscribing.EVENT:
        more["Cause"] = meaning.cause
    if meaning.event == BOUNCED:
        more["Bounce"] = "hard" if meaning.state else "soft"
    if meaning.event in (BOUNCED, REJECTED):
        more |= {"Reason": event.reject_reason or "", "Code": code(event), "Answer": answer(event)}
    return {name: value for name, value in more.items() if value != ""}


def code(event: AnymailTrackingEvent) -> str:
    """The code of RFC 3463 where one was said, such as 5.1.1, else the mail server's own, such as 550."""
    return code_in(f"{event.mta_response or ''} {event.description or ''}")


def answer(event: AnymailTrackingEvent) -> str:
    return unsubscribing.clean(str(event.mta_response or event.description or ""))


def key_of(
    event: AnymailTrackingEvent,
    meaning: Meaning,
    person: Profile,
    origin: Origin | None,
    moment: datetime,
    more: Mapping[str, object],
) -> str:
    """The same for what is told again, and for who unsubscribed by the mail's own link as well."""
    if origin is None:
        said = f"{event.message_id or event.event_id or event.timestamp}\n{event.recipient}"
        digest = hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32]
        return f"{meaning.event}:{meaning.cause}:{digest}:{person.pk}"
    if meaning.event in READ:
        return tracking.key_of(meaning.event, origin, bool(more["Machine"]), str(more.get("Link", "")), moment)
    kind = "" if meaning.cause in ("", "provider") else f":{meaning.cause}"
    return f"{meaning.event}:{origin.message_id}{kind}"
