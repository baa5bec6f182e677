"""The list of campaigns: filters in the address, counts from the counters, a fixed number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountSettings
from campaigns.models import Campaign, Counter
from campaigns.needs import People
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

QUERIES = 10  # session, user, account; page: count, rows, counts, runs not sent; owners, connections, labels


def campaign(name: str, **fields: Any) -> Campaign:
    made = factories.campaign(state=fields.pop("state", "draft"))
    Campaign.objects.filter(pk=made.pk).update(name=name, **fields)
    return made


def names(client: Client, query: str = "") -> list[str]:
    return [row.campaign.name for row in client.get(f"/campaigns/{query}").context["listing"].rows]


def count(run: Any, state: str, people: int, reason: str = "") -> None:
    Counter.objects.create(run=run, copy_id=1, state=state, reason=reason, hour=NOW, people=people)


@pytest.mark.parametrize("size", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(
    member: Client, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(size):
        count(factories.run(campaign(f"Campaign {number}", state="running")), "accepted", 5)
    AccountSettings.current()  # made when it is first asked for

    with django_assert_num_queries(QUERIES):
        answer = member.get("/campaigns/")

    assert len(answer.context["listing"].rows) == size


def test_counts_come_from_the_counters(member: Client) -> None:
    made = campaign("Autumn", state="waiting")
    first, second = factories.run(made), factories.run(made, due_at=NOW + timedelta(days=1), number=2)
    count(first, "accepted", 70)
    count(first, "excluded", 20, "campaign_control_group")
    count(second, "accepted", 5)
    count(second, "failed", 1, "too_large")

    (row,) = member.get("/campaigns/").context["listing"].rows

    assert (row.people, row.next_run_at) == (People(qualified=96, accepted=75, failed=1), NOW)


def test_filters_stand_in_the_address(member: Client) -> None:
    bob = factories.user("bob", role="creator")
    campaign("Autumn offer", labels=["sale"])
    campaign("Winter offer", state="running", owner=bob)
    campaign("Old", state="archived")
    mine = factories.user("alice")

    assert sorted(names(member)) == ["Autumn offer", "Winter offer"]
    assert names(member, "?state=archived") == ["Old"]
    assert names(member, "?q=AUTUMN") == ["Autumn offer"]
    assert names(member, "?q=offer&label=sale") == ["Autumn offer"]
    assert names(member, f"?owner={bob.pk}") == ["Winter offer"]
    assert names(member, f"?owner={mine.pk}&state=running") == []
    assert names(member, "?sort=name") == ["Autumn offer", "Winter offer"]
    assert names(member, "?sort=-name") == ["Winter offer", "Autumn offer"]


@pytest.mark.parametrize(
    "query", ["?page=x", "?owner=%00", "?connection=-1", "?sort=zz", "?state=no", "?page=99", "?q=%25_%00"]
)
def test_nonsense_in_the_address_is_no_error(member: Client, query: str) -> None:
    campaign("Autumn")

    assert member.get(f"/campaigns/{query}").status_code == 200


def test_wildcards_in_the_search_are_letters(member: Client) -> None:
    campaign("100 % off")
    campaign("1000 reasons")

    assert names(member, "?q=0+%25") == ["100 % off"]


def test_htmx_gets_the_table_alone(member: Client) -> None:
    campaign("Autumn")

    answer = member.get("/campaigns/?q=aut", headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer["Vary"]
    assert [row.campaign.name for row in answer.context["listing"].rows] == ["Autumn"]


def test_pages_hold_fifty_rows_and_keep_the_filters(member: Client) -> None:
    for number in range(51):
        campaign(f"Campaign {number:02}")

    first = member.get("/campaigns/?sort=name&q=campaign")

    assert [len(first.context["listing"].rows), len(names(member, "?sort=name&q=campaign&page=2"))] == [50, 1]
    assert "?sort=name&amp;q=campaign&amp;page=2" in first.content.decode()
    assert "1–50 of 51" in first.content.decode()


def test_an_empty_list_says_what_campaigns_are_for(creator: Client, member: Client) -> None:
    assert "No campaigns yet" in creator.get("/campaigns/").content.decode()
    assert creator.get("/campaigns/").content.decode().count("New campaign") == 2
    assert "New campaign" not in member.get("/campaigns/").content.decode()


def test_bulk_changes_those_whose_state_allows_it_and_names_the_others(creator: Client) -> None:
    running, done = campaign("Running", state="running"), campaign("Done", state="completed")

    answer = creator.post(
        "/campaigns/bulk", {"campaign": [running.pk, done.pk], "action": "archive", "back": "q=n"}, follow=True
    )

    states = dict(Campaign.objects.values_list("name", "state"))
    assert states == {"Running": "running", "Done": "archived"}
    assert answer.redirect_chain == [("/campaigns/?q=n", 302)]
    assert "“Running” is running, so it cannot be archived." in answer.content.decode()


def test_bulk_stop_stops_open_runs(creator: Client) -> None:
    running = campaign("Running", state="running")
    run = factories.run(running)

    creator.post("/campaigns/bulk", {"campaign": [running.pk], "action": "stop"})

    run.refresh_from_db()
    running.refresh_from_db()
    assert (running.state, run.state) == ("stopped", "stopped")


def test_members_do_not_make_or_stop_campaigns(member: Client) -> None:
    running = campaign("Running", state="running")

    assert member.post("/campaigns/new").status_code == 403
    assert member.post("/campaigns/bulk", {"campaign": [running.pk], "action": "stop"}).status_code == 403
    assert Campaign.objects.get().state == "running"
