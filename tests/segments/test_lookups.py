"""People are looked up one by one only where that is quick; where it proves slow, the other way answers in time."""

from typing import Any

import pytest
from django.db import connection
from psycopg.sql import SQL

from segments.lookups import MOST, looks_up
from segments.reading import Asker, Cancelled, answers
from tests.segments.making import did, person

LOOKUP = {"Node Type": "Index Only Scan", "Index Cond": "(profile_id = p.id)", "Plan Rows": 1}
FEW = {"Node Type": "Seq Scan", "Plan Rows": 100}
# Slow as long as nested loops are allowed.
SLOW = SQL(
    "SELECT count(*) FROM people_profileevent s JOIN people_profile p ON p.id = s.profile_id"
    " WHERE CASE current_setting('enable_nestloop') WHEN 'on' THEN pg_sleep(30) IS NOT NULL ELSE TRUE END"
)


def loop(outer: dict[str, Any], inner: dict[str, Any], kind: str = "Nested Loop") -> dict[str, Any]:
    return {"Node Type": kind, "Plan Rows": 1, "Plans": [outer, inner]}


@pytest.mark.parametrize(
    "plan",
    [
        loop(FEW, LOOKUP),
        loop(loop(FEW, LOOKUP), {**LOOKUP, "Node Type": "Index Scan", "Index Cond": "(id = e_1.profile_id)"}),
        loop(FEW, {"Node Type": "Memoize", "Plan Rows": 1, "Plans": [LOOKUP]}),
        loop(FEW, {**LOOKUP, "Index Cond": "((profile_id = p.id) AND (name_id = 7))"}),
        {"Node Type": "Aggregate", "Plans": [loop(loop(FEW, LOOKUP), FEW, kind="Hash Join")]},
    ],
)
def test_loops_of_look_ups_by_person_are_taken(plan: dict[str, Any]) -> None:
    assert looks_up(plan)


@pytest.mark.parametrize(
    "plan",
    [
        FEW,
        loop(FEW, LOOKUP, kind="Hash Join"),
        loop(FEW, FEW),
        loop(FEW, {"Node Type": "Materialize", "Plan Rows": 1, "Plans": [LOOKUP]}),
        loop(FEW, {**LOOKUP, "Index Cond": "(name_id = 7)"}),
        loop(FEW, {**LOOKUP, "Index Cond": "(profile_id = 7)"}),
        loop(FEW, {"Node Type": "Index Only Scan", "Plan Rows": 1}),
        loop({**FEW, "Plan Rows": MOST + 1}, LOOKUP),
        loop(loop(FEW, FEW), LOOKUP),
    ],
)
def test_any_other_loop_is_not(plan: dict[str, Any]) -> None:
    assert not looks_up(plan)


@pytest.fixture
def one_of_many(event_table: None) -> None:
    """Only one person did anything, and the planner knows it."""
    did(person("ana"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (properties, bucket, created_at, updated_at)"
            " SELECT '{}', 0, now(), now() FROM generate_series(1, 5000)"
        )
        cursor.execute("ANALYZE people_profile, people_profileevent")


@pytest.mark.django_db
@pytest.mark.usefixtures("one_of_many")
def test_look_ups_that_take_long_give_way_to_hashes() -> None:
    assert [tuple(row) for row in answers(SLOW, seconds=20)] == [(1,)]


@pytest.mark.django_db
@pytest.mark.usefixtures("one_of_many")
def test_look_ups_that_somebody_stopped_are_not_asked_again() -> None:
    current = iter([True])

    with pytest.raises(Cancelled):
        answers(SLOW, seconds=20, asker=Asker("reach:test", lambda: next(current, False), float("inf")))
