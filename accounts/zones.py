"""Names of time zones: only those that PostgreSQL and Python both know."""

from functools import cache
from zoneinfo import available_timezones

from django.db import connection


@cache
def known() -> frozenset[str]:
    """Every name that is safe in `AT TIME ZONE` and in ZoneInfo; read once a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return frozenset(name for (name,) in cursor.fetchall()) & available_timezones()


def offered() -> list[str]:
    """The names worth choosing from: UTC first, then Area/City."""
    places = (name for name in known() if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "US/")))
    return ["UTC", *sorted(places)]


def choices(chosen: str = "") -> list[tuple[str, str]]:
    """For a form's select; a valid name that is set already is kept even if it is not offered."""
    names = offered()
    kept = [chosen] if chosen and chosen not in names and chosen in known() else []
    return [(name, name.replace("_", " ")) for name in kept + names]
