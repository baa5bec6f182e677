"""The form of the step When. A draft keeps whatever is chosen; `campaigns.schedule_json` says what is missing."""

from typing import Any

from django.http import QueryDict

from campaigns.saving import Edit
from campaigns.schedule_json import MAX_TIMES, VERSION

UNITS = ("daily", "weekly", "monthly")


def read_schedule(posted: QueryDict) -> dict[str, Any]:
    """The JSON of the schedule, finished or not; empty as long as nothing is chosen."""
    kind = posted.get("kind", "")
    zone = posted.get("zone_name", "").strip() if posted.get("zone") == "named" else ""
    if kind == "now":
        return {"version": VERSION, "kind": "now", "zone": ""}
    if kind == "at":
        times = [text for text in posted.getlist("times")[: MAX_TIMES + 1] if text]
        return {"version": VERSION, "kind": "at", "zone": zone, "times": times}
    if kind == "recurring":
        return {"version": VERSION, "zone": zone, "ends": read_ends(posted)} | read_rule(posted)
    return {}


def read_rule(posted: QueryDict) -> dict[str, Any]:
    unit = posted.get("unit", "daily")
    rule: dict[str, Any] = {"kind": unit if unit in UNITS else "daily", "time": posted.get("time", "")}
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
            return {"kind": "on", "on": posted.get("ends_on", "")}
        case "after":
            return {"kind": "after", "runs": whole(posted.get("ends_runs", ""))}
        case _:
            return {"kind": "never"}


def wholes(given: list[str]) -> list[int]:
    return [int(text) for text in given[:62] if is_whole(text)]


def whole(text: str) -> int | str:
    return int(text) if is_whole(text) else text[:20]


def is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 9


def when_edit(posted: QueryDict) -> Edit:
    return Edit("when", campaign={"schedule": read_schedule(posted)})
