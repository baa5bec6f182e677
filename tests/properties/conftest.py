"""The difficult people, once for each module that asks for them."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.segments.population import Crowd, settled


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Crowd]:
    with django_db_blocker.unblock(), settled() as found:
        yield found
