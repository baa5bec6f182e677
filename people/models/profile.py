"""A person: the profile, its other identifiers, its devices, its subscriptions."""

import secrets

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone


def random_bucket() -> int:
    """0–999, for ever with the person."""
    return secrets.randbelow(1000)


class Profile(models.Model):
    class Gender(models.TextChoices):
        FEMALE = "F", "Female"
        MALE = "M", "Male"
        OTHER = "O", "Other"

    identity = models.CharField(max_length=1024, unique=True, null=True, blank=True, help_text="The company's own id.")
    name = models.CharField(max_length=512, null=True, blank=True)  # noqa: DJ001 null is "missing", as for every property
    first_name = models.CharField(max_length=512, null=True, blank=True)  # noqa: DJ001 as name
    email = models.CharField(max_length=320, null=True, blank=True)  # noqa: DJ001 as name
    email_since = models.DateTimeField(null=True, blank=True, help_text="Since when they have it.")
    phone = models.CharField(max_length=20, null=True, blank=True, help_text="E.164.")  # noqa: DJ001 as name
    language = models.CharField(max_length=35, null=True, blank=True)  # noqa: DJ001 as name
    zone = models.CharField(  # noqa: DJ001 as name
        max_length=64,
        null=True,
        blank=True,
        help_text="A name PostgreSQL and Python both know.",
    )
    country = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 as name
    region = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 as name
    city = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 as name
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=1, choices=Gender, null=True, blank=True)  # noqa: DJ001 as name
    properties = models.JSONField(default=dict, blank=True)
    bucket = models.SmallIntegerField(default=random_bucket, help_text="0–999, random, for ever.")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            GinIndex(
                OpClass(Upper("identity"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("name"), name="gin_trgm_ops"),
                name="profile_search",
            ),
            models.Index(fields=["email"], name="profile_email"),
            models.Index(fields=["phone"], condition=models.Q(phone__isnull=False), name="profile_phone"),
        ]

    def __str__(self) -> str:
        return self.name or self.identity or f"Anonymous {self.pk}"


class Identifier(models.Model):
    """An anonymous id that belongs to a profile."""

    value = models.CharField(max_length=1024, unique=True)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="identifiers")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.value


class Device(models.Model):
    class Platform(models.TextChoices):
        ANDROID = "android", "Android"
        IOS = "ios", "iOS"
        WEB = "web", "Web"

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="devices")
    platform = models.CharField(max_length=10, choices=Platform)
    token = models.TextField(unique=True, help_text="Push token, or the JSON of a web push subscription.")
    app_version = models.CharField(max_length=50, blank=True)
    make = models.CharField(max_length=100, blank=True)
    model = models.CharField(max_length=100, blank=True)
    os_version = models.CharField(max_length=50, blank=True)
    sdk_version = models.CharField(max_length=50, blank=True)
    last_seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.make} {self.model}".strip()


class Subscription(models.Model):
    """Consent of one person on one channel. No row: nothing was ever said."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "SMS"
        PUSH = "push", "Push"
        WHATSAPP = "whatsapp", "WhatsApp"
        EXPORT = "export", "Exports"

    class State(models.TextChoices):
        SUBSCRIBED = "subscribed", "Subscribed"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        SUPPRESSED = "suppressed", "Suppressed"

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="subscriptions")
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=12, choices=State)
    cause = models.CharField(max_length=50, blank=True, help_text="bounce, complaint, by hand, …")
    code = models.CharField(max_length=20, blank=True, db_default="", help_text="Such as 5.1.1, of a bounce.")
    words = models.CharField(max_length=400, blank=True, db_default="", help_text="What the other side said.")
    campaign = models.BigIntegerField(null=True, blank=True, help_text="Whose message it was about.")
    before = models.CharField(
        max_length=12,
        choices=State,
        blank=True,
        db_default="",
        help_text="What a suppression that is lifted gives way to. Blank: nothing was said.",
    )
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "channel"], name="one_subscription_a_channel")]
        indexes = [models.Index(fields=["channel", "state", "profile"], name="subscription_by_state")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.get_state_display()}"


class BouncedAddress(models.Model):
    """A mail server refused it for good: nothing is sent to whoever has it, or gets it, as long as they have it."""

    address = models.CharField(max_length=320, primary_key=True, db_collation="C", help_text="In small letters.")
    code = models.CharField(max_length=20, blank=True, help_text="Such as 5.1.1.")
    words = models.CharField(max_length=400, blank=True, help_text="What the mail server said.")
    campaign = models.BigIntegerField(null=True, blank=True, help_text="Whose message came back.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address


class Lifting(models.Model):
    """Somebody allowed messages to the person again: what came back of mails that were sent before changes nothing."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="liftings")
    channel = models.CharField(max_length=10, choices=Subscription.Channel)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: allowed again"
