"""Promises of the demo data: every purchase, once, at its day or shifted so that the last is yesterday."""

from datetime import UTC, date, timedelta

import pytest
from django.core.management import call_command
from django.db.models import Count, Max, Sum
from django.utils import timezone

from accounts.models import AccountSettings
from operations.management.commands.load_cdnow import FILE, Purchase, facts, moment, read
from people.models import Arrival, Device, Event, EventName, Profile, ProfileEvent

pytestmark = pytest.mark.django_db


def test_all_purchases_are_loaded_once_and_end_yesterday():
    days = {timezone.now().date()}
    call_command("load_cdnow")
    days.add(timezone.now().date())
    call_command("load_cdnow")

    shares = dict(Profile.objects.values_list("language").annotate(Count("pk")))
    assert (Profile.objects.count(), Event.objects.count()) == (23_570, 69_659)
    assert ProfileEvent.objects.aggregate(Sum("count"))["count__sum"] == 69_659
    assert Event.objects.aggregate(Max("at"))["at__max"].astimezone(UTC).date() + timedelta(days=1) in days
    assert set(Event.objects.values_list("properties", flat=True)[0]) == {"Amount", "Quantity"}
    assert shares["en"] > 12_000 > shares["es"] > shares["pt"] > 2_500
    assert shares[None] > 0
    assert Profile.objects.filter(email=None).exists()
    assert not Profile.objects.exclude(email=None).exclude(email__endswith="@example.com").exists()
    owners = Device.objects.values("profile").distinct().count()
    assert (10_000 < owners < 20_000, Device.objects.filter(app_version="10.2").exists()) == (True, True)
    assert (Arrival.objects.count(), AccountSettings.current().demo_data) == (0, True)
    assert EventName.objects.get().description == "a purchase"


def test_dates_can_be_kept_and_times_never_change():
    purchase = Purchase(line=5, customer="00002", day=date(1997, 1, 12), quantity=5, amount=77.0)

    kept = moment(purchase, timedelta())

    assert kept.date() == date(1997, 1, 12)
    assert moment(purchase, timedelta(days=3)) == kept + timedelta(days=3)
    assert max(each.day for each in read(FILE)) == date(1998, 6, 30)


def test_the_same_people_are_made_up_each_time():
    purchases = list(read(FILE))[:50]

    assert list(facts(purchases, timedelta())) == list(facts(purchases, timedelta()))
