"""Test sends go out: rendered and handed to the destination as a run's messages are, and noted beside the ledger."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import connection
from psycopg.sql import SQL

from campaigns.delivery import audience, render
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.dispatch import KEPT_ANSWER
from campaigns.delivery.job import Job, make_job
from campaigns.delivery.snapshot import Snapshot
from campaigns.models import TestMessage, TestSend
from campaigns.models.ledger import State
from campaigns.personalization import Unrendered
from connectors import health, registry, sending
from connectors.base import Outgoing, Part, Receipt
from connectors.models import Connection
from segments import dump
from segments.context import Some
from segments.tree import All

log = logging.getLogger(__name__)

Outcome = tuple[str, str, str]  # state, reason and details
Outcomes = Mapping[int, Outcome]

STOPPED = "A worker stopped while it was sending this: it may have arrived."
GONE = "The connection is gone. Choose another on the step Start."


def send(pk: int, *, now: datetime) -> None:
    """Send what is queued of a test, once. Safe to run twice, or in two workers: one of them has it for a lease."""
    test = claimed(pk, now=now)
    if test is None:
        return
    queued = list(test.messages.filter(state=State.QUEUED))
    try:
        outcomes = delivered(test, queued, now=now)
    except Exception:
        log.exception("A test could not be sent, in a way nobody foresaw.")
        outcomes = all_of(queued, State.UNKNOWN, answer="Sending failed here. The log says more.")
    note(queued, outcomes)
    TestSend.objects.filter(pk=pk).update(lease_until=None)


def delivered(test: TestSend, queued: Sequence[TestMessage], *, now: datetime) -> Outcomes:
    """What a worker had in hand when it was killed may have arrived: that is said, and not sent again by itself."""
    snapshot = snapshots.load(test.snapshot)
    over = Connection.objects.filter(pk=snapshot.connection).first()
    if test.lease_until is not None:
        return all_of(queued, State.UNKNOWN, answer=STOPPED)
    if over is None:
        return all_of(queued, State.FAILED, "provider_unavailable", GONE)
    if health.take(over, len(queued), now=now):
        return all_of(queued, State.FAILED, "provider_unavailable", waiting(over, now=now))
    return deliver(test, snapshot, queued, over, now=now)


def all_of(queued: Sequence[TestMessage], state: str, reason: str = "", answer: str = "") -> Outcomes:
    return {each.pk: (state, reason, answer) for each in queued}


def claimed(pk: int, *, now: datetime) -> TestSend | None:
    """The test, its lease as it was before; None where nothing of it is to be sent, or another has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH free AS (
                SELECT id, lease_until FROM campaigns_testsend WHERE id = %(pk)s
                AND (lease_until IS NULL OR lease_until <= %(now)s)
                AND EXISTS (SELECT FROM campaigns_testmessage m WHERE m.send_id = %(pk)s AND m.state = 'queued')
                FOR UPDATE SKIP LOCKED)
            UPDATE campaigns_testsend t SET lease_until = %(until)s FROM free WHERE t.id = free.id
            RETURNING free.lease_until
            """,
            {"pk": pk, "now": now, "until": now + timedelta(seconds=settings.LEASE_SECONDS)},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    test = TestSend.objects.get(pk=pk)
    test.lease_until = row[0]
    return test


def waiting(over: Connection, *, now: datetime) -> str:
    """Why nothing goes out over the connection just now."""
    if over.state == Connection.State.PAUSED:
        return f"{over} is paused: {over.paused_reason or 'somebody paused it.'}"
    if over.scope and over.scope.not_before and over.scope.not_before > now:
        return f"{over} waits, as the other side asked to. Send it again in a moment."
    if over.failures and over.last_error:
        return f"{over} rests after a failure: {over.last_error}"
    return f"{over} is at its rate just now. Send it again in a moment."


def deliver(
    test: TestSend, snapshot: Snapshot, queued: Sequence[TestMessage], over: Connection, *, now: datetime
) -> Outcomes:
    """All copies together: the destination sees one batch."""
    found: dict[int, Outgoing | Outcome] = {}
    withheld = {} if test.address else reasons_of(snapshot, [each.profile_id for each in queued], now=now)
    for copy in snapshot.copies:
        mine = [each for each in queued if each.copy_id == copy.id]
        job = job_for(test, snapshot, copy.id)
        letters = render.people(job, [each.profile_id for each in mine])
        for each, letter in zip(mine, letters, strict=True):
            found[each.pk] = outcome(test, job, letter, withheld.get(each.profile_id, ""), now=now)
    batch = {pk: each for pk, each in found.items() if isinstance(each, Outgoing)}
    part, seconds = Part(f"tests/campaign-{test.campaign_id}", str(test.pk)), settings.TASK_SECONDS
    receipts = sending.send(over, list(batch.values()), part, now=now, seconds=seconds) if batch else []
    answers = {pk: answer(receipt) for pk, receipt in zip(batch, receipts, strict=True)}
    return {pk: each for pk, each in found.items() if isinstance(each, tuple)} | answers


def job_for(test: TestSend, snapshot: Snapshot, copy_id: int) -> Job:
    """Everybody gets this one copy, under an id that no run's message has: the same on every try of this test."""
    only = [copy for copy in snapshot.copies if copy.id == copy_id]
    key = f"test:{test.pk}:{test.at.isoformat()}:{copy_id}"
    alone = msgspec.structs.replace(snapshot, copies=only)
    return make_job(alone, test.campaign.message.pk, test.occurrence, number=test.number, key=key, is_test=True)


