"""Tasks: a name and an id; and the chores that keep the house clean."""

import time
import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import OrmQ

from campaigns.models import TestSend
from operations import tasks
from operations.models import Heartbeat
from people.models import SeenMessage
from segments.models import Computation
from segments.parse import dump
from segments.tree import All
from tests import factories

pytestmark = pytest.mark.django_db

KEY = uuid.UUID(int=1)


def test_unknown_task_is_an_error_and_no_sign_of_life() -> None:
    with pytest.raises(KeyError, match="nothing"):
        tasks.perform("nothing", 1)

    assert not Heartbeat.objects.exists()


def test_chores_throw_away_what_has_served_its_purpose_and_nothing_else() -> None:
    now, campaign = timezone.now(), factories.campaign()
    for number, days in enumerate((29, 31)):
        SeenMessage.objects.create(key=f"{number:032}", received_on=now.date() - timedelta(days=days))
        Heartbeat.objects.create(
            role="clock", host="h", pid=number, supervisor=f"{number:032}", at=now - timedelta(hours=days - 6)
        )
        Session.objects.create(session_key=str(number), expire_date=now + timedelta(days=30 - days))
        OrmQ.objects.create(key="gone", payload="", lock=now - timedelta(hours=days - 5))
        asked_at = now - timedelta(minutes=2 * days)
        Computation.objects.create(kind="x", question={}, key=KEY, version="", editor=KEY, asked_at=asked_at)
        TestSend.objects.create(
            campaign=campaign, by=campaign.owner, at=now - timedelta(days=days), occurrence=now, number=1, snapshot={}
        )

    tasks.chores(0, time.monotonic())

    assert [seen.received_on for seen in SeenMessage.objects.all()] == [now.date() - timedelta(days=29)]
    assert list(Heartbeat.objects.values_list("pid", flat=True)) == [0]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["0"]
    assert OrmQ.objects.count() == 1
    assert [now - test.at for test in TestSend.objects.all()] == [timedelta(days=29)]
    assert list(Computation.objects.values_list("asked_at", flat=True)) == [now - timedelta(minutes=58)]


def test_what_segments_wait_for_is_handed_out_and_performed() -> None:
    waiting = Computation.objects.create(
        kind="segments.people", question={"tree": dump(All())}, key=KEY, version="", editor=KEY, state="waiting"
    )

    assert ("segments.reach", waiting.pk) in tasks.due(timezone.now(), 4)
    tasks.perform("segments.reach", waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.answer) == ("done", {"people": 0})
