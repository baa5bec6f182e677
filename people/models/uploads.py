"""A file that a person uploaded and the workers take in, chunk by chunk."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Upload(models.Model):
    """`position` is the byte after the last chunk that is in the database."""

    class State(models.TextChoices):
        MAPPING = "mapping", "Waiting for its mapping"
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    file_name = models.CharField(max_length=255)
    path = models.CharField(max_length=500, help_text="Relative to the uploads directory.")
    size = models.BigIntegerField(help_text="Bytes.")
    mapping = models.JSONField(default=dict, help_text="column → property, with its type.")
    position = models.BigIntegerField(default=0, help_text="Bytes done.")
    line = models.BigIntegerField(default=1, help_text="Lines done, the header included.")
    error = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def records(self) -> int:
        """How many records are done, good or bad."""
        raise NotImplementedError
