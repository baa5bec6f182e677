"""Loads the demo: real purchases of a music shop, by made-up people with made-up devices."""

import gzip
import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AccountSettings
from people import frequencies, made_up, rows
from people.generation import reach
from people.generation.loading import copy
from people.ingest import ingest
from people.models import Device, EventName, Profile, ProfileEvent
from people.records import Identify, Record, Track

FILE = Path(settings.BASE_DIR) / "demo" / "cdnow_master.txt.gz"
SEED = 1997
CHUNK = 5000
OPENS, CLOSES = time(7), time(23)
PURCHASE = "Charged"  # the name that purchases have everywhere
DESCRIPTION = "a purchase"


@dataclass(frozen=True, slots=True)
class Purchase:
    line: int
    customer: str
    day: date
    quantity: int
    amount: float


class Command(BaseCommand):
    help = "Load the CDNOW demo: 23,570 people with made-up names, 69,659 real purchases. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep-dates", action="store_true", help="Keep 1997 and 1998 instead of ending yesterday.")

    def handle(self, *, keep_dates: bool, **_: object) -> None:
        now = timezone.now()
        purchases = list(read(FILE))
        shift = timedelta() if keep_dates else now.date() - timedelta(days=1) - max(each.day for each in purchases)
        if load(purchases, shift, now):
            people = len({purchase.customer for purchase in purchases})
            self.stdout.write(f"Loaded {len(purchases):,} purchases of {people:,} people with made-up names.")
        else:
            self.stdout.write("The demo is loaded already.")


def read(path: Path) -> Iterator[Purchase]:
    with gzip.open(path, "rt") as lines:
        next(lines)
        for number, line in enumerate(lines, start=2):
            customer, day, quantity, amount = line.split()
            yield Purchase(number, customer, date.fromisoformat(day), int(quantity), float(amount))


@transaction.atomic
def load(purchases: Sequence[Purchase], shift: timedelta, now: datetime) -> bool:
    """All or nothing, as history: it triggers nothing. False if it was loaded before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demo'))")
    if ProfileEvent.objects.filter(profile__identity=purchases[0].customer, name__name=PURCHASE).exists():
        return False
    AccountSettings.current()
    AccountSettings.objects.update(demo_data=True)
    for chunk in rows.chunks(facts(purchases, shift), CHUNK):
        outcome = ingest(chunk, source="cdnow", now=now, live=False)
        if outcome.rejected:
            raise ValueError(outcome.rejected[0].reason)
    EventName.objects.filter(name=PURCHASE).update(description=DESCRIPTION)
    make_up_devices(now)
    frequencies.refresh_all(now=now)
    return True


def make_up_devices(now: datetime) -> None:
    """The file knows of none: without them every condition on an app or on push would find nobody."""
    people = Profile.objects.filter(identity__isnull=False).order_by("identity").values_list("pk", flat=True)
    copy(Device._meta.db_table, reach.DEVICE_COLUMNS, reach.devices(list(people), SEED, now))


def facts(purchases: Sequence[Purchase], shift: timedelta) -> Iterator[Record]:
    for customer in sorted({purchase.customer for purchase in purchases}):
        yield Identify(user_id=customer, properties=made_up.person(customer, SEED))
    for purchase in purchases:
        yield Track(
            user_id=purchase.customer,
            event=PURCHASE,
            at=moment(purchase, shift),
            properties={"Amount": purchase.amount, "Quantity": purchase.quantity},
        )


def moment(purchase: Purchase, shift: timedelta) -> datetime:
    """The file has days only: an hour between opening and closing, always the same for a line."""
    number = int.from_bytes(hashlib.sha256(str(purchase.line).encode()).digest()[:4])
    second = number % ((CLOSES.hour - OPENS.hour) * 3600)
    return datetime.combine(purchase.day + shift, OPENS, UTC) + timedelta(seconds=second)
