"""Tasks: a name and an id; and the chores that keep the house clean."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import OrmQ

from operations import tasks
from operations.models import Heartbeat
from people.models import SeenMessage

pytestmark = pytest.mark.django_db


def test_unknown_task_is_an_error_and_no_sign_of_life() -> None:
    with pytest.raises(KeyError, match="nothing"):
        tasks.perform("nothing", 1)

    assert not Heartbeat.objects.exists()


def test_chores_throw_away_what_has_served_its_purpose_and_nothing_else() -> None:
    now = timezone.now()
    for number, days in enumerate((29, 31)):
        SeenMessage.objects.create(key=f"{number:032}", received_on=now.date() - timedelta(days=days))
        Heartbeat.objects.create(
            role="clock", host="h", pid=number, supervisor=f"{number:032}", at=now - timedelta(hours=days - 6)
        )
        Session.objects.create(session_key=str(number), expire_date=now + timedelta(days=30 - days))
        OrmQ.objects.create(key="gone", payload="", lock=now - timedelta(hours=days - 5))

    tasks.chores(0, time.monotonic())

    assert [seen.received_on for seen in SeenMessage.objects.all()] == [now.date() - timedelta(days=29)]
    assert list(Heartbeat.objects.values_list("pid", flat=True)) == [0]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["0"]
    assert OrmQ.objects.count() == 1
