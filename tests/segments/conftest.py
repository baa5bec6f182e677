"""Room for events, made once."""

from datetime import UTC, datetime

import pytest
from pytest_django.plugin import DjangoDbBlocker

from people import partitions
from tests.segments.making import NOW


@pytest.fixture(scope="session")
def event_table(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        partitions.ensure("people_event", now=NOW, since=datetime(2024, 1, 1, tzinfo=UTC))
