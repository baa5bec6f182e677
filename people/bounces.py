"""Mails that came back and complaints about mails, as reports of RFC 3464 and RFC 5965 tell of them; and mails by which
people unsubscribe.

Only who got a mail of ours can report on it: the person is known by a signature of ours, never by an address that the
report says.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Literal

from connectors.email import person_of, unsubscriber_of
from connectors.smtp import Reply
from people import links, suppressing, unsubscribing
from people.links import Origin
from people.mail_events import BOUNCED
from people.models import Profile, Subscription
from people.suppressing import Bounce
from people.unsubscribing import Told, Why

ORIGINALS = ("message/rfc822", "text/rfc822-headers")
RECIPIENTS = ("To", "Delivered-To", "X-Original-To")
TOKEN = re.compile(r"<[^<>\s]*/u/([A-Za-z0-9_-]+)>")
STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other"})  # RFC 5965; "not-spam" praises
MOST_BYTES = 10_000_000
STATES = {
    "complaint": (Subscription.State.SUPPRESSED, "complaint"),
    "opt-out": (Subscription.State.UNSUBSCRIBED, "complaint"),
    "unsubscribe": (Subscription.State.UNSUBSCRIBED, "mail"),
}

Kind = Literal["bounce", "complaint", "opt-out", "soft", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class Report:
    """Why a mail came; `status` is the enhanced code of RFC 3463 where there is one, `words` what the mail server said,
    `origin` the message that it is about or that somebody unsubscribes from, `sent_at` when that was sent or a time
    after it, `address` the one that the report says it went to, where that is known."""

    kind: Kind
    people: tuple[int, ...]
    status: str = ""
    words: str = ""
    origin: Origin | None = None
    sent_at: datetime | None = None
    address: str = ""


def take_in(raw: bytes, *, recipient: str = "", now: datetime) -> Report | None:
    """Suppress whom the report says, and tell of it; None for what is no report. `recipient` is the address it came
    to, if known. Safe to repeat."""
    report = read(raw, recipient)
    match report:
        case Report("unsubscribe", origin=Origin() as origin):
            unsubscribing.unsubscribe(origin, now=now)
        case Report(kind, people) if people:
            campaign = report.origin.campaign if report.origin else None
            if kind == "bounce":
                said = (report.status, report.words, campaign, report.sent_at, report.address)
                told = [Bounce(person, *said) for person in people]
                suppressing.suppress(told, now=now)
            elif meant := STATES.get(kind):
                unsubscribing.withdraw(list(people), "email", *meant, now=now, why=Why(campaign=campaign))
            unsubscribing.tell_all(list(telling(report, raw, now)), now=now)
    return report


def telling(report: Report, raw: bytes, now: datetime) -> Iterator[Told]:
    """Told once for each message where that is known, else for each mail that came."""
    is_bounce = report.kind in ("bounce", "soft")
    event = BOUNCED if is_bounce else unsubscribing.EVENT
    more: dict[str, object] = {"Channel": "email"}
    if is_bounce:
        more |= {"Bounce": "hard" if report.kind == "bounce" else "soft", "Code": report.status, "Answer": report.words}
    else:
        more["Cause"] = STATES[report.kind][1]
    said = {name: value for name, value in more.items() if value != ""}
    for person in Profile.objects.filter(pk__in=report.people).order_by("pk"):
        yield Told(person, event, report.origin, now, key_of(event, report, person, raw), said)


def key_of(event: str, report: Report, person: Profile, raw: bytes) -> str:
    if report.origin is None:
        return f"{event}:{report.kind}:{hashlib.sha256(raw).hexdigest()[:32]}:{person.pk}"
    kind = "" if report.kind in ("bounce", "soft") else ":complaint"
    return f"{event}:{report.origin.message_id}{kind}"


def read(raw: bytes, recipient: str = "") -> Report | None:
    try:
        return report_of(message_from_bytes(raw[:MOST_BYTES], policy=policy.compat32), recipient)
    except RecursionError:  # parts within parts, and brackets within brackets: no mail server's report has those
        return None


def report_of(message: Message, recipient: str) -> Report | None:
    parts = {part.get_content_type(): part for part in message.walk()}
    if status := parts.get("message/delivery-status"):
        people = tuple(known(recipients(message, recipient), parts))
        return delivery_report(status, people, origin_of(people, parts), sent_at(message, parts))
    if feedback := parts.get("message/feedback-report"):
        return feedback_report(feedback, message, recipient, parts)
    return unsubscription(message, recipient)


def unsubscription(message: Message, recipient: str) -> Report | None:
    """Known by the address it came to; the subject names the message, if the mail program kept it."""
    found = (unsubscriber_of(address.strip("<> ")) for address in recipients(message, recipient))
    people = tuple(sorted({person for person in found if person is not None}))
    if not people:
        return None
    origin = unsubscribing.origin_of("".join(field(message, "Subject").split()))
    return Report("unsubscribe", people, origin=origin if origin and origin.channel == "email" else None)


def delivery_report(
    status: Message, people: tuple[int, ...], origin: Origin | None, sent_at: datetime | None
) -> Report | None:
    """Of the recipients the first that failed: our mails have one. None where nothing failed (delayed, relayed)."""
    for block in blocks(status):
        if field(block, "Action").lower() == "failed":
            diagnosis = field(block, "Diagnostic-Code")
            said = STATUS.search(field(block, "Status")) or STATUS.search(diagnosis)
            code = said[0] if said else ""
            words = unsubscribing.clean(diagnosis.partition(";")[2] or diagnosis)
            kind: Kind = "bounce" if Reply(550, code, "message").is_bounce else "soft"
            return Report(kind, people, code, words, origin, sent_at, named(block))
    return None


def named(block: Message) -> str:
    """The address that we wrote to where that is said, else the one that the last mail server tried."""
    said = field(block, "Original-Recipient") or field(block, "Final-Recipient")
    return unsubscribing.clean(said.rpartition(";")[2].strip())


def feedback_report(feedback: Message, message: Message, recipient: str, parts: dict[str, Message]) -> Report | None:
    (said,) = blocks(feedback)[:1] or [feedback]
    kind = field(said, "Feedback-Type").lower()
    senders = [field(said, "Original-Mail-From"), *recipients(message, recipient)]
    people = tuple(known(senders, parts))
    if kind == "opt-out":
        return Report("opt-out", people, origin=origin_of(people, parts))
    return Report("complaint", people, origin=origin_of(people, parts)) if kind in COMPLAINTS else None


def known(addresses: Iterable[str], parts: dict[str, Message]) -> Iterator[int]:
    """Whom our own signatures name: the return path's, else the one of the link in the mail that came back."""
    named = {person for address in addresses if (person := person_of(address.strip("<> "))) is not None}
    yield from sorted(named or {person.pk for _, person in linked(parts)})


