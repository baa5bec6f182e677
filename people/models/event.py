"""Events, their summary per person, and what makes ingest idempotent and live."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from people.models.catalogue import EventName
from people.models.profile import Profile


class Event(models.Model):
    """One thing a person did. Partitioned by `at` in SQL, where the primary key is (id, at).

    Every UPDATE and DELETE names `at`; nothing has a foreign key to it; lists of it never count.
    """

    id = models.BigAutoField(primary_key=True)
    profile = models.ForeignKey(Profile, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    name = models.ForeignKey(EventName, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    at = models.DateTimeField()
    properties = models.JSONField(default=dict)

    class Meta:
        managed = True

    def __str__(self) -> str:
        return f"{self.name_id} at {self.at:%Y-%m-%d %H:%M}"


class ProfileEvent(models.Model):
    """How often a person did an event, first and last: answers *ever* and *since* without touching events.

    The primary key is (profile, name) in SQL: every event writes here, and an index on `id` would be written with it.
    """

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    name = models.ForeignKey(EventName, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    count = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["name", "last_at"], include=["profile", "count", "first_at"], name="summary_by_name")
        ]

    def __str__(self) -> str:
        return f"{self.name_id} × {self.count}"


class SeenMessage(models.Model):
    """A message id that was ingested: md5 of (source, message id). Purged after 30 days."""

    key = models.UUIDField(primary_key=True)
    received_on = models.DateField()

    class Meta:
        indexes = [BrinIndex(fields=["received_on"], autosummarize=True, name="seen_by_day")]

    def __str__(self) -> str:
        return str(self.key)


class Arrival(models.Model):
    """Events that a registered consumer has still to look at, written in the events' own transaction."""

    consumer = models.CharField(max_length=50)
    names = models.JSONField(help_text="Ids of the event names in it.")
    keys = models.JSONField(help_text="Ids of the events.")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["consumer", "id"], name="arrivals_of_consumer")]

    def __str__(self) -> str:
        return f"{self.consumer} {self.pk}"
