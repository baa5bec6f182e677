"""A file of people or events that a person uploaded, and how far it got."""

from django.db import models

from people.models.uploads import Upload


class Import(Upload):
    class Kind(models.TextChoices):
        PROFILES = "profiles", "People"
        EVENTS = "events", "Events"

    kind = models.CharField(max_length=10, choices=Kind)
    event_name = models.CharField(max_length=120, blank=True)
    accepted = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    file_removed_at = models.DateTimeField(null=True, blank=True, help_text="When its file had been kept long enough.")

    class Meta(Upload.Meta):
        pass

    @property
    def records(self) -> int:
        return self.accepted + self.rejected

    @property
    def took_nothing(self) -> bool:
        """It is over, and every line was refused."""
        return self.state == self.State.COMPLETED and not self.accepted and self.rejected > 0


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
