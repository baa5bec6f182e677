"""Signs of life: what the supervisor, the clock and the workers last did."""

from django.db import models


class Heartbeat(models.Model):
    """One row per process of a role on a machine; `at` is its last sign of life."""

    class Role(models.TextChoices):
        CLOCK = "clock", "Clock"
        WORKER = "worker", "Worker"

    role = models.CharField(max_length=10, choices=Role)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    supervisor = models.UUIDField(help_text="Which `workers` command it belongs to.")
    at = models.DateTimeField()
    task = models.CharField(max_length=100, blank=True, help_text="What it works on; empty: idle.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "host", "pid"], name="one_heartbeat_a_process")]

    def __str__(self) -> str:
        return f"{self.role} {self.host}:{self.pid}"
