"""What came in by each way, hour by hour, and what of it was refused."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKey


class WayHour(models.Model):
    """Counts of one way, key and hour. `turned_away` counts requests refused as a whole, the others count records."""

    way = models.CharField(max_length=20)
    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="+", null=True)
    hour = models.DateTimeField(db_index=True)
    accepted = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    turned_away = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["way", "key", "hour"], name="one_count_an_hour", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.way} {self.hour:%Y-%m-%d %H}"


class Refusal(models.Model):
    """A record that was refused, at `place` in its request; without a place, requests that were turned away as a whole,
    one row for all that one key, or strangers, had turned away for the same reason."""

    way = models.CharField(max_length=20)
    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(default=timezone.now)
    place = models.IntegerField(null=True)
    code = models.CharField(max_length=50)
    reason = models.TextField()
    record = models.TextField(blank=True, help_text="How it began, secrets masked.")
    times = models.BigIntegerField(default=1)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["way", "-id"], name="refusals_of_way")]
        constraints = [
            models.UniqueConstraint(
                fields=["way", "key", "code", "reason"],
                condition=Q(place=None),
                name="one_row_of_those_turned_away",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.way}: {self.reason}"