def origin_of(people: Sequence[int], parts: dict[str, Message]) -> Origin | None:
    """The message that the report is about: its link's person has to be the one whom the report names."""
    return next((origin for origin, person in linked(parts) if person.pk in people and origin.counts), None)


def linked(parts: dict[str, Message]) -> Iterator[tuple[Origin, Profile]]:
    for kind in ORIGINALS:
        token = TOKEN.search(original(parts[kind])) if kind in parts else None
        origin = unsubscribing.origin_of(token[1]) if token else None
        person = links.person(origin) if origin else None
        if origin and person:
            yield origin, person


def original(part: Message) -> str:
    """The header of the mail that came back in which our link stands."""
    return "".join(field(headers_of(part), "List-Unsubscribe").split())


def sent_at(message: Message, parts: dict[str, Message]) -> datetime | None:
    """As the mail that came back says; else the report's own time, which is a later one. None where neither is said."""
    kinds = [kind for kind in ORIGINALS if kind in parts]
    for headers in (*(headers_of(parts[kind]) for kind in kinds), message):
        try:
            said = parsedate_to_datetime(field(headers, "Date"))
        except (ValueError, OverflowError):
            continue
        return said if said.tzinfo else said.replace(tzinfo=UTC)
    return None


def headers_of(part: Message) -> Message:
    """Of the mail that came back, which is a part of its own or the text of one."""
    if inside := blocks(part):
        return inside[0]
    text = part.get_payload(decode=True)
    return message_from_bytes(text if isinstance(text, bytes) else b"", policy=policy.compat32)


def recipients(message: Message, recipient: str) -> list[str]:
    said = [field(message, name) for name in RECIPIENTS]
    return [recipient, *(address for _, address in getaddresses(said))]


def blocks(part: Message) -> list[Message]:
    inside = part.get_payload()
    return [each for each in inside if isinstance(each, Message)] if isinstance(inside, list) else []


def field(message: Message, name: str) -> str:
    return str(message.get(name) or "").strip()
