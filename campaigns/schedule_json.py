"""Schedules to and from their JSON (version 1), and as one English sentence."""

from datetime import date, datetime, time
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from campaigns.schedule import At, Daily, Ends, Monthly, Now, Schedule, Weekly, When

VERSION = 1
YEARS = range(2000, 2201)
MAX_TIMES = 50
MAX_MONTHS = 12
MAX_WEEKS = 12
MAX_RUNS = 10_000
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


class ScheduleError(ValueError):
    """What is wrong with a schedule, in words; `field` names the part of the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def parse(given: Any) -> Schedule:
    """The schedule that `given` (decoded JSON) says; raises ScheduleError."""
    if not isinstance(given, dict) or not given:
        raise ScheduleError("kind", "Choose when to send.")
    if given.get("version", VERSION) != VERSION:
        raise ScheduleError("kind", f"This schedule has version {given['version']}; only {VERSION} is known.")
    when = parse_when(given)
    zone = str(given.get("zone") or "")
    check_zone(zone)
    ends = parse_ends(given.get("ends") or {}) if isinstance(when, Daily | Weekly | Monthly) else Ends()
    return Schedule(when=when, zone=zone, ends=ends)


def parse_when(given: dict[str, Any]) -> When:
    match given.get("kind"):
        case "now":
            return Now()
        case "at":
            return At(parse_times(given.get("times")))
        case "daily":
            return Daily(whole(given, "every", 1, 6), clock(given))
        case "weekly":
            weekdays = choices(given, "weekdays", range(7), "Choose at least one weekday.")
            return Weekly(whole(given, "every", 1, MAX_WEEKS), weekdays, clock(given))
        case "monthly":
            return parse_monthly(given)
        case other:
            raise ScheduleError("kind", f"“{other}” is no kind of schedule." if other else "Choose when to send.")


def parse_monthly(given: dict[str, Any]) -> Monthly:
    days = choices(given, "days", [*range(1, 32), -1], "") if given.get("days") else ()
    nth = tuple(sorted({parse_nth(pair) for pair in given.get("nth") or []}))
    if not days and not nth:
        raise ScheduleError("days", "Choose at least one day of the month.")
    return Monthly(whole(given, "every", 1, MAX_MONTHS), days, nth, clock(given))


def parse_nth(pair: Any) -> tuple[int, int]:
    try:
        n, weekday = (int(part) for part in pair)
    except (TypeError, ValueError):
        raise ScheduleError("nth", "A weekday of the month is two numbers: which one, and the weekday.") from None
    if n not in NTH or weekday not in range(7):
        raise ScheduleError("nth", "Choose the first to fifth or the last, and a weekday.")
    return n, weekday


def parse_times(given: Any) -> tuple[datetime, ...]:
    if not isinstance(given, list) or not given:
        raise ScheduleError("times", "Give a date and a time.")
    if len(given) > MAX_TIMES:
        raise ScheduleError("times", f"At most {MAX_TIMES} dates are possible.")
    try:
        times = {datetime.fromisoformat(str(text)) for text in given}
    except ValueError:
        raise ScheduleError("times", "One of the dates is not complete: give a date and a time.") from None
    if any(moment.year not in YEARS for moment in times):
        raise ScheduleError("times", f"Choose dates from {YEARS[0]} to {YEARS[-1]}.")
    if any(moment.tzinfo is not None for moment in times):
        raise ScheduleError("times", "Times are wall times of the schedule's zone, without an offset.")
    return tuple(sorted(times))


def parse_ends(given: dict[str, Any]) -> Ends:
    match given.get("kind", "never"):
        case "never":
            return Ends()
        case "on":
            return Ends("on", on=parse_end_date(given.get("on")))
        case "after":
            return Ends("after", runs=whole(given, "runs", 1, MAX_RUNS))
        case other:
            raise ScheduleError("ends", f"“{other}” is no way to end.")


def parse_end_date(given: Any) -> date:
    try:
        end = date.fromisoformat(str(given))
    except ValueError:
        raise ScheduleError("ends", "Give the date on which it ends.") from None
    if end.year not in YEARS:
        raise ScheduleError("ends", f"Choose a date from {YEARS[0]} to {YEARS[-1]}.")
    return end


def check_zone(zone: str) -> None:
    if not zone:
        return
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ScheduleError("zone", f"There is no time zone “{zone}”.") from None


def whole(given: dict[str, Any], field: str, least: int, most: int) -> int:
    try:
        number = int(given[field])
    except (KeyError, TypeError, ValueError):
        raise ScheduleError(field, f"Give a number from {least} to {most}.") from None
    if not least <= number <= most:
        raise ScheduleError(field, f"Give a number from {least} to {most}.")
    return number


def clock(given: dict[str, Any]) -> time:
    try:
        return time.fromisoformat(str(given.get("time") or "")).replace(tzinfo=None)
    except ValueError:
        raise ScheduleError("time", "Give a time of day, such as 09:30.") from None


def choices(given: dict[str, Any], field: str, possible: Any, none: str) -> tuple[int, ...]:
    try:
        chosen = sorted({int(item) for item in given.get(field) or []})
    except (TypeError, ValueError):
        raise ScheduleError(field, "Choose from the list.") from None
    if not chosen or any(item not in possible for item in chosen):
        raise ScheduleError(field, none or "Choose from the list.")
    return tuple(chosen)


def dump(schedule: Schedule) -> dict[str, Any]:
    """The JSON that `parse` reads back to an equal schedule."""
    return {"version": VERSION, "zone": schedule.zone, "ends": dump_ends(schedule.ends)} | dump_when(schedule.when)


def dump_when(when: When) -> dict[str, Any]:
    match when:
        case Now():
            return {"kind": "now"}
        case At(times):
            return {"kind": "at", "times": [moment.isoformat() for moment in times]}
        case Daily(every, at):
            return {"kind": "daily", "every": every, "time": at.isoformat()}
        case Weekly(every, weekdays, at):
            return {"kind": "weekly", "every": every, "weekdays": list(weekdays), "time": at.isoformat()}
        case Monthly(every, days, nth, at):
            pairs = [list(pair) for pair in nth]
            return {"kind": "monthly", "every": every, "days": list(days), "nth": pairs, "time": at.isoformat()}
        case _:
            assert_never(when)


def dump_ends(ends: Ends) -> dict[str, Any]:
    match ends.kind:
        case "on":
            return {"kind": "on", "on": ends.on.isoformat() if ends.on else None}
        case "after":
            return {"kind": "after", "runs": ends.runs}
        case _:
            return {"kind": "never"}


def sentence(schedule: Schedule, account_zone: str) -> str:
    """“Every 2 weeks on Monday and Friday at 09:00, 5 times (Europe/Madrid)”."""
    if isinstance(schedule.when, Now):
        return "At once on publishing"
    return f"{when_in_words(schedule.when)}{ends_in_words(schedule.ends)} ({schedule.zone or account_zone})"


def when_in_words(when: When) -> str:
    match when:
        case Now():
            return "At once"
        case At(times):
            return "On " + listed([f"{moment.day} {moment:%B %Y at %H:%M}" for moment in times])
        case Daily(every, at):
            return f"Every {counted(every, 'day')} at {at:%H:%M}"
        case Weekly(every, weekdays, at):
            return f"Every {counted(every, 'week')} on {listed([WEEKDAYS[day] for day in weekdays])} at {at:%H:%M}"
        case Monthly(every, days, nth, at):
            named = [f"the {ordinal(day)}" for day in days if day != -1]
            named += ["the last day"] if -1 in days else []
            named += [f"the {NTH[n]} {WEEKDAYS[weekday]}" for n, weekday in nth]
            return f"Every {counted(every, 'month')} on {listed(named)} at {at:%H:%M}"
        case _:
            assert_never(when)


def ends_in_words(ends: Ends) -> str:
    if ends.kind == "on" and ends.on is not None:
        return f", until {ends.on.day} {ends.on:%B %Y}"
    return (
        f", {ends.runs} times" if ends.kind == "after" and ends.runs != 1 else ", once" if ends.kind == "after" else ""
    )


def counted(number: int, noun: str) -> str:
    return noun if number == 1 else f"{number} {noun}s"


def ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
