"""Who works here and how the account is set: users, API keys, account settings, the audit trail."""

import hashlib
import secrets
import uuid
from typing import ClassVar, NamedTuple, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    APPROVER = "approver", "Approver"
    CREATOR = "creator", "Creator"
    MEMBER = "member", "Member"


class User(AbstractUser):
    """A staff login. What a role may do stands in `accounts.permissions`."""

    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    zone = models.CharField(max_length=64, blank=True, help_text="Times are shown in this zone; empty: the account's.")
    must_change_password = models.BooleanField(
        default=False, help_text="The password was made by somebody else: ask for a new one at the next login."
    )

    objects: ClassVar[UserManager[Self]] = UserManager()

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ApiKey(models.Model):
    """A key for the ingest API. Only its SHA-256 is kept; the key itself is shown once."""

    BEGINNING = "bf_"

    class Scope(models.TextChoices):
        INGEST = "ingest", "Send profiles and events"

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, help_text="The first characters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_words(self) -> list[str]:
        return [self.Scope(scope).label for scope in self.scopes]

    @staticmethod
    def make_secret() -> str:
        return ApiKey.BEGINNING + secrets.token_urlsafe(30)

    @staticmethod
    def digest_of(secret: str) -> str:
        # No key has half a surrogate pair, but what is asked for may.
        return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


class AccountSettings(models.Model):
    """The one row of account-wide settings."""

    name = models.CharField(max_length=100, default="Belfry")
    zone = models.CharField(max_length=64, default="UTC")
    installation = models.UUIDField(default=uuid.uuid4, editable=False, help_text="Part of every outgoing id.")
    event_name_limit = models.PositiveIntegerField(default=512)
    event_property_limit = models.PositiveIntegerField(default=256)
    demo_data = models.BooleanField(default=False, help_text="The people here are made up.")

    class Meta:
        verbose_name_plural = "account settings"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_account_settings")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "AccountSettings":
        return cls.objects.get_or_create(pk=1)[0]


class Difference(NamedTuple):
    """One changed field of an audit entry, in words."""

    name: str
    before: str
    after: str


def in_words(value: object) -> str:
    match value:
        case None | "" | [] | {}:
            return "–"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(in_words, value))
        case dict():
            return ", ".join(f"{name}: {in_words(each)}" for name, each in value.items())
        case _:
            return str(value)


class AuditEntry(models.Model):
    """One change: who did what to which object, when. Never edited, never deleted."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, help_text="Null: the system.")
    action = models.CharField(max_length=50)
    object_type = models.CharField(max_length=50)
    object_id = models.CharField(max_length=50)
    object_name = models.CharField(max_length=300)
    changes = models.JSONField(default=dict, help_text="field → [before, after]; secrets are masked.")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="audit_of_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_name}"

    @property
    def differences(self) -> list[Difference]:
        return [
            Difference(name.replace("_", " "), in_words(before), in_words(after))
            for name, (before, after) in self.changes.items()
        ]
