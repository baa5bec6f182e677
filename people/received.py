"""What came in lately by each way, for the pages that show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from accounts.models import ApiKey
from people import refusals as kept
from people import tally
from people.models import Import, Refusal, WayHour
from people.ways import WAYS, Way

HOURS = timedelta(hours=23)  # and the present one


@dataclass(frozen=True)
class Received:
    """Of the last 24 hours; `last_at` of the last days, as long as counts are kept."""

    accepted: int = 0
    refused: int = 0
    turned_away: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    way: Way
    received: Received


@dataclass(frozen=True)
class KeyRow:
    key: ApiKey
    received: Received


def by_way(now: datetime) -> list[Row]:
    """Every way, whether anything came by it or not."""
    found = {str(row.pop("way")): Received(**row) for row in sums(WayHour.objects.all(), "way", now)}
    found["csv"] = imported(now)
    return [Row(way, found.get(way.slug, Received())) for way in WAYS]


def of_way(way: Way, now: datetime) -> Received:
    return next(row.received for row in by_way(now) if row.way == way)


def by_key(way: Way, keys: Iterable[ApiKey], now: datetime) -> list[KeyRow]:
    counted = sums(WayHour.objects.filter(way=way.slug), "key", now)
    found = {row.pop("key"): Received(**row) for row in counted}
    return [KeyRow(key, found.get(key.pk, Received())) for key in keys]


def sums(hours: QuerySet[WayHour], by: str, now: datetime) -> Iterable[dict[str, Any]]:
    lately = Q(hour__gte=tally.hour_of(now - HOURS))
    found: Iterable[dict[str, Any]] = hours.values(by).annotate(
        accepted=Sum("accepted", filter=lately, default=0),
        refused=Sum("refused", filter=lately, default=0),
        turned_away=Sum("turned_away", filter=lately, default=0),
        last_at=Max("last_at"),
    )
    return found


def imported(now: datetime) -> Received:
    lately = Q(started_at__gte=now - timedelta(hours=24))
    return Received(
        **Import.objects.aggregate(
            accepted=Sum("accepted", filter=lately, default=0),
            refused=Sum("rejected", filter=lately, default=0),
            last_at=Max("started_at"),
        )
    )


def refusals(way: Way, now: datetime) -> QuerySet[Refusal]:
    """The last ones, newest first."""
    found = Refusal.objects.filter(way=way.slug, at__gte=now - kept.KEPT_FOR).select_related("key")
    return found[: kept.KEPT_A_WAY]
