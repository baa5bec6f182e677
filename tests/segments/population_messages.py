"""Rows of the ledger, and the events that they are to a rule."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from campaigns.delivery import snapshot
from campaigns.models import Campaign, Delivery, Run
from connectors.registry import USUAL_CHANNEL
from people import partitions
from tests import factories
from tests.segments.oracle_world import Event
from tests.segments.population_times import NOW, moment

MESSAGES = ["Notification Sent", "Notification Failed", "Control Group"]
LABELS = [["winback", "100%"], []]
NAMES = ["O'Hara's \"coats\" 100% \\", "Win back"]
COPIES: dict[str, factories.Pairs] = {"": factories.HELLO, "es": (("title", "Hola"),), "100%": (("title", "%"),)}
STATES = [
    ("queued", ""),
    ("unknown", ""),
    ("accepted", ""),
    ("accepted", ""),
    ("failed", "rejected_by_provider"),
    ("failed", "too_large"),
    ("excluded", "system_control_group"),
    ("excluded", "campaign_control_group"),
    ("excluded", "no_address"),
]
MESSAGE_PROPERTIES = [
    "Campaign name", "Campaign labels", "Campaign Id", "Campaign type", "Channel", "Run", "Copy", "Variant", "Reason",
    "Control group",
]  # fmt: skip


def messages(people: Sequence[int], chance: random.Random) -> dict[int, list[Event]]:
    """What became of the messages of two campaigns, in the ledger and as it reads in a timeline."""
    partitions.ensure("campaigns_delivery", now=NOW, since=datetime(2024, 1, 1, tzinfo=UTC))
    runs = [run for name, labels in zip(NAMES, LABELS, strict=True) for run in runs_of(name, labels)]
    erased = [people[-1] + 1, people[-1] + 64]  # people of whom only the ledger knows
    rows = [delivery(run, pk, chance) for run in runs for pk in [*people, *erased] if chance.random() < 0.3]
    Delivery.objects.bulk_create(rows)
    events: dict[int, list[Event]] = {pk: [] for pk in [*people, *erased]}
    of_run = {run.pk: run for run in runs}
    for row in rows:
        if found := event(row, of_run[row.run_id]):
            events[row.profile_id].append(found)
    return events


def runs_of(name: str, labels: list[str]) -> list[Run]:
    """One that was planned, and one that was not yet: its copies have no name."""
    campaign = factories.campaign(copies=COPIES)
    Campaign.objects.filter(pk=campaign.pk).update(name=name, labels=labels)
    campaign.refresh_from_db()
    runs = [factories.run(campaign, number=number, due_at=NOW + timedelta(hours=number)) for number in (1, 2)]
    Run.objects.filter(pk=runs[0].pk).update(snapshot=snapshot.dump(snapshot.freeze(campaign)), message_version=1)
    return runs


def delivery(run: Run, pk: int, chance: random.Random) -> Delivery:
    state, reason = chance.choice(STATES)
    copies = [*run.message.copies.values_list("pk", flat=True), 2**40]
    return Delivery(
        message=run.message,
        run=run,
        profile_id=pk,
        occurrence=run.occurrence,
        copy_id=chance.choice(copies),
        variant=chance.choice(["", "A", "B"]),
        state=state,
        reason=reason,
        recorded_at=None if state == "queued" else moment(chance),
    )


def event(row: Delivery, run: Run) -> Event | None:
    name = name_of(row)
    if name is None or row.recorded_at is None:
        return None
    campaign, copies = run.campaign, {copy.pk: copy.value or "Default" for copy in run.message.copies.all()}
    said: dict[str, object] = {
        "Campaign name": campaign.name,
        "Campaign labels": campaign.labels,
        "Campaign Id": campaign.pk,
        "Campaign type": run.message.kind,
        "Channel": USUAL_CHANNEL,
        "Run": run.number,
        "Copy": copies.get(row.copy_id),
        "Variant": row.variant,
        "Reason": row.reason.replace("_", " ") if name == "Notification Failed" else None,
        "Control group": row.reason.removesuffix("_control_group") if name == "Control Group" else None,
    }
    return Event(name, row.recorded_at, {key: value for key, value in said.items() if value not in (None, "")})


def name_of(row: Delivery) -> str | None:
    match row.state:
        case "accepted":
            return "Notification Sent"
        case "failed":
            return "Notification Failed"
        case "excluded" if row.reason.endswith("_control_group"):
            return "Control Group"
        case _:
            return None
