"""The rows behind what is counted for a page: who counts which, under whose name, and what becomes of it."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from segments import audience
from segments.context import Context, Everyone, People, Sampled
from segments.models import Computation
from segments.parse import TreeError
from segments.reach import cache
from segments.reading import Asker, Cancelled, TooSlow, cancel
from segments.registry import COUNTERS

logger = logging.getLogger(__name__)
State = Computation.State
BROKEN = "Something went wrong here. It is in the log; count again to try again."
GRACE = timedelta(seconds=5)  # beyond the time limit of the question, until its lease is over


def due(now: datetime, limit: int) -> list[int]:
    """The ids of what waits for a worker, or was left by one that died, the oldest first; index computation_queue."""
    found = Computation.objects.filter(free(now), state__in=(State.WAITING, State.RUNNING))
    return list(found.order_by("asked_at").values_list("pk", flat=True)[:limit])


def compute(pk: int, *, clock: Callable[[], datetime]) -> None:
    """Count exactly, if that is still wanted and nobody else does. Safe to call twice, or by two workers."""
    computation = claim(pk, now=clock())
    if computation is None:
        return
    # Read before counting: what is written meanwhile may be counted or not.
    computation.version = cache.version()
    try:
        count(computation, Everyone(), audience.current(clock()), settings.STATEMENT_TIMEOUT_SECONDS)
    except Cancelled:
        pass
    except (TooSlow, TreeError) as error:
        move(computation, State.FAILED, trouble=str(error))
    except Exception:  # whatever it is, it must not be asked again and again
        logger.exception("Computation %d broke", pk)
        move(computation, State.FAILED, trouble=BROKEN)


def count(computation: Computation, people: People, context: Context, seconds: float) -> None:
    """Let its counter answer, of everybody or of the sample. Raises TooSlow, Cancelled and TreeError."""
    started, counter = time.monotonic(), COUNTERS[computation.kind]
    asker = Asker(name_of(computation.editor), lambda: is_current(computation), started + seconds)
    found = counter.count(computation.question, replace(context, people=people), asker)
    took = time.monotonic() - started
    if isinstance(people, Sampled):
        of = audience.sample_size(context)
        move(computation, State.SAMPLING, sample=found, sample_of=of, seconds=took, answered_at=context.now)
    elif move(computation, State.DONE, answer=found, seconds=took, answered_at=context.now) and counter.keep:
        counter.keep(computation.question, found, context.now)


def hold(editor: uuid.UUID) -> None:
    """To the end of the transaction nobody else begins something for this editor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('segments.reach'), hashtext(%s))", [editor.hex])


def is_late(editor: uuid.UUID, turn: int, key: uuid.UUID) -> bool:
    """Whether this editor asked something else in a later turn."""
    newer = Computation.objects.filter(editor=editor, turn__gt=turn).order_by("-turn").first()
    return newer is not None and newer.key != key


def keep_turn(computation: Computation, turn: int) -> None:
    """It is asked for again: what was asked between does not stop it."""
    Computation.objects.filter(pk=computation.pk, turn__lt=turn).update(turn=turn)


def give_up(editor: uuid.UUID, turn: int | None = None) -> None:
    """Nobody waits any more for what this editor asked, up to this turn: what runs for it is stopped."""
    asked = open_of(editor) if turn is None else open_of(editor).filter(turn__lte=turn)
    if asked.update(state=State.CANCELLED):
        cancel(name_of(editor))


def open_of(editor: uuid.UUID) -> QuerySet[Computation]:
    return Computation.objects.filter(editor=editor, state__in=Computation.OPEN)


def is_current(computation: Computation) -> bool:
    """Nobody gave it up, and its editor asked nothing newer."""
    newest = Computation.objects.filter(editor=computation.editor).order_by("-pk").values_list("pk", "state").first()
    return newest is not None and newest[0] == computation.pk and newest[1] in Computation.OPEN


def claim(pk: int, *, now: datetime) -> Computation | None:
    """It is the caller's until its lease ends; None where it is somebody's, or done, or not wanted any more."""
    lease, until = uuid.uuid4(), now + timedelta(seconds=settings.STATEMENT_TIMEOUT_SECONDS) + GRACE
    Computation.objects.filter(free(now), pk=pk).update(state=State.RUNNING, lease=lease, lease_until=until)
    return Computation.objects.filter(pk=pk, lease=lease).first()


def free(now: datetime) -> Q:
    return Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=now)


def move(computation: Computation, state: str, **fields: object) -> bool:
    """Into another state, if it is still wanted and nobody took it over; says whether it is."""
    if state in (State.DONE, State.FAILED):
        fields["version"] = computation.version
    mine = Computation.objects.filter(pk=computation.pk, lease=computation.lease, state__in=Computation.OPEN)
    if not mine.update(state=state, **fields):
        computation.state = State.CANCELLED
        return False
    for name, value in {"state": state, **fields}.items():
        setattr(computation, name, value)
    return True


def name_of(editor: uuid.UUID) -> str:
    """Of the connection that counts for it."""
    return f"reach:{editor.hex}"
