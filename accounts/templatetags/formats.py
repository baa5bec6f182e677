"""Numbers, shares, times and durations as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.timezone import get_current_timezone

DASH = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
SHORT = {"day": "d", "hour": "h", "minute": "min", "second": "s"}


def spaced(value: float | Decimal | None, decimals: int | None = None) -> str:
    """48210 → 48,210; nothing → a dash."""
    if value is None:
        return DASH
    if decimals is not None:
        value = Decimal(f"{value:.{decimals}f}")  # number_format cuts off, it does not round
    return number_format(value, decimals, use_l10n=True, force_grouping=True)


def share(part: float | None, whole: float | None, decimals: int = 1) -> str:
    """The part in percent. Never "0 %" for somebody and never "100 %" while somebody is left out."""
    if part is None or not whole:
        return DASH
    percent = 100 * part / whole
    step = 10.0**-decimals
    if 0 < percent < step:
        return f"<{NO_BREAK}{spaced(step, decimals)}{NO_BREAK}%"
    if 100 - step < percent < 100:
        percent = min(percent, 100 - step)
    percent = round(percent, decimals)
    return f"{spaced(percent, 0 if percent == int(percent) else decimals)}{NO_BREAK}%"


def zone_name(at: datetime) -> str:
    """CET, or UTC+05:45 where a zone has no letters of its own."""
    name = at.strftime("%Z")
    if name[:1] not in "+-":
        return name
    offset = at.strftime("%z")
    return f"UTC{offset[0].replace('-', MINUS)}{offset[1:3]}:{offset[3:5]}"


def local_words(at: datetime, style: str) -> str:
    """In the reader's zone: "date", "time" (with seconds) or the whole."""
    here = at.astimezone(get_current_timezone())
    day = f"{here.day} {here:%b %Y}"
    if style == "date":
        return day
    if style == "time":
        return f"{here:%H:%M:%S} {zone_name(here)}"
    return f"{day}, {here:%H:%M} {zone_name(here)}"


def utc_words(at: datetime) -> str:
    moment = at.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M:%S} UTC"


def utc_stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def distance(at: datetime, now: datetime) -> str:
    """ "3 minutes ago", "in 2 days", "just now": the largest unit only."""
    seconds = int(abs((now - at).total_seconds()))
    for unit, size in UNITS[:-1]:
        if seconds >= size:
            count = seconds // size
            words = f"{spaced(count)} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if at < now else f"in {words}"
    return "just now" if at <= now else "in less than a minute"


def length(span: timedelta | float | None) -> str:
    """0.4 s, 42 s, 4 min 10 s, 2 h 5 min, 3 d 4 h: the two largest units."""
    if span is None:
        return DASH
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if seconds < 10:
        return f"{spaced(seconds, 1)}{NO_BREAK}s"
    left, parts = round(seconds), []
    for unit, size in UNITS:
        count, left = divmod(left, size)
        parts.append((count, SHORT[unit]))
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count}{NO_BREAK}{unit}" for count, unit in parts[first : first + 2] if count)
