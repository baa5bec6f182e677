"""One occurrence of a campaign."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from campaigns.models.campaign import Campaign
from campaigns.models.message import Message
from connectors.models import Connection


class Run(models.Model):
    """`occurrence` is the nominal instant, `due_at` when it may start; both are set when it is scheduled.

    `snapshot` freezes, when planning starts, everything the run is sent with (tree, message, copies, control
    group, connection): editing the campaign changes the next run only. `planned_to` is the highest profile id that
    is planned, moved in the same transaction as the rows it speaks of.
    """

    class State(models.TextChoices):
        DUE = "due", "Due"
        PLANNING = "planning", "Planning"
        SENDING = "sending", "Sending"
        COMPLETED = "completed", "Completed"
        REFUSED = "refused", "Refused"
        MISSED = "missed", "Missed"
        STOPPED = "stopped", "Stopped"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="runs")
    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    occurrence = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    reason = models.TextField(blank=True, help_text="Why it was refused, missed or stopped.")
    message_version = models.PositiveIntegerField(null=True, blank=True)
    snapshot = models.JSONField(null=True, blank=True)
    planned_to = models.BigIntegerField(default=0)
    plan_until = models.BigIntegerField(null=True, blank=True, help_text="The highest profile id when planning began.")
    connection = models.ForeignKey(
        Connection, models.PROTECT, related_name="+", null=True, help_text="Sent over; set when planning starts."
    )
    failures = models.PositiveSmallIntegerField(default=0, help_text="Tasks of this run that broke, one after another.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="After a failure nothing is tried before.")
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the result of a stopped run was put together."
    )
    waited = models.DurationField(
        default=timedelta, help_text="For how long nothing was accepted although it was tried, as last looked at."
    )
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When that was; blank: not since it began.")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-occurrence", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["message", "occurrence"], name="one_run_an_occurrence"),
            models.UniqueConstraint(fields=["campaign", "number"], name="run_numbers_are_unique"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["due", "planning", "sending"]),
                name="run_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign} #{self.number}"
