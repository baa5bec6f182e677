"""Two parts of a page ask for the same at once: it is counted once, and both are answered."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from segments import audience
from segments.models import Computation
from segments.parse import parse
from segments.reach import asking, counters, work
from segments.reading import Cancelled
from tests.segments.making import SPANISH, person, rule
from tests.stack import lock_waiters, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

EDITOR = uuid.UUID(int=1)


class Asking(threading.Thread):
    """On a connection of its own; `answer` is None where it was told that something newer is counted."""

    answer: asking.Answer | None = None

    def run(self) -> None:
        try:
            question = counters.how_many(parse(rule(SPANISH)))
            self.answer = asking.ask(question, editor=EDITOR, context=audience.current())
        except Cancelled:
            pass
        finally:
            connection.close()


def test_of_two_who_ask_the_same_at_once_both_are_answered() -> None:
    person("ana", language="es")
    both = [Asking(), Asking()]

    with transaction.atomic():
        work.hold(EDITOR)
        for each in both:
            each.start()
        wait_until(lambda: lock_waiters() == 2, "both wait")
    for each in both:
        each.join(60)

    assert None not in [each.answer for each in both]
    assert Computation.objects.get().state == "done"
