"""Planners are killed between chunks: of those who share an address the same one gets the message, and nobody else."""

from datetime import UTC, datetime

import pytest
from django.db import connection as database

from campaigns.models import Delivery, Run
from connectors.models import Connection
from tests import factories
from tests.crash import halting
from tests.crash.recorder import Recorder
from tests.crash.test_crash import VICTIMS, counted, is_completed, kill_at
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.crash]

PEOPLE, ADDRESSES, CHUNK = 600, 50, 32
STEP, CHUNKS = "a chunk is planned", 3


def test_killed_while_planning_each_address_gets_one_message(stack: Stack, recording: Recorder) -> None:
    stack.environment["BELFRY_PLAN_CHUNK"] = str(CHUNK)
    people = sharing_people()
    over = factories.segment_connection(recording.url)
    Connection.objects.filter(pk=over.pk).update(config=over.config | {"one_per_address": True})
    halting.install()
    run = factories.run(factories.campaign(over), due_at=datetime.now(UTC))
    stack.start_workers()

    for victim in VICTIMS:
        let_through(CHUNKS)
        kill_at(stack, STEP, victim)
    planned_before_the_last_kill = Delivery.objects.filter(run=run).count()
    wait_until(lambda: is_completed(run, stack), "the run is completed", 120)

    assert 0 < planned_before_the_last_kill < PEOPLE
    assert people_with(run, "accepted", "") == people[:ADDRESSES]
    assert people_with(run, "excluded", "duplicate_address") == people[ADDRESSES:]
    assert counted(run) == {("accepted", ""): ADDRESSES, ("excluded", "duplicate_address"): PEOPLE - ADDRESSES}
    assert len(recording.received()) == ADDRESSES


def let_through(chunks: int) -> None:
    for _ in range(chunks):
        with halting.halted(STEP, 60) as reached:
            assert reached


def sharing_people() -> list[int]:
    """Every address is the one of twelve people, every second time in capitals."""
    people = factories.people(PEOPLE)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE people_profile SET email = CASE WHEN (id - %(first)s) / %(n)s %% 2 = 0 THEN address"
            " ELSE upper(address) END"
            " FROM (SELECT id AS of, 'p' || (id - %(first)s) %% %(n)s || '@example.com' AS address"
            " FROM people_profile) made WHERE id = of",
            {"first": people[0], "n": ADDRESSES},
        )
    return people


def people_with(run: Run, state: str, reason: str) -> list[int]:
    found = Delivery.objects.filter(run=run, state=state, reason=reason).order_by("profile_id")
    return list(found.values_list("profile_id", flat=True))
