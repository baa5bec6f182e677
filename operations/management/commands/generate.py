"""Fills the database with large, realistic, skewed data for benchmarks."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from people import frequencies, partitions
from people.generation import events, loading
from people.generation.events import Crowd
from people.models import EventName, Profile

PROCESSES = 2
SMALL = 100_000  # events; below it a second process costs more than it brings


@dataclass(frozen=True)
class Task:
    work: Callable[..., None]
    arguments: tuple[object, ...]


class Command(BaseCommand):
    help = "Fill the database with made-up people and 12 months of events. Refuses one that has people, but for --add."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--profiles", type=int, default=100_000)
        parser.add_argument("--events", type=int, default=2_000_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--add", action="store_true", help="Add to what is there.")

    def handle(self, *, profiles: int, events: int, seed: int, add: bool, **_: object) -> None:
        if not add and Profile.objects.exists():
            raise CommandError("The database has people already. Give --add to add to them.")
        begun, now = time.monotonic(), timezone.now()
        generate(profiles, events, seed, now, self.say, processes=PROCESSES if events > SMALL else 1)
        self.say(f"{profiles:,} people and {events:,} events in {time.monotonic() - begun:.0f} s.")

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def generate(people: int, count: int, seed: int, now: datetime, say: Callable[[str], None], *, processes: int) -> None:
    """People and months in parallel, then the summary and the catalogue."""
    partitions.ensure("people_event", now=now)
    crowd = Crowd(loading.reserve("people_profile", people), people, seed)
    names = event_names(now)
    stretches = events.stretches(count, loading.reserve("people_event", count), now)
    tasks = [Task(loading.load_people, (crowd, now))]
    tasks += [Task(loading.load_events, (stretch, crowd, names)) for stretch in stretches]
    perform(tasks, processes)
    say("People and events are in; summing up.")
    loading.load_summary(crowd, stretches[0].begin)
    loading.settle()
    frequencies.refresh_all(now=now)


def event_names(now: datetime) -> dict[str, int]:
    EventName.objects.bulk_create(
        (EventName(name=name, first_seen_at=now) for name in events.NAMES), ignore_conflicts=True
    )
    return dict(EventName.objects.filter(name__in=events.NAMES).values_list("name", "pk"))


def perform(tasks: list[Task], processes: int) -> None:
    if processes == 1:
        for task in tasks:
            task.work(*task.arguments)
        return
    connections.close_all()
    with ProcessPoolExecutor(processes, get_context("fork"), initializer=forget_connections) as pool:
        futures: list[Future[None]] = [pool.submit(task.work, *task.arguments) for task in tasks]
        for future in futures:
            future.result()


def forget_connections() -> None:
    """A forked process must not talk over a connection of its parent; psycopg closes none that another process made."""
    for each in connections.all(initialized_only=True):
        each.connection = None
