"""The form of the step When. A draft keeps whatever is chosen; `campaigns.schedule_json` says what is missing."""

from typing import Any

from django.http import QueryDict

from accounts import zones
from campaigns.forms.what import plain
from campaigns.saving import Edit
from campaigns.schedule_json import MAX_TIMES, VERSION

UNITS = ("daily", "weekly", "monthly")
LENGTH = 64  # of any text of a schedule


class ZoneError(ValueError):
    """There is no such time zone; the message says so."""


def read_schedule(posted: QueryDict) -> dict[str, Any]:
    """The JSON of the schedule, finished or not; empty as long as nothing is chosen. Raises ZoneError."""
    kind = posted.get("kind", "")
    zone = read_zone(posted)
    if kind == "now":
        return {"version": VERSION, "kind": "now", "zone": ""}
    if kind == "at":
        times = [text for text in map(short, posted.getlist("times")[: MAX_TIMES + 1]) if text]
        return {"version": VERSION, "kind": "at", "zone": zone, "times": times}
    if kind == "recurring":
        return {"version": VERSION, "zone": zone, "ends": read_ends(posted)} | read_rule(posted)
    return {}


def read_zone(posted: QueryDict) -> str:
    """Only zones that the database knows too: Python alone would take names of files such as `localtime`."""
    zone = short(posted.get("zone_name", "")).strip() if posted.get("zone") == "named" else ""
    if zone and zone not in zones.known():
        raise ZoneError(f"There is no time zone “{zone}”.")
    return zone


def read_rule(posted: QueryDict) -> dict[str, Any]:
    unit = posted.get("unit", "daily")
    rule: dict[str, Any] = {"kind": unit if unit in UNITS else "daily", "time": short(posted.get("time", ""))}
    rule["every"] = whole(posted.get(f"every_{rule['kind']}", ""))
    if unit == "weekly":
        rule["weekdays"] = wholes(posted.getlist("weekdays"))
    if unit == "monthly":
        by_day = posted.get("by") != "nth"
        rule["days"] = wholes(posted.getlist("days")) if by_day else []
        pairs = zip(posted.getlist("nth"), posted.getlist("nth_weekday"), strict=False)
        rule["nth"] = [] if by_day else [[int(n), int(day)] for n, day in pairs if is_whole(n) and is_whole(day)]
    return rule


def read_ends(posted: QueryDict) -> dict[str, Any]:
    match posted.get("ends"):
        case "on":
            return {"kind": "on", "on": short(posted.get("ends_on", ""))}
        case "after":
            return {"kind": "after", "runs": whole(posted.get("ends_runs", ""))}
        case _:
            return {"kind": "never"}


def short(text: str) -> str:
    return plain(text)[:LENGTH]


def wholes(given: list[str]) -> list[int]:
    return [int(text) for text in given[:62] if is_whole(text)]


def whole(text: str) -> int | str:
    return int(text) if is_whole(text) else short(text)


def is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 9


def when_edit(posted: QueryDict) -> Edit:
    return Edit("when", campaign={"schedule": read_schedule(posted)})
