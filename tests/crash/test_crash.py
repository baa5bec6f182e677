"""Supervisor, clock and workers are killed again and again: nobody is lost, nobody is sent twice under two ids."""

import itertools
import os
import random
import time
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from django.db.models import Sum

from accounts.models import AccountSettings
from campaigns.delivery import ids
from campaigns.models import Counter, Delivery, Run
from connectors.models import Connection
from tests import factories
from tests.crash import halting, killing
from tests.crash.recorder import Recorder
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.crash, pytest.mark.timeout(900)]

PEOPLE = 20_000
KILLS = 30
ALL_PROCESSES = 7  # supervisor, cluster, sentinel, two workers, pusher, monitor
RATE = 100  # messages a second: slow enough that all the kills find it at work, also where each takes six seconds
REACHED_WITHIN = 10.0
VICTIMS = ("the workers at it", "the cluster", "the supervisor")


def test_killed_again_and_again_everyone_is_sent_to_once(stack: Stack, recording: Recorder) -> None:
    run = started_run(stack, factories.segment_connection(recording.url, rate_per_second=RATE))

    kills = kill_repeatedly(stack, run)
    wait_until(lambda: is_completed(run, stack), "the run is completed", 120)

    received = recording.received()
    print(f"{kills} kills; {received.total() - len(received)} messages were sent again under their own id")
    assert accepted_by_all(run) == PEOPLE
    assert sorted(received) == sorted(expected_ids(run))
    assert counted(run) == {("accepted", ""): PEOPLE}


def test_killed_again_and_again_the_file_holds_exactly_the_accepted(stack: Stack) -> None:
    connection = factories.file_connection()
    Connection.objects.filter(pk=connection.pk).update(rate_per_second=RATE)
    run = started_run(stack, connection)

    kill_repeatedly(stack, run)
    wait_until(lambda: is_completed(run, stack), "the run is completed", 120)

    written = [orjson.loads(line) for line in joined(stack.folder / "exports", run).read_bytes().splitlines()]
    assert accepted_by_all(run) == PEOPLE
    assert sorted((line["userId"], line["messageId"]) for line in written) == sorted(expected_ids(run))
    assert counted(run) == {("accepted", ""): PEOPLE}


def started_run(stack: Stack, connection: Connection) -> Run:
    factories.people(PEOPLE)
    halting.install()
    run = factories.run(factories.campaign(connection), due_at=datetime.now(UTC))
    stack.start_workers()
    return run


def kill_repeatedly(stack: Stack, run: Run) -> int:
    """At every named step with every kind of victim, then at random; the last one as the run completes."""
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CRASH_SEED={seed}")
    chance, kills = random.Random(seed), 0
    for step, victim in named_kills():
        kills += kill_at(stack, step, victim)
    while kills < KILLS - 1:
        wait_until(lambda: len(killing.tree(stack.processes[-1].pid)) >= ALL_PROCESSES, "all processes are there")
        time.sleep(chance.uniform(0, 1.5))
        killing.kill(chance.choice(killing.tree(stack.processes[-1].pid)))
        kills += 1
        killing.keep_running(stack)
        assert Run.objects.get(pk=run.pk).state != Run.State.COMPLETED, "the run ended before the kills did"
    Connection.objects.filter(rate_per_second=RATE).update(rate_per_second=None)
    return kills + kill_at(stack, "a run is completed", "the workers at it")


def named_kills() -> Iterator[tuple[str, str]]:
    steps = [step for step in halting.STEPS if step != "a run is completed"]
    yield from itertools.product(steps, VICTIMS)


def kill_at(stack: Stack, step: str, victim: str) -> int:
    """Wait until somebody is halted at the step, kill, let go. 1, or AssertionError when nobody came there."""
    with halting.halted(step, REACHED_WITHIN * 6) as reached:
        assert reached, f"Nobody came to the step “{step}”.\n{stack.logs()[-5000:]}"
        supervisor = stack.processes[-1].pid
        below = killing.tree(supervisor)
        match victim:
            case "the workers at it":
                for pid in killing.busy_workers("campaigns."):
                    killing.kill(pid)
            case "the cluster":
                killing.kill(below[1])
            case _:
                killing.kill(supervisor)
                stack.processes[-1].wait()
                killing.gone(below)
    killing.keep_running(stack)
    return 1


def is_completed(run: Run, stack: Stack) -> bool:
    killing.keep_running(stack)
    return Run.objects.get(pk=run.pk).state == Run.State.COMPLETED


def accepted_by_all(run: Run) -> int:
    """People with exactly one row, which is final and accepted; anything else is an AssertionError."""
    rows = Delivery.objects.filter(run=run).values_list("profile_id", "state")
    assert Tally(state for _, state in rows) == {"accepted": len(rows)}
    return len({profile for profile, _ in rows})


def expected_ids(run: Run) -> list[tuple[str, str]]:
    installation = str(AccountSettings.current().installation)
    rows = Delivery.objects.filter(run=run).values_list("profile_id", "profile__identity")
    return [
        (str(identity), ids.outgoing_id(installation, run.message_id, profile_id, run.occurrence))
        for profile_id, identity in rows
    ]


def counted(run: Run) -> dict[tuple[str, str], int]:
    sums = Counter.objects.filter(run=run).values_list("state", "reason").annotate(n=Sum("people")).order_by()
    return {(state, reason): people for state, reason, people in sums if people}


def joined(exports: Path, run: Run) -> Path:
    return exports / f"campaign-{run.campaign_id}" / f"run-{run.number}.ndjson"
