"""A saved rule: a segment."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from segments.list_models import CustomList, ListMember, ListUnmatched, ListUpload
from segments.reach.models import Computation, SegmentSize
from segments.unsaved_models import Unsaved

__all__ = [
    "Computation",
    "CustomList",
    "ListMember",
    "ListUnmatched",
    "ListUpload",
    "Segment",
    "SegmentSize",
    "Unsaved",
]


class Segment(models.Model):
    """`tree` is the rule as versioned JSON; the audience is who it yields now.

    `segments.parse` reads that of a past-behaviour segment, `segments.live` that of a live one.
    """

    class Kind(models.TextChoices):
        PAST = "past", "Past behaviour"
        LIVE = "live", "Live"

    kind = models.CharField(max_length=4, choices=Kind, default=Kind.PAST)
    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    tree = models.JSONField()
    version = models.PositiveIntegerField(default=1, help_text="Rises with each edit.")
    people = models.BigIntegerField(null=True, blank=True, help_text="Last exact count of this version.")
    counted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
