"""Reach under the builder in a browser: estimated as one types, exact as soon as a worker has counted, in place."""

import re

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from segments import tasks
from segments.models import Computation
from tests.conftest import ClientAs
from tests.segments.making import segment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editing(page: Page, live_server: LiveServer, client_as: ClientAs) -> Page:
    """More people than are counted at once, half of them in the first bucket; the rule of a segment is being edited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (id, properties, bucket, created_at, updated_at)"
            " SELECT n, '{}', CASE WHEN n / 64 % 2 = 0 THEN 0 ELSE 999 END, now(), now()"
            " FROM generate_series(64, 21119) n"
        )
    kept = segment("First", {"bucket": {"from": 0, "to": 0}})
    session = client_as("creator").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/segments/{kept.pk}/edit")
    return page


def work() -> None:
    for name, pk in tasks.due(timezone.now(), 9):
        tasks.TASKS[name](pk, 0)


def test_typing_shows_an_estimate_then_the_exact_number_and_keeps_one_computation(editing: Page) -> None:
    reach = editing.locator("#segment-reach")
    expect(reach).to_contain_text("≈ 10,500 people ± 1,200")
    work()
    expect(reach).to_contain_text("10,496 people")
    expect(reach).to_contain_text("exact, ")

    editing.get_by_label("Last bucket").fill("999")
    expect(reach).to_contain_text("≈ 21,060 people")
    editing.get_by_label("First bucket").fill("1")
    expect(reach).to_contain_text("≈ 10,600 people")
    work()
    expect(reach).to_contain_text("10,560 people")
    expect(reach).to_contain_text("exact, ")

    states = list(Computation.objects.filter(kind="segments.people").order_by("pk").values_list("state", flat=True))
    assert states == ["done", "cancelled", "done"]


def test_each_question_says_that_it_is_later_than_the_one_before(editing: Page) -> None:
    turns = []
    for bucket in ("7", "77"):
        with editing.expect_request("**/segments/reach") as asked:
            editing.get_by_label("Last bucket").fill(bucket)
        turns.append(int(re.findall(r'name="turn"\s+(\d+)|turn=(\d+)', asked.value.post_data or "")[0][1]))

    assert 0 < turns[0] < turns[1]


def test_without_a_worker_the_page_says_so_and_counts_itself(editing: Page) -> None:
    figures = editing.locator("#segment-figures")
    expect(figures).to_contain_text("no worker counts at present")

    figures.get_by_role("button", name="Count it now").click()

    expect(figures).to_contain_text("10,496 people")
