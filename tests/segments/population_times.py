"""Moments at the edges of days and of summer time, in the zones of accounts and of people."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)  # a day after the clocks of Europe went forward
NOWS = [
    NOW,
    datetime(2026, 3, 1, 0, 30, tzinfo=UTC),  # the first of March for some, the last of February for others
    datetime(2024, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC),  # the hour that Berlin has twice
    datetime(2026, 3, 8, 5, 30, tzinfo=UTC),  # Havana had no midnight
    datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/Havana",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "America/New_York",
    )
]
CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin, forward
    datetime(2025, 10, 26, 1, tzinfo=UTC),  # Berlin, back
    datetime(2026, 3, 8, 5, tzinfo=UTC),  # Havana, forward at midnight
    datetime(2025, 11, 2, 5, tzinfo=UTC),  # Havana, back to midnight
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, forward
    datetime(2025, 10, 4, 15, 30, tzinfo=UTC),  # Lord Howe, forward by half an hour
]
SHIFTS = [timedelta(0), timedelta(microseconds=-1), timedelta(hours=5), timedelta(minutes=-30), timedelta(minutes=30)]
DAYS_AGO = [-1, 0, 1, 2, 3, 7, 8, 30, 31, 90, 400]
CLOCKS = [time(0), time(0), time(1), time(2), time(2, 30), time(18), time(22), time(23, 59, 59)]


def moment(chance: random.Random, zone: ZoneInfo | None = None) -> datetime:
    """Often at the edge of a day or an hour in one of the zones, sometimes the very instant, up to a day from now."""
    place, day = zone or chance.choice(ZONES), NOW.date() - timedelta(days=chance.choice(DAYS_AGO))
    edge = datetime.combine(day, chance.choice(CLOCKS), place).astimezone(UTC) + chance.choice(SHIFTS)
    change = chance.choice(CHANGES) + chance.choice(SHIFTS)
    at = chance.choice([edge, edge, edge, change, NOW, NOW - timedelta(hours=24), NOW - timedelta(hours=1)])
    return min(at, NOW + timedelta(days=1))
