"""A run, ready to be sent: its frozen words compiled once, and what every message of it shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from campaigns import personalization
from campaigns.delivery import ids
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.snapshot import FrozenCopy, Snapshot
from campaigns.models import Run
from campaigns.personalization import CompiledCopy, MissingPolicy
from campaigns.wording import escapes, is_field, prepared
from connectors import registry
from people.properties import COLUMNS

CACHED_RUNS = 16
# What may be in the payload besides properties: our own id of the person, and the push tokens of all devices.
OUR_ID, PUSH_TOKENS = "belfry_id", "push_tokens"
TEST = "Is test"  # among the campaign's fields of a test send


@dataclass(frozen=True, slots=True)
class Wording:
    """One copy: compiled, the first `fields` texts those of the kind of connection; and what each message says of its
    campaign."""

    compiled: CompiledCopy
    campaign: dict[str, object]
    fields: int


@dataclass(frozen=True, slots=True)
class Job:
    """`columns` are the profile's columns that the texts and the payload need, `whole` whether its custom properties
    are needed too, `tokens` whether the push tokens are, `mails` whether each goes to an e-mail address. `id_before`
    and `id_after` are the outgoing id's parts around the person.
    """

    run_id: int
    message_id: int
    occurrence: datetime
    at: str
    folder: str
    snapshot: Snapshot
    wordings: Mapping[int, Wording]
    campaign: Mapping[str, object]
    columns: tuple[str, ...]
    whole: bool
    tokens: bool
    mails: bool
    number: int
    id_before: bytes
    id_after: bytes


def job_of(run: Run) -> Job:
    """Compiled once per run and process: a snapshot never changes once it is there."""
    return compiled_job(run.pk, run.started_at)


@lru_cache(CACHED_RUNS)
def compiled_job(run_id: int, started_at: datetime | None) -> Job:
    run = Run.objects.get(pk=run_id)
    return make_job(snapshots.load(run.snapshot), run.message_id, run.occurrence, run_id=run_id, number=run.number)


def make_job(
    snapshot: Snapshot,
    message_id: int,
    occurrence: datetime,
    *,
    run_id: int = 0,
    number: int = 1,
    key: str = "",
    is_test: bool = False,
) -> Job:
    """Also for previews and test sends, where there is no run yet. `key` makes their outgoing ids others."""
    names = names_needed(snapshot)
    return Job(
        run_id=run_id,
        message_id=message_id,
        occurrence=occurrence,
        at=occurrence.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        folder=folder_of(snapshot.campaign.id, number),
        snapshot=snapshot,
        wordings={copy.id: wording(snapshot, copy, number, is_test) for copy in snapshot.copies},
        campaign={"id": snapshot.campaign.id, "name": snapshot.campaign.name, "labels": snapshot.campaign.labels},
        columns=tuple(name for name in COLUMNS if names is None or name in names),
        whole=names is None or bool(names - COLUMNS.keys()),
        tokens=PUSH_TOKENS in snapshot.include,
        mails=registry.channel(snapshot.channel) == "email",
        number=number,
        id_before=ids.prefix(snapshot.installation, message_id),
        id_after=ids.suffix(occurrence, key),
    )


def folder_of(campaign_id: int, number: int) -> str:
    """Where a destination that writes files puts a run's."""
    return f"campaign-{campaign_id}/run-{number}"


def wording(snapshot: Snapshot, copy: FrozenCopy, number: int, is_test: bool) -> Wording:
    """The fields carry the names that CleverTap's exports use, so that receivers recognise them."""
    missing: MissingPolicy = "blank" if snapshot.missing == "blank" else "exclude"
    fields: dict[str, Any] = {
        "Campaign Id": snapshot.campaign.id,
        "Campaign name": snapshot.campaign.name,
        "Campaign type": snapshot.kind,
        "Campaign labels": snapshot.campaign.labels,
        "Run": number,
        "Copy": copy.value or "Default",
    }
    if is_test:
        fields[TEST] = True
    compiled = personalization.compile_copy(
        prepared(snapshot.channel, copy.pairs), missing=missing, escapes=escapes(snapshot.channel)
    )
    return Wording(compiled, fields, sum(is_field(key) for key, _ in copy.pairs))


def names_needed(snapshot: Snapshot) -> frozenset[str] | None:
    """Profile properties used in any text or put in the payload; None when it may be any."""
    used = personalization.needs(text for copy in snapshot.copies for _, text in copy.pairs)
    if used is None:
        return None
    address = {"email"} if registry.channel(snapshot.channel) == "email" else set()
    return used | address | frozenset(snapshot.include) - {OUR_ID, PUSH_TOKENS}
