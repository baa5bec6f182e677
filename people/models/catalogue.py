"""The catalogue of names: every event and property name seen, with types and most frequent values."""

from django.db import models
from django.utils import timezone


class EventName(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    is_hidden = models.BooleanField(default=False, help_text="Not offered in pickers.")
    is_discarded = models.BooleanField(default=False, help_text="New events of this name are refused.")
    revenue_property = models.CharField(max_length=120, blank=True)
    times = models.BigIntegerField(default=0, help_text="How often it happened, as of `refreshed_at`.")
    people = models.BigIntegerField(default=0, help_text="How many people did it, as of `refreshed_at`.")
    refreshed_at = models.DateTimeField(null=True, blank=True, db_index=True)
    first_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PropertyName(models.Model):
    """A property of profiles (`event` is null) or of one event name.

    `types` counts values seen by type: text, number, boolean, date, list. `frequent` lists [value, times], most
    frequent first, of a sample; both are refreshed from the data and feed the pickers.
    """

    event = models.ForeignKey(EventName, models.CASCADE, related_name="properties", null=True, blank=True)
    name = models.CharField(max_length=120)
    types = models.JSONField(default=dict)
    frequent = models.JSONField(default=list)
    description = models.TextField(blank=True)
    alias = models.CharField(
        max_length=120, blank=True, help_text="The name it goes by where a property is held constant."
    )
    is_hidden = models.BooleanField(default=False)
    is_discarded = models.BooleanField(default=False)
    refreshed_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="When types and frequent values were counted."
    )
    first_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["event", "name"], name="one_property_name", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name
