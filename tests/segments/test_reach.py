"""Counting for somebody at a page: estimated at once, exact by a worker, one at a time, remembered while it holds."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from psycopg.sql import SQL

from segments import audience, tasks
from segments.context import Context, Everyone, Sampled
from segments.models import Computation
from segments.parse import parse
from segments.reach import asking, cache, counters, work
from segments.reading import Asker, Cancelled, answers
from segments.registry import COUNTERS, Counter, Json
from tests.segments.making import SPANISH, person, rule, segment
from tests.stack import wait_until

pytestmark = pytest.mark.django_db

State = Computation.State
EDITOR = uuid.UUID(int=1)
SPEAKERS = counters.how_many(parse(rule(SPANISH)))
OTHERS = counters.how_many(parse(rule({**SPANISH, "value": ["pt"]})))


@pytest.fixture
def many() -> None:
    """So many people that they are not counted one by one at once; every other one of the sample speaks Spanish."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (id, language, properties, bucket, created_at, updated_at)"
            " SELECT n, CASE WHEN n / 64 % 2 = 0 THEN 'es' END, '{}', 0, now(), now() FROM generate_series(64, 21119) n"
        )


@pytest.fixture
def counted() -> Iterator[list[object]]:
    """Which people the counter of segments was asked for, each time."""
    asked: list[object] = []
    own = COUNTERS[counters.PEOPLE]

    def count(question: Json, context: Context, asker: Asker) -> Json:
        asked.append(context.people)
        return own.count(question, context, asker)

    COUNTERS[counters.PEOPLE] = Counter(count)
    yield asked
    COUNTERS[counters.PEOPLE] = own


def ask(question: asking.Question = SPEAKERS, editor: uuid.UUID = EDITOR, *, again: bool = False) -> asking.Answer:
    return asking.ask(question, editor=editor, context=audience.current(), again=again)


def states() -> list[str]:
    return list(Computation.objects.order_by("pk").values_list("state", flat=True))


def test_few_people_are_counted_exactly_at_once_and_no_worker_is_needed() -> None:
    person("ana", language="es")

    answer = ask()

    assert (answer.found, answer.is_exact, answer.waits) == ({"people": 1}, True, None)
    assert tasks.due(timezone.now(), 4) == []


@pytest.mark.usefixtures("many")
def test_many_people_are_estimated_and_a_worker_counts_them() -> None:
    estimate = ask()
    assert estimate.waits is not None

    assert tasks.due(timezone.now(), 4) == [("segments.reach", estimate.waits)]
    tasks.TASKS["segments.reach"](estimate.waits, 0)
    exact = asking.find(estimate.waits, now=timezone.now())

    assert (estimate.people(estimate.found["people"]), estimate.is_exact) == ((10500, 1200), False)  # type: ignore[index]  # it is there
    assert exact is not None
    assert (exact.found, exact.is_exact, exact.waits) == ({"people": 10496}, True, None)
    assert tasks.due(timezone.now(), 4) == []


@pytest.mark.usefixtures("many")
def test_the_same_question_is_answered_again_without_counting(counted: list[object]) -> None:
    first = ask()
    work.compute(first.waits or 0, clock=timezone.now)

    second = ask(editor=uuid.uuid4())

    assert (second.found, second.is_exact) == ({"people": 10496}, True)
    assert counted == [Sampled(), Everyone()]


def test_count_again_counts_again(counted: list[object]) -> None:
    ask()

    ask(again=True)

    assert counted == [Everyone(), Everyone()]


def test_an_answer_is_not_given_on_another_day_nor_after_minutes(counted: list[object]) -> None:
    context = audience.current()
    later = [context.now + cache.MAX_AGE + timedelta(seconds=1), context.now + timedelta(days=1)]

    asking.ask(SPEAKERS, editor=EDITOR, context=context)
    for now in later:
        asking.ask(SPEAKERS, editor=EDITOR, context=replace(context, now=now))

    assert counted == [Everyone()] * 3


@pytest.mark.django_db(transaction=True)
def test_new_data_makes_it_fresh(counted: list[object]) -> None:
    person("ana", language="es")
    flush()
    ask()
    ask()
    person("eva", language="es")
    flush()

    answer = ask()

    assert answer.found == {"people": 2}
    assert counted == [Everyone()] * 2


