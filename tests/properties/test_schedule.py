"""Schedules: promises that hold for every rule, zone and launch."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from campaigns import schedule_json, wall_clock
from campaigns.schedule import Daily, Ends, Monthly, Schedule, Weekly, occurrences

ZONES = ["UTC", "Europe/Madrid", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
DAYS = st.sets(st.sampled_from([-1, *range(1, 32)]), min_size=1, max_size=4).map(lambda days: tuple(sorted(days)))
WHENS = st.one_of(
    st.builds(Daily, st.integers(1, 6), TIMES),
    st.builds(Weekly, st.integers(1, 4), WEEKDAYS, TIMES),
    st.builds(Monthly, st.integers(1, 6), DAYS, st.just(()), TIMES),
)
ENDS = st.one_of(
    st.just(Ends()),
    st.builds(lambda runs: Ends("after", runs=runs), st.integers(1, 5)),
    st.builds(lambda on: Ends("on", on=on), st.dates(date(2026, 1, 1), date(2028, 1, 1))),
)
SCHEDULES = st.builds(Schedule, WHENS, st.sampled_from(ZONES), ENDS)
LAUNCHES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 bounds


@given(SCHEDULES, LAUNCHES)
def test_occurrences_ascend_after_the_launch_and_keep_their_wall_time(schedule: Schedule, launched: datetime):
    found = list(islice(occurrences(schedule, launched_at=launched, account_zone="UTC"), 8))

    assert all(earlier < later for earlier, later in zip([launched, *found], found, strict=False))
    zone, at = ZoneInfo(schedule.zone), schedule.when.time  # type: ignore[union-attr]  # only recurring ones are drawn
    for instant in found:
        wall = instant.astimezone(zone)
        assert wall.time() == at or wall_clock.instant(datetime.combine(wall.date(), at), zone) == instant


@given(SCHEDULES, LAUNCHES)
def test_monthly_skips_the_launch_day(schedule: Schedule, launched: datetime):
    if isinstance(schedule.when, Monthly):
        zone = ZoneInfo(schedule.zone)
        for instant in islice(occurrences(schedule, launched_at=launched, account_zone="UTC"), 3):
            assert instant.astimezone(zone).date() > launched.astimezone(zone).date()


@given(SCHEDULES)
def test_json_reads_back_to_the_same_schedule(schedule: Schedule):
    assert schedule_json.parse(schedule_json.dump(schedule)) == schedule


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.sampled_from(ZONES))  # noqa: DTZ001 wall times
def test_an_instant_shows_its_wall_time_or_the_end_of_the_gap(wall: datetime, zone_name: str):
    zone = ZoneInfo(zone_name)

    instant = wall_clock.instant(wall, zone)

    shown = instant.astimezone(zone).replace(tzinfo=None)
    before = (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert shown == wall or (before < wall < shown and shown - before > timedelta(minutes=1))
