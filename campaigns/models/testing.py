"""Test sends: who gets them, and what became of each. They are no deliveries, so nothing counts them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaign import Campaign
from campaigns.models.ledger import State
from people.models import Profile


class Tester(models.Model):
    """A person who knows that what they get are tests: nobody else gets any."""

    __test__: ClassVar = False  # pytest: this is no test case

    profile = models.OneToOneField(Profile, models.CASCADE, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["added_at", "pk"]
        verbose_name = "test person"
        verbose_name_plural = "test people"

    def __str__(self) -> str:
        return str(self.profile)


class TestSend(models.Model):
    """One press of the button. `snapshot` is what it is sent with, as a run's; whoever sends it holds the lease."""

    __test__: ClassVar = False

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    occurrence = models.DateTimeField(help_text="Of the run that it stands for.")
    number = models.PositiveIntegerField(help_text="Of the run that it stands for.")
    snapshot = models.JSONField()
    is_told = models.BooleanField(default=True, help_text="Where people read first it says that it is a test.")
    address = models.CharField(max_length=254, blank=True, help_text="All of it goes there; empty: to each person's.")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["by", "-at"], name="test_sends_of_user")]

    def __str__(self) -> str:
        return f"Test of {self.campaign}"


class TestPress(models.Model):
    """So many messages that a user's press of a button put on their way: what is gone since still counts."""

    __test__: ClassVar = False

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    messages = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.messages} by {self.by}"


class TestMessage(models.Model):
    """One copy for one person."""

    __test__: ClassVar = False

    State = State

    send = models.ForeignKey(TestSend, models.CASCADE, related_name="messages")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+")
    copy_id = models.BigIntegerField()
    copy = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=30, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["send"], condition=models.Q(state="queued"), name="test_messages_queued")]

    def __str__(self) -> str:
        return f"{self.copy} for {self.profile_id}: {self.state}"
