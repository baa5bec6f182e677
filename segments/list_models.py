"""Custom lists: people named in a file, each upload of it, and the lines that named nobody."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from people.models import Profile, Upload


class CustomList(models.Model):
    """Whoever is in `current`, the last upload that came in whole; None until there is one."""

    name = models.CharField(max_length=200, unique=True)
    current = models.ForeignKey("ListUpload", models.PROTECT, related_name="+", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ListUpload(Upload):
    """Rows are people found, lines that only named people who were in already (`duplicates`), or unmatched.

    `list` is empty once the list is deleted; `is_cleared` once its members and unmatched lines are.
    """

    list = models.ForeignKey(CustomList, models.SET_NULL, related_name="uploads", null=True)
    matched = models.BigIntegerField(default=0, help_text="Lines that name somebody.")
    duplicates = models.BigIntegerField(default=0, help_text="Of these, lines that add nobody.")
    unmatched = models.BigIntegerField(default=0, help_text="Lines that name nobody.")
    people = models.BigIntegerField(default=0, help_text="In the list by this upload.")
    is_cleared = models.BooleanField(default=False)

    @property
    def records(self) -> int:
        return self.matched + self.unmatched


class ListMember(models.Model):
    """No constraint holds it to profile and upload: checks of millions of rows would cost more than the rows."""

    pk = models.CompositePrimaryKey("upload_id", "profile_id")
    upload = models.ForeignKey(ListUpload, models.CASCADE, related_name="members", db_index=False, db_constraint=False)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"{self.profile_id} in {self.upload_id}"


class ListUnmatched(models.Model):
    """A line of an upload that names nobody, as it was given."""

    class Reason(models.TextChoices):
        NOBODY = "nobody", "Nobody has it."
        NO_IDENTITY = "no_identity", "There is nothing that says who."
        UNKNOWN_TYPE = "unknown_type", "The type is none of identity, anonymous id, e-mail and phone."
        BAD_IDENTITY = "bad_identity", "That cannot be an identity or an anonymous id."
        BAD_EMAIL = "bad_email", "The e-mail address is not valid."
        BAD_PHONE = "bad_phone", "The phone number is not valid: it begins with + and the country."
        TOO_MANY_VALUES = "too_many_values", "The line has more values than there are columns."
        UNREADABLE = "unreadable", "The line cannot be read: is a quote not closed?"

    pk = models.CompositePrimaryKey("upload_id", "line")
    upload = models.ForeignKey(
        ListUpload, models.CASCADE, related_name="unmatched_lines", db_index=False, db_constraint=False
    )
    line = models.BigIntegerField()
    type = models.TextField(blank=True)
    identity = models.TextField(blank=True)
    reason = models.CharField(max_length=16, choices=Reason)

    class Meta:
        ordering = ["line"]

    def __str__(self) -> str:
        return f"{self.line}: {self.get_reason_display()}"
