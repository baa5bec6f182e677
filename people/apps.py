"""Django's entry to the `people` app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone

from people import partitions


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        post_migrate.connect(make_partitions, sender=self)


def make_partitions(**_: object) -> None:
    partitions.ensure("people_event", now=timezone.now())
