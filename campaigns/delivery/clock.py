"""Where the pipeline gets the time from: tasks hand in the real clock, tests one of their own."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]


def hour_of(moment: datetime) -> datetime:
    """The hour that a change made now is counted in."""
    return moment.replace(minute=0, second=0, microsecond=0)