@pytest.mark.django_db(transaction=True)
def test_events_of_every_partition_count_as_new_data(event_table: None) -> None:
    flush()
    before = cache.version()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_event (profile_id, name_id, at, properties) SELECT 1, 1, at, '{}'"
            " FROM generate_series('2026-01-15'::timestamptz, '2026-03-15', '1 month') at"
        )
    flush()

    assert int(cache.version().split("-")[0]) - int(before.split("-")[0]) == 3


def flush() -> None:
    """PostgreSQL hands on what it counted at once, not some seconds later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    connection.close()


@pytest.mark.usefixtures("many")
def test_an_editor_has_one_computation_and_the_one_before_is_never_answered() -> None:
    first = ask(SPEAKERS)
    second = ask(OTHERS)

    work.compute(first.waits or 0, clock=timezone.now)

    assert states() == [State.CANCELLED, State.WAITING]
    assert asking.find(first.waits or 0, now=timezone.now()) is None
    assert tasks.due(timezone.now(), 4) == [("segments.reach", second.waits)]


@pytest.mark.usefixtures("many")
def test_another_editor_is_left_alone() -> None:
    ask(SPEAKERS)
    ask(OTHERS, uuid.uuid4())

    assert states() == [State.WAITING, State.WAITING]


@pytest.mark.usefixtures("many")
def test_two_parts_of_a_page_that_ask_the_same_wait_for_one_computation(counted: list[object]) -> None:
    first = ask()

    second = ask()

    assert (second.waits, second.found, counted) == (first.waits, first.found, [Sampled()])


@pytest.mark.usefixtures("many")
def test_an_answer_that_comes_too_late_is_thrown_away() -> None:
    """The editor asks something else while the worker counts."""
    own = COUNTERS[counters.PEOPLE]
    first = ask()

    def count(question: Json, context: Context, asker: Asker) -> Json:
        work.give_up(EDITOR)
        return {"people": 1}

    COUNTERS[counters.PEOPLE] = Counter(count)
    try:
        work.compute(first.waits or 0, clock=timezone.now)
    finally:
        COUNTERS[counters.PEOPLE] = own

    assert list(Computation.objects.values_list("state", "answer")) == [(State.CANCELLED, None)]


@pytest.mark.usefixtures("many")
def test_what_a_dead_worker_left_is_found_due_again_and_its_late_answer_is_refused() -> None:
    waits = ask().waits or 0
    now = timezone.now()
    dead = work.claim(waits, now=now)
    assert dead is not None
    later = now + timedelta(seconds=36)

    assert work.due(now + timedelta(seconds=30), 4) == []
    assert work.due(later, 4) == [waits]
    second = work.claim(waits, now=later)
    assert second is not None
    assert work.claim(waits, now=later) is None
    assert work.move(dead, State.DONE, answer={"people": 1}, answered_at=now) is False
    assert work.move(second, State.DONE, answer={"people": 2}, answered_at=later) is True

    assert list(Computation.objects.values_list("state", "answer")) == [(State.DONE, {"people": 2})]


@pytest.mark.usefixtures("many")
def test_what_waits_too_long_says_that_no_worker_answers() -> None:
    waits = ask().waits or 0
    now = timezone.now()

    soon, late = (asking.find(waits, now=now + timedelta(seconds=seconds)) for seconds in (1, 9))

    assert soon is not None
    assert late is not None
    assert (soon.is_late, late.is_late) == (False, True)


def test_a_rule_that_refers_to_what_is_gone_says_so() -> None:
    answer = ask(counters.how_many(parse(rule({"segment": 9, "is": "in"}))))

    assert (answer.found, answer.waits) == (None, None)
    assert answer.trouble == "A segment that this rule needs was deleted."


@pytest.mark.usefixtures("many")
def test_a_computation_that_breaks_says_so_and_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    own = COUNTERS[counters.PEOPLE]
    waits = ask().waits or 0

    def broken(question: Json, context: Context, asker: Asker) -> Json:
        raise ZeroDivisionError

    COUNTERS[counters.PEOPLE] = Counter(broken)
    try:
        with caplog.at_level("ERROR"):
            work.compute(waits, clock=timezone.now)
    finally:
        COUNTERS[counters.PEOPLE] = own

    found = asking.find(waits, now=timezone.now())
    assert found is not None
    assert (found.trouble, found.waits) == (work.BROKEN, None)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("fields", [{"kind": "unknown"}, {"question": []}, {"question": {"tree": 5}}])
def test_a_computation_that_cannot_be_read_fails_in_words(creator: Client, fields: dict[str, object]) -> None:
    row = {"kind": counters.PEOPLE, "question": {}, "key": EDITOR, "version": "", "editor": EDITOR}
    waits = Computation.objects.create(**{**row, "state": State.WAITING, **fields}).pk

    answer = creator.post(f"/segments/counts/{waits}/now")

    assert answer.status_code == 204
    assert states() == ["failed"]


@pytest.mark.parametrize("wrong", [{}, [], "x", {"people": None}, {"people": 1, "channels": {}}, 7])
def test_an_answer_that_cannot_be_read_is_shown_as_none(creator: Client, wrong: object) -> None:
    kept = segment()
    for kind in (counters.PEOPLE, counters.BREAKDOWN):
        asked = {"segment": kept.pk, "tree": kept.tree}
        row = Computation.objects.create(
            kind=kind, question=asked, key=EDITOR, version="", editor=EDITOR, state=State.DONE, answer=wrong
        )
        path = f"/segments/counts/{row.pk}" if kind == counters.PEOPLE else f"/segments/{kept.pk}/reach?count={row.pk}"

        answer = creator.get(path)

        assert answer.status_code == 200
        if kind == counters.BREAKDOWN or not isinstance(wrong, dict) or not wrong.get("people"):
            assert work.BROKEN in answer.content.decode()


def test_a_page_shows_the_numbers_of_its_own_segment_only(creator: Client) -> None:
    ours, theirs = segment("Ours"), segment("Theirs")
    person("ana", language="es")
    tree = parse(ours.tree)
    people = asking.ask(counters.how_many(tree), editor=EDITOR, context=audience.current())
    other = asking.ask(counters.broken_down(tree, theirs.pk), editor=uuid.uuid4(), context=audience.current())
    assert people.found == {"people": 1}
    assert other.found

    shown = [
        creator.get(f"/segments/{ours.pk}/reach?count={each.pk}").content.decode()
        for each in Computation.objects.order_by("pk")
    ]

    assert len(shown) == 2
    assert ["Not counted" in each for each in shown] == [True, True]


def test_old_computations_go() -> None:
    context = audience.current()
    asking.ask(SPEAKERS, editor=EDITOR, context=replace(context, now=context.now - timedelta(minutes=61)))
    asking.ask(OTHERS, editor=EDITOR, context=replace(context, now=context.now - timedelta(minutes=59)))

    cache.purge(context.now)

    assert Computation.objects.count() == 1


FOREVER = 1e12
SLOW = SQL("SELECT count(*) FROM generate_series(1, 1000000000) n WHERE n % 7 = 3")


class Slow(threading.Thread):
    """A question that takes minutes, on a connection of its own, under the name of an editor."""

    def __init__(self, name: str, *, is_current: bool = True) -> None:
        super().__init__(daemon=True)
        self.asker = Asker(name, lambda: is_current, FOREVER)
        self.ended: Exception | None = None

    def run(self) -> None:
        try:
            answers(SLOW, asker=self.asker)
        except Exception as error:
            self.ended = error
        finally:
            connections.close_all()


def wait_until_it_runs(name: str) -> None:
    running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND query LIKE %s AND state = 'active'"

    def runs() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(running, [name, "%generate_series(1, 1000000000)%"])
            return bool(cursor.fetchone() == (1,))

    wait_until(runs, "the slow question has begun")


@pytest.mark.django_db(transaction=True)
def test_a_newer_question_really_stops_the_one_before_it() -> None:
    slow = Slow("reach:one")
    slow.start()
    wait_until_it_runs("reach:one")

    found = answers(SQL("SELECT 1"), asker=Asker("reach:one", lambda: True, FOREVER))
    slow.join(60)

    assert found == [(1,)]
    assert isinstance(slow.ended, Cancelled)


@pytest.mark.django_db(transaction=True)
def test_giving_up_stops_what_runs_for_the_editor_and_nobody_else() -> None:
    Computation.objects.create(
        kind="segments.people", question={}, key=EDITOR, version="", editor=EDITOR, state=State.RUNNING
    )
    mine, other = Slow(work.name_of(EDITOR)), Slow("reach:other")
    for each in (mine, other):
        each.start()
        wait_until_it_runs(each.asker.name)

    work.give_up(EDITOR)
    mine.join(60)
    assert (isinstance(mine.ended, Cancelled), other.is_alive()) == (True, True)

    answers(SQL("SELECT 1"), asker=other.asker)
    other.join(60)


def test_an_older_question_never_stops_a_newer_one() -> None:
    with pytest.raises(Cancelled):
        answers(SQL("SELECT 1"), asker=Asker("reach:one", lambda: False, FOREVER))
