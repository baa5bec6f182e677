"""Counting for somebody at a page: at once from a sample, then exactly by a worker, never more than one at a time.

A question is asked under the token of an editor. It is answered from an answer that still holds, else estimated in the
request and put where the workers look. Whoever asks something else under the same token stops what runs under it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.requests import whole_number
from segments import audience
from segments.context import Context, Everyone, Sampled
from segments.models import Computation
from segments.parse import TreeError
from segments.reach import cache, work
from segments.reading import Cancelled, TooSlow
from segments.registry import Json

State = Computation.State
PATIENCE = timedelta(seconds=5)  # then the page says that no worker answers


@dataclass(frozen=True, slots=True)
class Question:
    """`kind` is a name of `registry.COUNTERS`; of `asked`, what its counter reads, `counted` decides the answer."""

    kind: str
    asked: Json
    counted: Json


@dataclass(frozen=True, slots=True)
class Answer:
    """`found` is what the counter made of everybody, or of the sample of `of` people; None: nothing is known yet.

    `waits` is the computation that will say it exactly, `is_late` that no worker took it up; `trouble` says why there
    will be no exact answer.
    """

    found: Json | None
    at: datetime
    seconds: float = 0.0
    of: int | None = None
    waits: int | None = None
    is_late: bool = False
    trouble: str = ""

    @property
    def is_exact(self) -> bool:
        return self.found is not None and self.of is None

    @property
    def milliseconds(self) -> int:
        return max(1, round(self.seconds * 1000))

    def people(self, found: int) -> tuple[int, int]:
        """All people from those found, give or take so many (95 %)."""
        return (found, 0) if self.of is None else audience.scaled(found, of=self.of)


def editor_of(token: str) -> uuid.UUID:
    """The token of a page; without one, nothing of before is stopped."""
    try:
        return uuid.UUID(hex=token)
    except ValueError:
        return uuid.uuid4()


def turn_of(given: str) -> int:
    """What a page says of its question's place among its others."""
    return whole_number(given) or 0


def ask(question: Question, *, editor: uuid.UUID, context: Context, turn: int = 0, again: bool = False) -> Answer:
    """The best answer that is to be had within two seconds; `again` takes none that is there already. `turn` rises with
    each question of the editor: they may come in another order than they were asked.

    Raises Cancelled where the same editor asked something newer meanwhile.
    """
    key, version = cache.key_of(question.kind, question.counted, context), cache.version()
    with transaction.atomic():
        work.hold(editor)  # a page asks twice for one thing when its parts load: the second finds what the first began
        known = None if again else cache.known(key, version, context)
        begun = None if again or known else work.open_of(editor).filter(key=key).order_by("-pk").first()
        if begun is not None:
            work.keep_turn(begun, turn)
            return answer_of(begun, context.now)
        if work.is_late(editor, turn, key):
            raise Cancelled("Something newer is counted.")
        work.give_up(editor)
        if known is not None:
            return answer_of(known, context.now)
        computation = Computation.objects.create(
            kind=question.kind,
            question=question.asked,
            key=key,
            version=version,
            editor=editor,
            turn=turn,
            asked_at=context.now,
        )
    estimate(computation, context)
    if computation.state == State.CANCELLED:
        raise Cancelled("Something newer is counted.")
    return answer_of(computation, context.now)


def find(pk: int, *, now: datetime, kind: str = "", asked: Mapping[str, object] = {}) -> Answer | None:
    """What became of a computation of this kind, whose question has what is `asked`; None where nobody wants to know
    any more."""
    wanted = Computation.objects.filter(pk=pk).exclude(state=State.CANCELLED)
    if kind:
        wanted = wanted.filter(kind=kind, question__contains=dict(asked))
    computation = wanted.first()
    return answer_of(computation, now) if computation else None


def estimate(computation: Computation, context: Context) -> None:
    """From the sample, or exactly where there are few people; what is not exact then waits for a worker."""
    try:
        if audience.are_few():
            work.count(computation, Everyone(), context, audience.SAMPLE_SECONDS)
            return
        work.count(computation, Sampled(), context, audience.SAMPLE_SECONDS)
    except TooSlow:
        pass  # the page says so; the exact number has more time
    except TreeError as error:
        work.move(computation, State.FAILED, trouble=str(error))
        return
    work.move(computation, State.WAITING)


def answer_of(computation: Computation, now: datetime) -> Answer:
    at, seconds = computation.answered_at or computation.asked_at, computation.seconds or 0.0
    if computation.state == State.DONE:
        return Answer(computation.answer, at, seconds)
    sampled = Answer(computation.sample, at, seconds, computation.sample_of)
    if computation.state == State.FAILED:
        return replace(sampled, trouble=computation.trouble)
    is_late = computation.state == State.WAITING and now - computation.asked_at > PATIENCE
    return replace(sampled, waits=computation.pk, is_late=is_late)
