"""A campaign: who gets it, over which connection, when."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection
from segments.models import Segment


class Campaign(models.Model):
    """`tree` is the rule of a segment made on the spot; `segment` a saved one; at most one of the two is set.

    `schedule` is the JSON of `campaigns.schedule.Schedule`. States change through `campaigns.lifecycle` only.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        WAITING = "waiting", "Waiting for next run"
        COMPLETED = "completed", "Completed"
        STOPPED = "stopped", "Stopped"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=200)
    labels = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT, db_index=True)
    state_reason = models.TextField(blank=True, help_text="Why it is in this state, where a reason was given.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", null=True, blank=True)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="+", null=True, blank=True)
    tree = models.JSONField(null=True, blank=True)
    control_percent = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(99)])
    control_salt = models.UUIDField(help_text="Makes this campaign's control group its own; never changes.")
    schedule = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1, help_text="Rises with each save; the editor refuses older ones.")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(segment=None) | models.Q(tree=None), name="saved_segment_or_own_tree"
            ),
            models.CheckConstraint(condition=models.Q(control_percent__lte=99), name="control_percent_up_to_99"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaign", args=[self.pk])
