"""What the matcher has to know of people's other events, asked for many events at once.

Each function takes events that fit the rule and returns what it found by the event's id, in one query. The questions
go to the database that takes the events in: a replica may not have them yet.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composable, Literal

from segments.compiler import predicate
from segments.context import Context, Some
from segments.live.matcher import Happening, Undone
from segments.live.rule import PAGE_VIEW, VISIT_GAP, Inaction
from segments.sets import conjunction, disjunction
from segments.sources import has_property
from segments.tree import Deed, Tree


def done_before(deeds: Sequence[Deed], events: Sequence[Happening], context: Context) -> set[int]:
    """The events before which their people did one of the deeds already.

    The summary answers where there is no filter, so also for events that are not kept any more.
    """
    question = SQL("SELECT c.id FROM {} WHERE {}").format(
        candidates(events), disjunction([was_done(each, context) for each in deeds])
    )
    return {pk for (pk,) in rows(question)}


def undone(trigger: Inaction, events: Sequence[Happening], context: Context) -> dict[int, Undone]:
    """What ended the wait that each event began, the first of it.

    The window takes in its first instant and not its last. What is done in its first instant ends it; where that begins
    a wait itself, only the one stored last goes on.
    """
    question = SQL(
        "SELECT c.id, n.name, f.at FROM {} CROSS JOIN LATERAL (SELECT e.name_id, e.at FROM people_event e"
        " WHERE e.profile_id = c.profile AND e.at >= c.at AND e.at < c.at + {} AND e.id <> c.id AND {}"
        " AND (e.at > c.at OR e.id > c.id OR {} IS NOT TRUE) ORDER BY e.at, e.id LIMIT 1) f"
        " JOIN people_eventname n ON n.id = f.name_id"
    ).format(
        candidates(events),
        Literal(trigger.within.length),
        is_any(trigger.undone, context),
        is_any(trigger.did, context),
    )
    return {pk: Undone(name, at) for pk, name, at in rows(question)}


def pages(events: Sequence[Happening], most: int) -> dict[int, int]:
    """Which page of its visit each page view is, counted up to `most`: steps back from one page to the page before."""
    question = SQL(
        "WITH RECURSIVE walk AS (SELECT c.id, c.profile, c.at, c.id AS here, 1 AS page FROM {}"
        " UNION ALL SELECT w.id, w.profile, b.at, b.id, w.page + 1 FROM walk w CROSS JOIN LATERAL ("
        "SELECT e.at, e.id FROM people_event e WHERE e.profile_id = w.profile AND {} AND e.at >= w.at - {}"
        " AND e.at <= w.at AND (e.at < w.at OR e.id < w.here) ORDER BY e.at DESC, e.id DESC LIMIT 1) b"
        " WHERE w.page < {}) SELECT id, max(page) FROM walk GROUP BY id"
    ).format(candidates(events), is_named(PAGE_VIEW), Literal(VISIT_GAP), Literal(most))
    return dict(rows(question))


def reached_before(events: Sequence[Happening], page: int) -> set[int]:
    """The page views before which their people had seen so many pages in one visit already."""
    question = SQL(
        "WITH views AS (SELECT e.profile_id, e.id, e.at, e.at - lag(e.at) OVER story <= {gap} AS goes_on"
        " FROM people_event e WHERE e.profile_id = ANY({people}) AND {is_view}"
        " WINDOW story AS (PARTITION BY e.profile_id ORDER BY e.at, e.id)),"
        " visits AS (SELECT *, count(*) FILTER (WHERE goes_on IS NOT TRUE) OVER story AS visit FROM views"
        " WINDOW story AS (PARTITION BY profile_id ORDER BY at, id)),"
        " pages AS (SELECT *, row_number() OVER (PARTITION BY profile_id, visit ORDER BY at, id) AS page FROM visits)"
        " SELECT c.id FROM {candidates} WHERE EXISTS (SELECT FROM pages v WHERE v.profile_id = c.profile"
        " AND v.page = {page} AND v.at < c.at)"
    ).format(
        gap=Literal(VISIT_GAP),
        people=array([each.profile for each in events], "bigint"),
        is_view=is_named(PAGE_VIEW),
        candidates=candidates(events),
        page=Literal(page),
    )
    return {pk for (pk,) in rows(question)}


def among(tree: Tree, events: Sequence[Happening], context: Context) -> set[int]:
    """The people of the events who are in the rule now. Raises TreeError where the rule cannot be used."""
    people = tuple(sorted({each.profile for each in events}))
    narrow = Context(context.now, context.zone, Some(people))
    return {pk for (pk,) in rows(SQL("SELECT p.id FROM people_profile p WHERE {}").format(predicate(tree, narrow)))}


def was_done(deed: Deed, context: Context) -> Composable:
    """A condition on the event `c`: the deed was done before it."""
    at_once = SQL("e.profile_id = c.profile AND e.name_id = s.name_id AND e.id <> c.id")
    if deed.where:
        earlier = SQL("EXISTS (SELECT FROM people_event e WHERE {} AND e.at >= s.first_at AND {} AND {})").format(
            at_once, SQL("(e.at < c.at OR (e.at = c.at AND e.id < c.id))"), fitting(deed, context)
        )
    else:
        earlier = SQL(
            "(s.first_at < c.at OR EXISTS (SELECT FROM people_event e WHERE {} AND e.at = c.at AND e.id < c.id))"
        ).format(at_once)
    return SQL(
        "EXISTS (SELECT FROM people_profileevent s WHERE s.profile_id = c.profile AND s.name_id = {} AND {})"
    ).format(id_of(deed.event), conjunction([SQL("s.first_at <= c.at"), earlier]))


def is_any(deeds: Sequence[Deed], context: Context) -> Composable:
    """A condition on the event `e`: it is one of the deeds."""
    return disjunction([conjunction([is_named(each.event), fitting(each, context)]) for each in deeds])


def fitting(deed: Deed, context: Context) -> Composable:
    return conjunction([has_property(each, context) for each in deed.where])


def is_named(event: str) -> Composable:
    return SQL("e.name_id = {}").format(id_of(event))


def id_of(event: str) -> Composable:
    return SQL("(SELECT n.id FROM people_eventname n WHERE n.name = {})").format(Literal(event))


def candidates(events: Sequence[Happening]) -> Composable:
    """The events as the relation `c`."""
    return SQL("unnest({}, {}, {}) c (id, profile, at)").format(
        array([each.id for each in events], "bigint"),
        array([each.profile for each in events], "bigint"),
        array([each.at for each in events], "timestamptz"),
    )


def array(values: Sequence[object], kind: str) -> Composable:
    return SQL("{}::{}").format(
        Literal(list(values)), SQL("timestamptz[]") if kind == "timestamptz" else SQL("bigint[]")
    )


def rows(question: Composable) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())
