"""Questions of one page that come at once, or in another order than they were asked."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from segments import audience
from segments.models import Computation
from segments.parse import parse
from segments.reach import asking, cache, counters, work
from segments.reading import Cancelled
from tests.segments.making import SPANISH, person, rule
from tests.stack import lock_waiters, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

EDITOR = uuid.UUID(int=1)
SPEAKERS = counters.how_many(parse(rule(SPANISH)))
OTHERS = counters.how_many(parse(rule({**SPANISH, "value": ["pt"]})))


def ask(question: asking.Question, *, turn: int = 0) -> asking.Answer:
    return asking.ask(question, editor=EDITOR, turn=turn, context=audience.current())


class Asking(threading.Thread):
    """On a connection of its own; `answer` is None where it was told that something newer is counted."""

    answer: asking.Answer | None = None

    def run(self) -> None:
        try:
            self.answer = ask(SPEAKERS)
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


def test_a_question_that_comes_late_does_not_stop_the_one_that_was_asked_after_it() -> None:
    ask(OTHERS, turn=8)

    with pytest.raises(Cancelled):
        ask(SPEAKERS, turn=7)
    assert ask(SPEAKERS, turn=9).found == {"people": 0}


def test_a_question_that_comes_late_is_answered_where_the_later_one_asks_the_same() -> None:
    later = ask(SPEAKERS, turn=8)

    assert ask(SPEAKERS, turn=7).found == later.found == {"people": 0}


def test_what_was_asked_between_does_not_stop_what_is_asked_again() -> None:
    context = audience.current()
    waiting = Computation.objects.create(
        kind=SPEAKERS.kind,
        question=SPEAKERS.asked,
        key=cache.key_of(SPEAKERS.kind, SPEAKERS.counted, context),
        version="",
        editor=EDITOR,
        turn=1,
        state="waiting",
    )

    assert ask(SPEAKERS, turn=3).waits == waiting.pk
    with pytest.raises(Cancelled):
        ask(OTHERS, turn=2)
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_a_rule_that_comes_late_and_cannot_be_read_stops_nothing_that_was_asked_after_it() -> None:
    waiting = Computation.objects.create(
        kind=SPEAKERS.kind, question={}, key=EDITOR, version="", editor=EDITOR, turn=8, state="waiting"
    )

    stands = []
    for turn in (7, 8):
        work.give_up(EDITOR, turn)
        waiting.refresh_from_db()
        stands.append(waiting.state)
    assert stands == ["waiting", "cancelled"]
