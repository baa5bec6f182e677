"""When campaigns run: first days, ends, zones, daylight-saving changes."""

from datetime import UTC, date, datetime, time
from itertools import islice

import pytest

from campaigns import schedule_json
from campaigns.schedule import At, Daily, Ends, Monthly, Now, Schedule, Weekly, When, next_after, occurrences
from campaigns.schedule_json import ScheduleError

MADRID = "Europe/Madrid"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first(when: When, launched: str, count: int = 3, *, zone: str = "", ends: Ends | None = None) -> list[str]:
    schedule = Schedule(when, zone, ends or Ends())
    found = occurrences(schedule, launched_at=at(launched), account_zone="UTC")
    return [f"{instant:%Y-%m-%d %H:%M}" for instant in islice(found, count)]


def test_now_runs_once_at_the_launch():
    assert first(Now(), "2026-03-01 12:34") == ["2026-03-01 12:34"]


def test_several_times_leave_out_those_that_are_past():
    when = At((datetime(2026, 3, 1, 9), datetime(2026, 3, 2, 9)))  # noqa: DTZ001 wall times

    assert first(when, "2026-03-01 10:00") == ["2026-03-02 09:00"]


@pytest.mark.parametrize(
    ("launched", "expected"),
    [
        ("2026-03-01 08:00", ["2026-03-01 09:00", "2026-03-04 09:00", "2026-03-07 09:00"]),
        ("2026-03-01 09:00", ["2026-03-02 09:00", "2026-03-05 09:00", "2026-03-08 09:00"]),
    ],
)
def test_daily_starts_on_the_launch_day_only_if_the_time_is_ahead(launched: str, expected: list[str]):
    assert first(Daily(3, time(9)), launched) == expected


def test_weekly_counts_weeks_from_the_one_of_the_first_run():
    # Friday evening: this week's Monday and Friday are past, so the first run is next Monday.
    when = Weekly(2, (0, 4), time(9))

    assert first(when, "2026-03-06 18:00", 4) == [
        "2026-03-09 09:00",
        "2026-03-13 09:00",
        "2026-03-23 09:00",
        "2026-03-27 09:00",
    ]


def test_monthly_never_sends_on_the_launch_day():
    assert first(Monthly(1, (1,), (), time(12)), "2026-01-01 10:30", 2) == ["2026-02-01 12:00", "2026-03-01 12:00"]


def test_monthly_passes_over_months_without_the_day_and_knows_the_last_one():
    assert first(Monthly(1, (31,), (), time(9)), "2026-01-31 08:00") == [
        "2026-03-31 09:00",
        "2026-05-31 09:00",
        "2026-07-31 09:00",
    ]
    assert first(Monthly(1, (-1,), (), time(9)), "2026-01-15 08:00") == [
        "2026-01-31 09:00",
        "2026-02-28 09:00",
        "2026-03-31 09:00",
    ]


def test_monthly_by_nth_weekday():
    # Second Tuesday and last Friday, every second month.
    when = Monthly(2, (), ((2, 1), (-1, 4)), time(9))

    assert first(when, "2026-01-05 08:00", 4) == [
        "2026-01-13 09:00",
        "2026-01-30 09:00",
        "2026-03-10 09:00",
        "2026-03-27 09:00",
    ]


def test_a_time_in_the_gap_runs_at_the_first_instant_after_it():
    # Madrid, 29 March 2026: 02:00 becomes 03:00, which is 01:00 UTC.
    assert first(Daily(1, time(2, 30)), "2026-03-28 12:00", 2, zone=MADRID) == ["2026-03-29 01:00", "2026-03-30 00:30"]


def test_an_ambiguous_time_runs_at_its_first_occurrence_only():
    # Madrid, 25 October 2026: 02:30 comes twice, at 00:30 and at 01:30 UTC.
    assert first(Daily(1, time(2, 30)), "2026-10-24 12:00", 2, zone=MADRID) == ["2026-10-25 00:30", "2026-10-26 01:30"]


def test_a_half_hour_gap_and_a_skipped_day():
    assert first(Daily(1, time(2, 15)), "2026-10-02 20:00", 1, zone="Australia/Lord_Howe") == ["2026-10-03 15:30"]
    when = At((datetime(2011, 12, 30, 9),))  # noqa: DTZ001 a wall time that Samoa never had
    assert first(when, "2011-12-01 00:00", 1, zone="Pacific/Apia") == ["2011-12-30 10:00"]


def test_ends_after_a_number_of_runs_or_on_a_day_included():
    assert len(first(Daily(1, time(9)), "2026-03-01 08:00", 10, ends=Ends("after", runs=4))) == 4
    assert first(Daily(1, time(9)), "2026-03-01 08:00", 10, ends=Ends("on", on=date(2026, 3, 2))) == [
        "2026-03-01 09:00",
        "2026-03-02 09:00",
    ]


def test_next_after_counts_runs_that_were():
    schedule = Schedule(Daily(1, time(9)), ends=Ends("after", runs=2))
    launched = at("2026-03-01 08:00")

    def following(runs: int) -> datetime | None:
        moment = at("2026-03-01 09:00")
        return next_after(schedule, moment, launched_at=launched, account_zone="UTC", runs_so_far=runs)

    assert following(1) == at("2026-03-02 09:00")
    assert following(2) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "kind"),
        ({"kind": "hourly"}, "kind"),
        ({"kind": "now", "version": 2}, "kind"),
        ({"kind": "at", "times": []}, "times"),
        ({"kind": "at", "times": ["soon"]}, "times"),
        ({"kind": "at", "times": ["9999-12-31T23:59"], "zone": "America/Los_Angeles"}, "times"),
        ({"kind": "daily", "every": 1, "time": "09:00", "ends": {"kind": "on", "on": "9999-12-31"}}, "ends"),
        ({"kind": "at", "times": ["2026-01-01T09:00+01:00"]}, "times"),
        ({"kind": "daily", "every": 7, "time": "09:00"}, "every"),
        ({"kind": "daily", "every": 1, "time": "25:00"}, "time"),
        ({"kind": "weekly", "every": 1, "weekdays": [7], "time": "09:00"}, "weekdays"),
        ({"kind": "monthly", "every": 1, "time": "09:00"}, "days"),
        ({"kind": "monthly", "every": 1, "nth": [[6, 1]], "time": "09:00"}, "nth"),
        ({"kind": "daily", "every": 1, "time": "09:00", "zone": "../../etc/passwd"}, "zone"),
        ({"kind": "daily", "every": 1, "time": "09:00", "ends": {"kind": "after", "runs": 0}}, "runs"),
    ],
)
def test_parse_refuses_and_names_the_field(given: dict[str, object], field: str):
    with pytest.raises(ScheduleError) as refused:
        schedule_json.parse(given)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(Now()), "At once on publishing"),
        (Schedule(Daily(1, time(9)), MADRID), "Every day at 09:00 (Europe/Madrid)"),
        (
            Schedule(Weekly(2, (0, 4), time(9, 30)), ends=Ends("after", runs=5)),
            "Every 2 weeks on Monday and Friday at 09:30, 5 times (UTC)",
        ),
        (
            Schedule(Monthly(1, (-1, 2), ((1, 0),), time(9)), ends=Ends("on", on=date(2027, 1, 31))),
            "Every month on the 2nd, the last day and the first Monday at 09:00, until 31 January 2027 (UTC)",
        ),
    ],
)
def test_a_schedule_reads_as_a_sentence(schedule: Schedule, words: str):
    assert schedule_json.sentence(schedule, "UTC") == words
