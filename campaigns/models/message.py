"""What a campaign says: the message and its copies."""

import uuid

from django.db import models

from campaigns.models.campaign import Campaign


class Message(models.Model):
    """The stable row; `version` rises with each edit that changes what is sent."""

    class Kind(models.TextChoices):
        SINGLE = "single", "Single message"
        BY_PROPERTY = "by_property", "By user property"

    class Missing(models.TextChoices):
        EXCLUDE = "exclude", "Do not send"
        BLANK = "blank", "Print nothing"

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="message")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SINGLE)
    property = models.CharField(max_length=120, default="language", help_text="Whose value picks the copy.")
    missing = models.CharField(max_length=8, choices=Missing, default=Missing.EXCLUDE)
    event_name = models.CharField(max_length=120, default="Campaign Sent", help_text="Of the exported event.")
    include = models.JSONField(default=list, help_text="Profile properties that go in the payload as they are.")
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Message of {self.campaign}"


class Copy(models.Model):
    """The wording for one value of the message's property; `value` "" is the default copy.

    `pairs` is a list of [key, template] in the marketer's order.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="copies")
    value = models.CharField(max_length=200, blank=True)
    pairs = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
    uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "copies"
        constraints = [models.UniqueConstraint(fields=["message", "value"], name="one_copy_a_value")]

    def __str__(self) -> str:
        return self.value or "Default"
