"""The size of each segment, day by day, and who of it can be reached."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccountSettings
from people.models import Device, Identifier, Profile, Subscription
from segments import audience, keeping, sizes, sizes_chart, tasks
from segments.models import Computation, Segment, SegmentSize
from segments.parse import parse
from segments.reach import asking, channels, counters, work
from segments.sizes import Size
from segments.tree import All, Reachable, Standing
from tests import factories
from tests.segments.making import CONTEXT, SPANISH, person, rule, segment

pytestmark = pytest.mark.django_db

LATE = datetime(2026, 3, 30, 23, 30, tzinfo=UTC)  # in Berlin the 31st has begun


def count(kept: Segment, now: datetime = LATE) -> None:
    sizes.count(kept.pk, clock=lambda: now)


def test_each_segment_is_counted_once_a_day_new_ones_first() -> None:
    person("ana", language="es")
    old, new = segment("Old", counted_at=LATE - timedelta(days=1)), segment("New")

    assert sizes.due(LATE, 9) == [new.pk, old.pk]
    for each in (new, old):
        count(each)

    assert sizes.due(LATE, 9) == []
    assert sorted(sizes.due(LATE + timedelta(hours=1), 9)) == [old.pk, new.pk]
    assert list(SegmentSize.objects.values_list("day", "people")) == [(date(2026, 3, 30), 1)] * 2
    new.refresh_from_db()
    assert (new.people, new.counted_at) == (1, LATE)


def test_a_day_is_one_of_the_accounts_zone() -> None:
    AccountSettings.objects.update_or_create(pk=1, defaults={"zone": "Europe/Berlin"})
    kept = segment()

    count(kept)

    assert SegmentSize.objects.get().day == date(2026, 3, 31)


def test_live_segments_have_no_size() -> None:
    segment("Live", kind=Segment.Kind.LIVE)

    assert sizes.due(LATE, 9) == []


def test_what_a_dead_worker_left_is_counted_by_another_one() -> None:
    kept = segment()
    assert sizes.claim(kept.pk, LATE.date(), LATE)

    count(kept, LATE + timedelta(seconds=80))
    assert (sizes.due(LATE + timedelta(seconds=80), 9), SegmentSize.objects.get().people) == ([], None)

    later = LATE + timedelta(seconds=100)
    assert sizes.due(later, 9) == [kept.pk]
    count(kept, later)
    assert SegmentSize.objects.get().people == 0


def test_a_rule_that_cannot_be_counted_is_tried_again_the_next_day_only() -> None:
    kept = Segment.objects.create(name="Old", tree={"version": 9, "rule": {}})

    count(kept)

    assert sizes.due(LATE, 9) == []
    assert sizes.due(LATE + timedelta(days=1), 9) == [kept.pk]
    assert "another version" in SegmentSize.objects.get().trouble


def test_another_rule_is_counted_anew_the_same_day() -> None:
    kept = segment()
    count(kept)
    kept.tree = rule({**SPANISH, "value": ["pt"]})

    keeping.change(kept, version=1, by=factories.user(), now=LATE)

    assert sizes.due(LATE, 9) == [kept.pk]


def test_another_rule_is_marked_in_the_table_and_another_name_is_not() -> None:
    kept = segment()
    for day, tree in enumerate((rule(SPANISH), rule(SPANISH), rule({**SPANISH, "value": ["pt"]}))):
        Segment.objects.update(tree=tree, version=day + 1)
        count(kept, LATE + timedelta(days=day))

    found = sizes.of(kept, now=LATE + timedelta(days=2))

    assert [each.was_changed for each in found] == [False, False, True]


def test_the_page_that_counts_exactly_keeps_the_size_of_the_day() -> None:
    person("ana", language="es", email="ana@example.com")
    kept = segment()
    question = counters.broken_down(parse(kept.tree), kept.pk)

    asking.ask(question, editor=asking.editor_of(""), context=audience.current(LATE))

    size = SegmentSize.objects.get()
    assert (size.day, size.people, size.channels["email"]) == (LATE.date(), 1, 1)


def test_the_answer_for_an_older_rule_is_not_kept() -> None:
    kept = segment()
    old = parse(kept.tree)
    Segment.objects.update(tree=rule({**SPANISH, "value": ["pt"]}))

    sizes.remember(kept.pk, old, channels.breakdown(old, CONTEXT), at=LATE)

    kept.refresh_from_db()
    assert (kept.people, SegmentSize.objects.count()) == (None, 0)


def test_a_chart_leaves_a_gap_where_nobody_counted() -> None:
    chart = sizes_chart.chart_of(
        [Size(date(2026, 3, 1), 5, {"email": 2}, False), Size(date(2026, 3, 3), 1200, {}, True)]
    )

    assert chart is not None
    option: Any = chart.option
    assert option["xAxis"]["data"] == ["1 Mar 2026", "2 Mar 2026", "3 Mar 2026"]
    assert option["series"][0]["data"] == [5, None, 1200]
    assert chart.rows == [
        ["3 Mar 2026", "1,200", "–", "–", "–", "–", "–", "the rule was changed"],
        ["1 Mar 2026", "5", "2", "–", "–", "–", "–", ""],
    ]
    assert sizes_chart.chart_of([Size(date(2026, 3, 1), 5, {}, False)]) is None


@pytest.fixture
def mixed() -> list[Profile]:
    """People with every address or none, of every standing."""
    people = [
        person(f"p{number}", email=email, phone=phone, language=language)
        for number, (email, phone, language) in enumerate(
            [("a@example.com", "+4930", "es"), ("b@example.com", None, "es"), (" ", "", "pt"), (None, "+4931", None)]
        )
    ]
    people.append(Profile.objects.create(identity=None, bucket=0))
    people.append(Profile.objects.create(identity=None, bucket=0, language=""))
    Identifier.objects.create(value="x", profile=people[4])
    for number, who in enumerate((people[0], people[0], people[2])):
        Device.objects.create(profile=who, platform="ios", token=f"t{number}")
    standings = [("email", 0, "unsubscribed"), ("email", 1, "suppressed"), ("email", 2, "unsubscribed")]
    standings += [("push", 0, "subscribed"), ("push", 2, "suppressed"), ("sms", 3, "unsubscribed")]
    standings += [("export", 4, "unsubscribed"), ("export", 1, "suppressed")]
    for channel, number, state in standings:
        Subscription.objects.create(profile=people[number], channel=channel, state=state)
    return people


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize("channel", channels.CHANNELS)
def test_channels_are_counted_as_the_conditions_of_a_rule_find_them(channel: str) -> None:
    (found,) = [each for each in channels.breakdown(All(), CONTEXT).channels if each.channel == channel]

    def people(*standings: Standing) -> int:
        return audience.counted(All(tuple(Reachable(channel, standing) for standing in standings)), CONTEXT)

    assert found.has_address == people(Standing.HAS_ADDRESS) > 0
    assert found.reachable == people(Standing.REACHABLE)
    assert found.unsubscribed == people(Standing.HAS_ADDRESS, Standing.UNSUBSCRIBED)
    assert found.suppressed == people(Standing.HAS_ADDRESS, Standing.SUPPRESSED)


@pytest.mark.usefixtures("mixed")
def test_languages_begin_with_the_most_frequent() -> None:
    found = channels.breakdown(All(), CONTEXT)

    assert (found.people, found.languages, found.other) == (6, ((None, 3), ("es", 2), ("pt", 1)), 0)
    assert channels.load(channels.plain(found)) == found


def test_rare_languages_are_put_together() -> None:
    for number in range(12):
        person(f"p{number}", language=f"x{number:02}")

    found = channels.breakdown(All(), CONTEXT)

    assert (len(found.languages), found.other, found.people) == (10, 2, 12)


def test_the_page_shows_channels_and_languages_at_once_and_counts_again_when_asked(member: Client) -> None:
    person("ana", language="es", email="ana@example.com")
    kept = segment()

    first = member.get(f"/segments/{kept.pk}/reach").content.decode()
    person("eva", language="es")
    again = member.get(f"/segments/{kept.pk}/reach", {"again": "1"}).content.decode()

    assert ("1 person" in first, "exact, " in first, ">Spanish (es)<" in first) == (True, True, True)
    assert "2 people" in again


def test_a_page_that_waits_hears_nothing_until_there_is_something_new(member: Client) -> None:
    kept = segment()
    waiting = Computation.objects.create(
        kind=counters.BREAKDOWN,
        question=counters.broken_down(parse(kept.tree), kept.pk).asked,
        key=asking.editor_of(""),
        version="",
        editor=asking.editor_of(""),
        state=Computation.State.WAITING,
        asked_at=timezone.now(),
    )
    address = f"/segments/{kept.pk}/reach?count={waiting.pk}"

    assert member.get(address).status_code == 204
    assert "Count it now" not in member.get(f"/segments/counts/{waiting.pk}").content.decode()
    Computation.objects.update(asked_at=timezone.now() - timedelta(seconds=6))
    assert "no worker counts at present" in member.get(address).content.decode()
    assert member.get(f"{address}&late=1").status_code == 204
    assert member.post(f"/segments/counts/{waiting.pk}/now").status_code == 204
    assert "0 people" in member.get(address).content.decode()


def test_sizes_are_a_task_behind_what_people_wait_for() -> None:
    kept = segment()
    waiting = Computation.objects.create(
        kind="x", question={}, key=asking.editor_of(""), version="", editor=asking.editor_of(""), state="waiting"
    )

    assert tasks.due(timezone.now(), 2) == [("segments.reach", waiting.pk), ("segments.size", kept.pk)]
    work.give_up(waiting.editor)
    tasks.TASKS["segments.size"](kept.pk, 0)
    assert tasks.due(timezone.now(), 2) == []
