"""What somebody typed for a segment and has not saved yet."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Unsaved(models.Model):
    """A half-made segment, kept while it is typed so that nothing is lost with the page; `key` is that of the page.

    `typed` has its name, description, version and tree. Once it is saved or thrown away it `is_over`, so that nothing
    that is still on its way brings it back.
    """

    key = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=4)
    segment = models.ForeignKey(
        "segments.Segment", models.CASCADE, related_name="+", null=True, help_text="Null while it is a new one."
    )
    typed = models.JSONField(default=dict)
    turn = models.BigIntegerField(
        default=0, help_text="Rises with each word of the page: what is older does not overwrite what is newer."
    )
    kept_at = models.DateTimeField(default=timezone.now)
    is_over = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "unsaved segments"
        indexes = [models.Index(fields=["owner", "kept_at"], name="unsaved_of_owner")]

    def __str__(self) -> str:
        return str(self.typed.get("name") or "")