def outcome(
    test: TestSend, job: Job, letter: Outgoing | Unrendered, withheld: str, *, now: datetime
) -> Outgoing | Outcome:
    """The message, saying that it is a test, or why there is none."""
    if withheld:
        return State.EXCLUDED, withheld, ""
    if isinstance(letter, Unrendered):
        return State.EXCLUDED, letter.reason, letter.detail
    if job.mails and job.snapshot.tracks:
        letter = render.with_tracking(job, letter, now=now)
    # Without the person nothing that comes back, such as a bounce, is held against them.
    letter = msgspec.structs.replace(letter, profile_id=0, address=test.address or letter.address)
    return registry.as_test(job.snapshot.channel, letter, told=test.is_told)


def answer(receipt: Receipt) -> Outcome:
    """Nothing waits for another try, a person sees at once how it went."""
    if receipt.state == "retry":
        return State.FAILED, "provider_unavailable", receipt.answer
    return receipt.state, receipt.reason, receipt.answer


def reasons_of(snapshot: Snapshot, people: Sequence[int], *, now: datetime) -> dict[int, str]:
    """Why some of these people may get nothing over the channel, whoever the campaign is for."""
    return {pk: reason for pk, _, reason in decided(snapshot, people, now=now)}


def own_copies(snapshot: Snapshot, people: Sequence[int], *, now: datetime) -> Mapping[int, int]:
    """Which copy each of these people would get."""
    return {pk: copy for pk, copy, _ in decided(snapshot, people, now=now)}


def decided(snapshot: Snapshot, people: Sequence[int], *, now: datetime) -> list[tuple[int, int, str]]:
    """(person, copy, reason) by the query that plans, without the campaign's audience and its control group."""
    anybody = msgspec.structs.replace(
        snapshot, tree=dump.dump(All()), references=None, control_percent=0, one_per_address=False
    )
    query = SQL("SELECT profile_id, copy_id, reason FROM ({}) decided").format(
        audience.decided(anybody, now=now, people=Some(tuple(sorted(set(people)))))
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def note(messages: Sequence[TestMessage], outcomes: Outcomes) -> None:
    for message in messages:
        message.state, message.reason, details = outcomes[message.pk]
        message.answer = details[:KEPT_ANSWER]
    TestMessage.objects.bulk_update(messages, ["state", "reason", "answer"])
