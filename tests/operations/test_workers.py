"""`manage.py workers`: real processes on a database of their own."""

from datetime import UTC, datetime

import pytest

from campaigns.models import Delivery, Run
from tests import factories
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.stack


def is_completed(run: Run) -> bool:
    return Run.objects.get(pk=run.pk).state == Run.State.COMPLETED


def test_workers_send_what_is_due(stack: Stack) -> None:
    factories.people(2_500)
    run = factories.run(factories.campaign(), due_at=datetime.now(UTC))

    stack.start_workers()
    wait_until(lambda: is_completed(run), "the run is completed")

    assert Delivery.objects.filter(run=run, state="accepted").count() == 2_500
