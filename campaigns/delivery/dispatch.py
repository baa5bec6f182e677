"""dispatch: the letters of a claim go to the destination, several batches at once; receipts become results."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from django.conf import settings

from campaigns.delivery import trial
from campaigns.delivery.clock import Clock
from campaigns.delivery.job import Job
from campaigns.delivery.ledger import Change, Claim, Result, Retry, Slip
from campaigns.delivery.outlasting import surely
from campaigns.delivery.render import Letters
from campaigns.models import Delivery
from connectors import http, registry, sending
from connectors.base import ConnectorError, Destination, Part, Receipt, receipts_for
from connectors.http import Exchange
from connectors.models import Connection

State = Delivery.State
WAITS = (1.0, 5.0, 30.0, 120.0, 600.0)  # seconds before each next try; the last one repeats
ATTEMPTS = 12  # then it is given up: over an hour after the first try
KEPT_ANSWER = 500


def send(claim: Claim, letters: Sequence[Letters], over: Connection, *, clock: Clock) -> list[Result]:
    """Send all batches of the claim at once and note how the connection fares; one result per batch.

    A wait counts from the answer on, not from when it was asked for.
    """
    client, resends = http.client(), True
    try:
        destination = registry.destination(over, client)
    except ConnectorError as error:
        answers = [receipts_for(ids_of(each), error) for each in letters]
    else:
        resends = destination.deduplicates
        answers = http.run(send_all(claim.job, letters, destination, client.exchanges, one_ahead=over.failures > 0))
    ended = clock()
    trials = [trial.of(over, each.slip, sum(map(len, answers))) for each in letters]
    if receipts := [receipt for answer in answers for receipt in answer]:
        own = {id for tried, answer in zip(trials, answers, strict=True) for id in trial.own(tried, answer)}
        surely(lambda: sending.note(over, receipts, client.exchanges, ended, own=own))
    return [
        result(each, trial.weighed(tried, answer), resends=resends, now=ended)
        for each, tried, answer in zip(letters, trials, answers, strict=True)
    ]


async def send_all(
    job: Job, letters: Sequence[Letters], destination: Destination, made: Sequence[Exchange], *, one_ahead: bool = False
) -> list[list[Receipt]]:
    """`made` fills with the requests that were made."""
    at_once = sum(bool(each.outgoing) for each in letters) or 1
    parts = (part_of(job, each.slip, at_once, one_ahead=one_ahead) for each in letters)
    return await asyncio.gather(
        *(send_one(part, each, destination, made) for part, each in zip(parts, letters, strict=True))
    )


async def send_one(part: Part, letters: Letters, destination: Destination, made: Sequence[Exchange]) -> list[Receipt]:
    """Half of the lease is all the time there is: then it is not known what the destination did.

    What an earlier worker may have sent is sent again only where the destination knows our ids.
    """
    ids = ids_of(letters)
    if not ids:
        return []
    if letters.slip.again and not destination.deduplicates:
        return [Receipt(id, "unknown", answer="A worker stopped while it was sending this.") for id in ids]
    try:
        return await sending.in_time(destination, letters.outgoing, part, made, settings.LEASE_SECONDS / 2)
    except ConnectorError as error:
        return receipts_for(ids, error)


def ids_of(letters: Letters) -> list[str]:
    return [message.id for message in letters.outgoing]


def part_of(job: Job, slip: Slip, at_once: int, *, one_ahead: bool = False) -> Part:
    """Each try has a part of its own: a worker that lost its lease cannot overwrite what another one recorded."""
    name = part_name(slip.id, slip.attempts)
    return Part(job.folder, name, slip.attempts - 1, seconds_to_begin(), at_once, one_ahead)


def seconds_to_begin() -> float:
    """A request that is begun by then has its answer, or none, before the time is up."""
    whole = settings.LEASE_SECONDS / 2
    return max(whole - settings.REQUEST_SECONDS, whole / 2)


def part_name(batch_id: int, attempts: int) -> str:
    return f"{batch_id}-{attempts}"


def result(letters: Letters, receipts: Sequence[Receipt], *, resends: bool, now: datetime) -> Result:
    """What the receipts mean for the ledger. A message without a receipt is one whose fate is unknown."""
    by_id = {receipt.id: receipt for receipt in receipts if receipt.state != "accepted"}
    if not by_id and len(receipts) == len(letters.outgoing):
        return Result(letters.slip, letters.excluded)
    accepted = {receipt.id for receipt in receipts if receipt.state == "accepted"}
    changes, again = list(letters.excluded), []
    for delivery, message in zip(letters.deliveries, letters.outgoing, strict=True):
        if message.id in accepted:
            continue
        receipt = by_id.get(message.id) or Receipt(message.id, "unknown", answer="The destination did not say.")
        if is_tried_again(receipt, letters.slip, resends=resends):
            again.append((delivery, receipt))
        else:
            changes.append(settled(delivery, receipt))
    bounced = [
        (message.profile_id, message.address, said.answer)
        for message in letters.outgoing
        if (said := by_id.get(message.id)) and said.suppress == "bounce"
    ]
    tried = [each for each in again if each[1].uses_attempt]
    untried = [each for each in again if not each[1].uses_attempt]
    return Result(letters.slip, changes, retry(letters, tried, now=now), bounced, retry(letters, untried, now=now))


def is_tried_again(receipt: Receipt, slip: Slip, *, resends: bool) -> bool:
    if receipt.state == "retry" or (receipt.state == "unknown" and resends):
        return slip.attempts < ATTEMPTS or not receipt.uses_attempt
    return False


def settled(delivery: int, receipt: Receipt) -> Change:
    """The final state of a message that is not sent again."""
    answer = receipt.answer[:KEPT_ANSWER]
    match receipt.state:
        case "failed":
            return Change(delivery, State.FAILED, receipt.reason or "rejected_by_provider", answer)
        case "retry":
            return Change(delivery, State.FAILED, "provider_unavailable", answer)
        case "unknown":
            return Change(delivery, State.UNKNOWN, receipt.reason, answer)
        case "accepted":
            return Change(delivery, State.ACCEPTED, "", answer)
        case _:
            assert_never(receipt.state)


def retry(letters: Letters, again: Sequence[tuple[int, Receipt]], *, now: datetime) -> Retry | None:
    """Together, when the last of them may be tried again; `whole` where no other message of the batch is settled."""
    if not again:
        return None
    uses_attempt = again[0][1].uses_attempt
    wait = max(receipt.retry_after for _, receipt in again)
    if uses_attempt:
        wait = max(wait, WAITS[min(letters.slip.attempts, len(WAITS)) - 1])
    return Retry(
        deliveries=[delivery for delivery, _ in again],
        not_before=now + timedelta(seconds=wait),
        whole=len(again) == len(letters.outgoing),
        uses_attempt=uses_attempt,
    )
