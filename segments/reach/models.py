"""What was counted: for somebody at a page, and once a day for each segment."""

from django.db import models
from django.utils import timezone


class Computation(models.Model):
    """People being counted for an editor; when it is done, the answer for everybody who asks the same.

    `key` is what is asked, `version` how the data stood when the counting began. A newer computation of the same
    `editor` cancels this one. Whoever counts holds a lease: when that is over, another one may begin anew.
    """

    class State(models.TextChoices):
        SAMPLING = "sampling", "Being estimated"
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Being counted"
        DONE = "done", "Counted"
        FAILED = "failed", "Not counted"
        CANCELLED = "cancelled", "Not wanted any more"

    OPEN = (State.SAMPLING, State.WAITING, State.RUNNING)

    kind = models.CharField(max_length=30, help_text="Who counts: a name of `segments.registry.COUNTERS`.")
    question = models.JSONField()
    key = models.UUIDField()
    version = models.CharField(max_length=100)
    editor = models.UUIDField()
    turn = models.BigIntegerField(
        default=0, help_text="Rises with each question of the editor: what is older does not stop what is newer."
    )
    state = models.CharField(max_length=10, choices=State, default=State.SAMPLING)
    asked_at = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sample = models.JSONField(null=True, help_text="The answer of the sample.")
    sample_of = models.BigIntegerField(null=True, help_text="How many people the sample had.")
    answer = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="The instant that the answer is of.")
    seconds = models.FloatField(null=True)
    trouble = models.TextField(blank=True, help_text="Why there is no answer.")

    class Meta:
        indexes = [
            models.Index(fields=["key", "version", "answered_at"], name="computation_answers"),
            models.Index(
                fields=["asked_at"], name="computation_queue", condition=models.Q(state__in=["waiting", "running"])
            ),
            models.Index(fields=["editor", "id"], name="computation_of_editor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.get_state_display()}"


class SegmentSize(models.Model):
    """How many people a segment had on a day of the account's zone, as last counted that day.

    `people` is null while they are being counted, and where they could not be: `trouble` says why.
    """

    segment = models.ForeignKey("segments.Segment", models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField()
    rule = models.UUIDField(null=True, help_text="A print of the rule that was counted.")
    people = models.BigIntegerField(null=True)
    channels = models.JSONField(default=dict, help_text="Channel → people who can be reached on it.")
    counted_at = models.DateTimeField(help_text="When counting began or, with `people`, what instant they are of.")
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="one_size_a_day")]

    def __str__(self) -> str:
        return f"{self.segment_id} on {self.day}: {self.people}"
