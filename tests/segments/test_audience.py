"""Counts, samples, examples and explanations, and what keeps them harmless."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import InternalError, connection
from psycopg.sql import SQL, Literal

from people.models import Profile
from people.registry import EVENT_RELATIONS, EventRelation
from segments import audience
from segments.checks import Mismatch, mismatches
from segments.context import Ids
from segments.names import refuse_unknown_names
from segments.parse import TreeError, parse
from segments.reading import TooSlow, answers, reader
from segments.tree import All
from tests.segments.making import CHARGED, CONTEXT, SPANISH, did, person, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]

TWICE = {**CHARGED, "count": {"operator": "greater_than_equals", "value": 2}}
NOT_LATELY = {"did_not": "Charged", "period": {"last": 60, "unit": "days"}}


def test_the_first_job_finds_who_bought_twice_and_not_lately() -> None:
    wanted = person("wanted")
    did(wanted, days_ago=200)
    did(wanted, days_ago=61.5)
    recent = person("recent")
    did(recent, days_ago=200)
    did(recent, days_ago=60)
    did(person("once"), days_ago=200)
    person("never")

    tree = parse(rule(TWICE, NOT_LATELY))

    assert [each.identity for each in audience.examples(tree, CONTEXT)] == ["wanted"]
    assert audience.count(tree, CONTEXT).people == 1
    assert answers(audience.select(tree, now=CONTEXT.now, zone=CONTEXT.zone)) == [(wanted.pk,)]


EDGE = {"from": "2026-03-29", "to": "2026-03-29"}
EDGES = [
    ({"last": 1, "unit": "days"}, ["first", "last", "after"]),
    ({"last": 24, "unit": "hours"}, ["last", "after"]),
    ({"from": "2026-03-29"}, ["first", "last", "after"]),
    ({"to": "2026-03-29"}, ["before", "first", "last"]),
    (EDGE, ["first", "last"]),
    ("ever", ["before", "first", "last", "after"]),
]


@pytest.mark.parametrize(("period", "expected"), EDGES)
@pytest.mark.parametrize("where", [[], [{"property": "x", "type": "text", "operator": "missing"}]])
def test_a_day_begins_at_its_first_instant_and_ends_before_the_next(
    period: object, expected: list[str], where: list[object]
) -> None:
    """The day that Berlin's clocks went forward, which has 23 hours; from the summary and from the events."""
    berlin = replace(CONTEXT, zone=ZoneInfo("Europe/Berlin"))
    midnight, next_midnight = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    moments = [midnight - instant, midnight, next_midnight - instant, next_midnight]
    for name, at in zip(["before", "first", "last", "after"], moments, strict=True):
        did(person(name), days_ago=(CONTEXT.now - at) / timedelta(days=1))

    found = audience.examples(parse(rule({"did": "Charged", "period": period, "where": where})), berlin)

    assert [each.identity for each in found] == expected


def test_a_rule_with_an_event_that_nobody_did_finds_nobody_and_its_opposite_everybody() -> None:
    person("somebody")

    assert audience.count(parse(rule({"did": "Flown", "period": "ever"})), CONTEXT).people == 0
    assert audience.count(parse(rule({"did_not": "Flown", "period": "ever"})), CONTEXT).people == 1


def test_an_event_relation_of_another_app_is_read_as_events() -> None:
    sent, other = person("sent"), person("other")
    relation = SQL("(SELECT {}::bigint AS profile_id, {}::timestamptz AS at, '{{\"run\": 3}}'::jsonb AS properties)")
    EVENT_RELATIONS.append(EventRelation("Told", relation.format(Literal(sent.pk), Literal(CONTEXT.now))))
    where = [{"property": "run", "type": "number", "operator": "equals", "value": 3}]
    told = parse(rule({"did": "Told", "period": {"last": 1, "unit": "days"}, "where": where}))
    try:
        assert [each.pk for each in audience.examples(told, CONTEXT)] == [sent.pk]
        assert audience.explain(told, other, CONTEXT).is_in is False
        refuse_unknown_names(parse(rule({"did": "Told", "period": "ever"})))
    finally:
        EVENT_RELATIONS.pop()


def test_examples_are_the_first_people_by_id() -> None:
    people = [person(str(number), language="es") for number in range(7)]

    assert audience.examples(parse(rule(SPANISH)), CONTEXT) == people[:5]


def test_few_people_are_counted_exactly_at_once() -> None:
    person("a", language="es")
    person("b", language="pt")

    reach = audience.sample_count(parse(rule(SPANISH)), CONTEXT)

    assert (reach.people, reach.margin, reach.is_exact, reach.at) == (1, 0, True, CONTEXT.now)


