"""A file of people or events that a person uploaded, and how far it got."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Import(models.Model):
    """Processed in chunks by the workers; `position` is the byte after the last chunk that is in the database."""

    class Kind(models.TextChoices):
        PROFILES = "profiles", "People"
        EVENTS = "events", "Events"

    class State(models.TextChoices):
        MAPPING = "mapping", "Waiting for its mapping"
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    file_name = models.CharField(max_length=255)
    path = models.CharField(max_length=500, help_text="Relative to the uploads directory.")
    size = models.BigIntegerField(help_text="Bytes.")
    mapping = models.JSONField(default=dict, help_text="column → property, with its type.")
    event_name = models.CharField(max_length=120, blank=True)
    position = models.BigIntegerField(default=0, help_text="Bytes done.")
    line = models.BigIntegerField(default=1, help_text="Lines done, the header included.")
    accepted = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name


class ImportRefusal(models.Model):
    """A line that was not taken in, and why; or (a note) what was left out of one that was."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="refusals")
    line = models.BigIntegerField()
    code = models.CharField(max_length=50)
    reason = models.TextField()
    is_note = models.BooleanField(default=False)

    class Meta:
        ordering = ["line", "pk"]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
