"""The step When: the stored schedule as the fields of its form, and the next runs in words."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from accounts.models import AccountSettings
from campaigns import schedule_json
from campaigns.editor import Draft
from campaigns.schedule import Monthly, Now, upcoming
from campaigns.schedule_json import NTH, WEEKDAYS, ScheduleError

UNITS = {"daily": ("days", 6), "weekly": ("weeks", schedule_json.MAX_WEEKS), "monthly": ("months", 12)}
SHOWN = 5


@dataclass(frozen=True)
class Upcoming:
    """The next runs if it were published now, as wall times of the schedule's zone."""

    sentence: str
    times: list[str]
    zone: str
    is_now: bool = False
    skips_launch_day: bool = False
    ended: bool = False


def when_context(draft: Draft) -> dict[str, object]:
    stored: dict[str, Any] = draft.campaign.schedule or {}
    return {
        "stored": stored,
        "kind": "recurring" if stored.get("kind") in UNITS else stored.get("kind", ""),
        "unit": stored.get("kind") if stored.get("kind") in UNITS else "daily",
        "times": stored.get("times") or [""],
        "nth_rows": stored.get("nth") or [[1, 0]],
        "by_nth": bool(stored.get("nth")),
        "days": stored.get("days") or [],
        "weekdays": stored.get("weekdays") or [],
        "ends": stored.get("ends") or {"kind": "never"},
        "account_zone": AccountSettings.current().zone,
        "upcoming": next_runs(draft, now=timezone.now()),
        **choices(),
    }


def choices() -> dict[str, object]:
    return {
        "weekday_names": list(enumerate(WEEKDAYS)),
        "nth_names": list(NTH.items()),
        "month_days": range(1, 32),
        "zones": zones(),
        "limits": UNITS,
    }


def next_runs(draft: Draft, *, now: datetime) -> Upcoming | None:
    """None as long as the schedule is not finished."""
    try:
        schedule = schedule_json.parse(draft.campaign.schedule)
    except ScheduleError:
        return None
    account_zone = AccountSettings.current().zone
    zone = schedule.zone or account_zone
    times = upcoming(schedule, now=now, account_zone=account_zone, limit=SHOWN)
    return Upcoming(
        sentence=schedule_json.sentence(schedule, account_zone),
        times=[in_words(moment.astimezone(ZoneInfo(zone))) for moment in times],
        zone=zone,
        is_now=isinstance(schedule.when, Now),
        skips_launch_day=isinstance(schedule.when, Monthly),
        ended=not times,
    )


def in_words(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B %Y, %H:%M}"


@cache
def zones() -> list[str]:
    """Names that people know: areas and cities, without the old aliases."""
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ["UTC", *sorted(name for name in available_timezones() if name.startswith(areas))]