def test_many_people_are_estimated_from_one_in_64() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (id, language, properties, bucket, created_at, updated_at)"
            " SELECT n, CASE WHEN n / 64 % 2 = 0 THEN 'es' END, '{}', 0, now(), now() FROM generate_series(64, 21119) n"
        )

    half = audience.sample_count(parse(rule(SPANISH)), CONTEXT)
    nobody = audience.sample_count(parse(rule({**SPANISH, "value": ["fr"]})), CONTEXT)

    assert (half.people, half.margin, half.is_exact) == (10500, 1200, False)
    assert (nobody.people, nobody.margin, nobody.is_exact) == (0, 250, False)


@pytest.mark.parametrize(("found", "of"), [(0, 0), (0, 1), (1, 1), (5, 10_000), (100, 15_625), (15_625, 15_625)])
def test_the_margin_reaches_both_ends_of_wilsons_interval(found: int, of: int) -> None:
    people, margin = audience.scaled(found, of=of)

    z, share = 1.96, found / max(of, 1)
    half = z * math.sqrt(share * (1 - share) / max(of, 1) + z * z / (4 * max(of, 1) ** 2))
    low, high = ((share + z * z / (2 * max(of, 1)) + sign * half) / (1 + z * z / max(of, 1)) for sign in (-1, 1))
    step = 10 ** max(0, len(str(margin)) - 2)
    assert abs(people - 64 * found) <= step / 2
    assert not of or (margin >= 64 * of * high - 64 * found - 1 and margin >= 64 * found - 64 * of * low - 1)
    assert margin % step == 0


def test_questions_cannot_write() -> None:
    with pytest.raises(InternalError, match="read-only"):
        answers(SQL("INSERT INTO people_eventname (name) VALUES ('x') RETURNING id"))


def test_a_question_that_runs_too_long_is_stopped_and_says_so() -> None:
    with pytest.raises(TooSlow, match="This took longer"):
        answers(SQL("SELECT pg_sleep(5)"), seconds=0.05)


def test_other_failures_of_the_database_are_not_hidden() -> None:
    with pytest.raises(Exception, match="division by zero"), reader(1) as cursor:
        cursor.execute("SELECT 1 / 0")


@pytest.mark.parametrize(
    "name",
    ["statement_timeout", "enable_nestloop", "work_mem", "jit", "parallel_tuple_cost", "transaction_read_only"],
)
def test_the_settings_of_a_question_end_with_it(name: str) -> None:
    setting = SQL("SELECT current_setting({})").format(Literal(name))
    with connection.cursor() as cursor:
        cursor.execute(setting)
        before = cursor.fetchone()

        assert answers(setting, seconds=1) != [before]

        cursor.execute(setting)
        assert cursor.fetchone() == before


def test_a_chunk_of_ids_narrows_every_part_of_the_query() -> None:
    first, second = person("first"), person("second")
    for each in (first, second):
        did(each)
        did(each)
    tree = parse(rule({"any": [TWICE, SPANISH]}))

    chunk = replace(CONTEXT, people=Ids(first.pk, second.pk))

    assert [each.identity for each in audience.examples(tree, chunk)] == ["second"]


def test_people_who_were_just_imported_are_found_in_time_though_the_planner_knows_nothing_of_them() -> None:
    """Compared each with each, as a planner without statistics likes to, this takes longer than the limit."""
    did(person("first"), days_ago=100)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (identity, properties, bucket, created_at, updated_at)"
            " SELECT n::text, '{}', 0, now(), now() FROM generate_series(1, 20000) n RETURNING id"
        )
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO people_profileevent (profile_id, name_id, count, first_at, last_at)"
            " SELECT p.id, s.name_id, 2, s.first_at, s.last_at FROM people_profile p, people_profileevent s"
            " WHERE p.identity <> 'first'"
        )
    chunk = replace(CONTEXT, people=Ids(ids[0] - 1, ids[-1]))

    assert audience.count(parse(rule(TWICE, NOT_LATELY)), chunk).people == 20000


