"""Verdicts of the database's questions and the matcher against what a live rule means in plain Python."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from people.models import EventName, Profile
from segments.context import Context
from segments.live.batch import happenings, verdicts
from segments.live.describe import sentence
from segments.live.dump import dump
from segments.live.matcher import Happening, No, Qualifies, Verdict, Waits
from segments.live.parse import parse
from segments.live.rule import LiveRule
from tests.segments import live
from tests.segments.live import NAMES, NOON, UTC_ZONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]
thorough = settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
moments = st.sampled_from([NOON, NOON + timedelta(minutes=30), NOON + timedelta(days=2), NOON + timedelta(days=30)])


@pytest.fixture(scope="module")
def names(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, int]]:
    with django_db_blocker.unblock():
        made = {name: EventName.objects.create(name=name).pk for name in NAMES}
        yield made
        EventName.objects.all().delete()


def stored(story: Sequence[Happening], names: dict[str, int]) -> list[Happening]:
    """The same events as they come from the database."""
    zones = {each.profile: each.zone.key for each in story}
    people = [Profile(pk=pk, bucket=0, zone=zone, language="es" if pk % 2 else "pt") for pk, zone in zones.items()]
    Profile.objects.bulk_create(people)
    rows = [
        (each.id, each.profile, names[each.name], each.at, orjson.dumps(each.properties).decode()) for each in story
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO people_event (id, profile_id, name_id, at, properties) OVERRIDING SYSTEM VALUE"
            " VALUES (%s, %s, %s, %s, %s)",
            rows,
        )
        cursor.execute(
            "INSERT INTO people_profileevent (profile_id, name_id, count, first_at, last_at)"
            " SELECT profile_id, name_id, count(*), min(at), max(at) FROM people_event GROUP BY 1, 2"
        )
    return happenings([each.id for each in story], NOON, NOON + timedelta(days=2), UTC_ZONE)


def said(verdict: Verdict) -> str:
    match verdict.answer:
        case Qualifies(at):
            return f"qualifies at {at:%d %H:%M:%S}"
        case Waits(until):
            return f"waits until {until:%d %H:%M:%S}"
        case No():
            return "no"


@thorough
@given(rules=live.rules, story=live.histories(), now=moments)
def test_every_event_gets_the_verdict_that_the_rule_means(
    names: dict[str, int], rules: tuple[LiveRule, ...], story: list[Happening], now: datetime
) -> None:
    context = Context(now, ZoneInfo("Europe/Berlin"))
    with transaction.atomic():
        events = stored(story, names)
        found = [
            dict(zip((each.id for each in events), verdicts(rule, events, context), strict=True)) for rule in rules
        ]
        transaction.set_rollback(True)

    for rule, answers in zip(rules, found, strict=True):
        assert {pk: said(answers[pk]) for pk in sorted(answers)} == {
            event.id: live.verdict(rule, event, story, context) for event in story
        }, rule


@thorough
@given(rules=live.rules)
def test_a_rule_survives_its_json(rules: tuple[LiveRule, ...]) -> None:
    for rule in rules:
        assert parse(orjson.loads(orjson.dumps(dump(rule)))) == rule
        assert sentence(rule).endswith(".")
