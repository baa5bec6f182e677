"""The ledger: one row for every person who qualified for a run, the batches that are its queue, its counters."""

from django.db import models

from campaigns.models.message import Message
from campaigns.models.run import Run
from people.models import Profile


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    ACCEPTED = "accepted", "Accepted"
    FAILED = "failed", "Failed"
    EXCLUDED = "excluded", "Excluded"
    UNKNOWN = "unknown", "Unknown"


class Delivery(models.Model):
    """Partitioned by `occurrence` in SQL, where the primary key is (id, occurrence).

    Written once by plan and once by record. Unique (message, profile, occurrence, key). Every UPDATE names
    `occurrence`; nothing has a foreign key to it. `reason` is one of `campaigns.delivery.reasons`.
    """

    State = State

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    run = models.ForeignKey(Run, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    profile = models.ForeignKey(Profile, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    occurrence = models.DateTimeField()
    key = models.CharField(max_length=100, default="")
    batch = models.ForeignKey(
        "Batch", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )
    copy_id = models.BigIntegerField(help_text="The copy, as the run's snapshot has it.")
    variant = models.CharField(max_length=1, default="")
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=30, default="")
    attempts = models.SmallIntegerField(default=0)
    answer = models.TextField(default="", help_text="What the destination said, or which value was missing.")
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.profile_id} {self.state} {self.reason}".strip()


class Batch(models.Model):
    """The queue row: at most 1,000 deliveries of one run that may be sent from `not_before` on.

    Claimed by lease: `lease` is the claimer's token, `lease_until` when another may take it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        DONE = "done", "Done"

    message = models.ForeignKey(Message, models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="batches", db_index=False)
    occurrence = models.DateTimeField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State, default=State.QUEUED)
    size = models.PositiveIntegerField()
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    accepted = models.PositiveIntegerField(default=0, db_default=0, help_text="People, when it was done.")

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["run", "not_before"], condition=models.Q(state="queued"), name="batch_queue"),
            models.Index(fields=["run", "done_at"], condition=models.Q(state="done"), name="batch_done"),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk} of run {self.run_id}"


class Counter(models.Model):
    """People per run × copy × variant × state × reason × hour of the change; sums equal the ledger's rows."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="counters", db_index=False)
    copy_id = models.BigIntegerField()
    variant = models.CharField(max_length=1, default="")
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=30, default="")
    hour = models.DateTimeField()
    people = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "copy_id", "variant", "state", "reason", "hour"], name="one_counter_a_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.state} {self.reason} {self.people}"