def test_an_explanation_shows_what_each_condition_saw() -> None:
    properties = {"points": 12.5, "tags": ["a", "b"], "vip": True, "o": {"x": 1}}
    asked = person("asked", language="pt", bucket=7, properties=properties)
    did(asked, days_ago=30, amount=10)
    did(asked, days_ago=2, amount=2.5)
    did(asked, "Viewed", days_ago=2)
    total = {"property": "amount", "operator": "greater_than", "value": 12}
    exists = {"operator": "exists"}
    where = [{"property": "x", "type": "text", **exists}]
    tree = parse(
        rule(
            SPANISH,
            {"none": [{"bucket": {"from": 0, "to": 5}}]},
            TWICE,
            {"did": "Charged", "period": {"from": "2020-01-01", "to": "2030-01-01"}, "sum": total},
            {"did_not": "Flown", "period": "ever"},
            {"did": "Viewed", "period": {"last": 24, "unit": "hours"}, "where": where},
            {"did": "Viewed", "period": "ever"},
            {"any": [
                {"property": "points", "type": "number", **exists},
                {"property": "tags", "type": "list", **exists},
                {"property": "vip", "type": "boolean", **exists},
                {"property": "o", "type": "text", **exists},
                {"property": "city", "type": "text", **exists},
            ]},
        )
    )  # fmt: skip

    explanation = audience.explain(tree, asked, CONTEXT)

    assert explanation.is_in is False
    assert [(each.depth, each.words, each.holds, each.saw) for each in explanation.findings] == [
        (0, "all of these", False, ""),
        (1, "whose language is “Spanish (es)”", False, "“Portuguese (pt)”"),
        (1, "none of these", True, ""),
        (2, "in buckets 0 to 5", False, "bucket 7"),
        (1, "who did Charged at least 2 times", True, "2 times, from 28 February 2026 to 28 March 2026"),
        (
            1,
            "who did Charged with a total amount of more than 12 from 1 January 2020 to 1 January 2030",
            True,
            "2 times, from 28 February 2026 to 28 March 2026, 12.5 in total",
        ),
        (1, "who did not do Flown", True, "never"),
        (1, "who did Viewed in the last 24 hours where x has a value", False, "never"),
        (1, "who did Viewed", True, "once, on 28 March 2026"),
        (1, "any of these", True, ""),
        (2, "whose points has a value", True, "12.5"),
        (2, "whose tags has a value", True, "“a”, “b”"),
        (2, "whose vip has a value", True, "yes"),
        (2, "whose o has a value", True, '{"x": 1}'),
        (2, "whose city has a value", False, "no value"),
    ]


def test_an_explanation_of_somebody_who_was_just_erased_says_so() -> None:
    gone = person("gone")
    copy = Profile.objects.get(pk=gone.pk)
    gone.delete()

    with pytest.raises(Profile.DoesNotExist):
        audience.explain(All(), copy, CONTEXT)


def test_values_of_another_type_are_counted_by_people() -> None:
    text = person("text", properties={"points": "many", "plan": "gold"})
    person("number", properties={"points": 5, "plan": None})
    did(text, amount="a lot")
    did(text, amount="a lot")
    did(text, amount=3)
    points = {"property": "points", "type": "number", "operator": "greater_than", "value": 1}
    plan = {"property": "plan", "type": "text", "operator": "contains", "value": "g"}
    anything = {"property": "points", "type": "text", "operator": "exists"}
    total = {"property": "amount", "operator": "greater_than", "value": 1}
    tree = parse(rule(points, plan, anything, {**CHARGED, "sum": total}, NOT_LATELY, {"bucket": {"from": 0, "to": 9}}))

    assert mismatches(tree, CONTEXT) == [
        Mismatch(1, "points", "a number", None),
        Mismatch(1, "amount", "a number", "Charged"),
    ]
    assert mismatches(All(), CONTEXT) == []


@pytest.mark.parametrize(
    ("node", "place", "message"),
    [
        ({**SPANISH, "property": "shoe"}, (0,), "No person has a property “shoe”."),
        ({"did": "Flown", "period": "ever"}, (0, 0), "Nobody ever did “Flown”."),
        ({"did_not": "Flown", "period": "ever"}, (0, 0), "Nobody ever did “Flown”."),
        (
            {**CHARGED, "where": [{**SPANISH, "property": "shoe"}]},
            (0, 0, 0),
            "“Charged” has no property “shoe”.",
        ),
        (
            {**CHARGED, "sum": {"property": "shoe", "operator": "equals", "value": 1}},
            (0,),
            "“Charged” has no property “shoe”.",
        ),
    ],
)
def test_names_that_were_never_seen_are_refused_at_their_place(
    node: dict[str, object], place: tuple[int, ...], message: str
) -> None:
    did(person("somebody"), amount=1)

    with pytest.raises(TreeError) as refused:
        refuse_unknown_names(parse(rule(node)))

    assert (refused.value.place, refused.value.message) == (place, message)


def test_known_names_pass() -> None:
    did(person("somebody"), amount=1)

    total = {"property": "amount", "operator": "equals", "value": 1}
    refuse_unknown_names(parse(rule(SPANISH, {**CHARGED, "sum": total})))
