"""The report: its numbers are the rows, behind each stand exactly those people, and failed ones can be retried."""

import re
from collections import Counter as Tally
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from campaigns import lifecycle, report_page, reports, retry
from campaigns.models import Campaign, Counter, Delivery, Run
from people.models import Profile
from tests import factories
from tests.campaigns.delivery import plan_all, send, states
from tests.campaigns.outcomes import COPIES, LATER, mixed_run, population, tried
from tests.factories import NOW

pytestmark = pytest.mark.django_db

PAGE_QUERIES = 12  # session, user, account twice; campaign, runs, counters four times, names of copies, span
PEOPLE_QUERIES = 9  # session, user, account; campaign, runs, names of copies, how many, deliveries, their profiles


def by_rows(*runs: Run) -> Tally[tuple[str, str]]:
    return sum((Tally(states(run)) for run in runs), Tally())


def flat(totals: reports.Totals) -> dict[tuple[str, str], int]:
    """Totals as (state, reason) → people, to be compared with rows."""
    found = {("excluded", reason): people for reason, people in (totals.withheld | totals.excluded).items()}
    found |= {("failed", reason): people for reason, people in totals.failed.items()}
    found |= {("accepted", ""): totals.accepted, ("unknown", ""): totals.unknown, ("queued", ""): totals.queued}
    return {key: people for key, people in found.items() if people}


def test_numbers_are_the_rows_per_run_and_in_total(exports: Path) -> None:
    population()
    campaign = factories.campaign(copies=COPIES, control_percent=20)
    first, second = mixed_run(campaign), mixed_run(campaign, number=2, due_at=LATER)

    per_run = reports.by_run([first, second])

    assert flat(per_run[first.pk]) == states(first)
    assert flat(per_run[second.pk]) == states(second)
    assert flat(reports.totals([first, second])) == by_rows(first, second)
    assert states(first)["failed", "too_large"] == 2


def test_everybody_who_qualified_is_in_exactly_one_part_of_the_funnel(exports: Path) -> None:
    population()
    run = factories.run(factories.campaign(copies=COPIES, control_percent=20))
    plan_all(run)
    tried(run, {0: ("failed", "too_large"), 1: ("unknown", "")}, batches=3)

    totals = reports.totals([run])

    parts = totals.withheld_people + totals.excluded_people + totals.failed_people
    assert totals.qualified == parts + totals.accepted + totals.unknown + totals.queued == 131
    assert min(totals.withheld_people, totals.excluded_people, totals.queued, totals.accepted, totals.unknown) > 0
    assert totals.finished == 131 - totals.queued
    assert "campaign_control_group" in totals.withheld
    assert "campaign_control_group" not in totals.excluded


def test_reasons_come_with_most_people_first(exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign())

    assert list(reports.totals([run]).failed.items()) == [("too_large", 2), ("rejected_by_provider", 1)]


def test_numbers_per_copy_are_the_rows_of_that_copy(exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign(copies=COPIES, control_percent=20))

    default, spanish = reports.by_copy([run])

    assert (default.name, spanish.name) == ("Default", "Spanish (es)")
    for copy in (default, spanish):
        rows = Delivery.objects.filter(run=run, copy_id=copy.copy_id).values_list("state", "reason")
        assert flat(copy.totals) == Tally(rows)
    assert default.totals.qualified + spanish.totals.qualified == 131


def test_copy_keeps_its_last_name_when_it_is_removed_from_the_campaign(exports: Path) -> None:
    population()
    campaign = factories.campaign(copies=COPIES)
    first = mixed_run(campaign)
    campaign.message.copies.filter(value="es").delete()
    second = mixed_run(campaign, number=2, due_at=LATER)

    assert [copy.name for copy in reports.by_copy([first, second])] == ["Default", "Spanish (es)"]
    assert [copy.name for copy in reports.by_copy([second])] == ["Default"]


def test_hours_add_up_to_the_totals_and_none_is_below_zero(exports: Path) -> None:
    population()
    campaign = factories.campaign()
    run = mixed_run(campaign)
    retry.retry(run, retry.RETRYABLE, by=factories.user(), now=LATER)
    run.refresh_from_db()
    tried(run, {0: ("failed", "too_large")}, now=LATER)

    hours = reports.by_hour([run])

    assert [(hour.hour.hour, hour.accepted, hour.failed, hour.excluded) for hour in hours] == [
        (12, 125, 1, 2),
        (13, 3, 0, 0),
    ]
    assert sum(hour.accepted + hour.failed + hour.excluded for hour in hours) == reports.totals([run]).qualified


@pytest.mark.parametrize(("people", "shown"), [([5, -5], [0, 0]), ([3, 4, -5, 2], [2, 0, 0, 2]), ([], []), ([7], [7])])
def test_what_is_taken_away_leaves_the_hours_before(people: list[int], shown: list[int]) -> None:
    assert reports.settled(people) == shown


def walk(client: Client, url: str) -> list[int]:
    """Ids of the deliveries on all pages behind a number, by its links."""
    found: list[int] = []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        found += [row.delivery.pk for row in answer.context["people"]]
        following = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        url = url.split("?")[0] + following[1].replace("&amp;", "&") if following else ""
    return found


@pytest.mark.parametrize("asked", ["", "?run=2"])
def test_behind_each_number_stand_exactly_its_people(member: Client, exports: Path, asked: str) -> None:
    population()
    campaign = factories.campaign(copies=COPIES, control_percent=20)
    hours = [NOW + timedelta(hours=hour) for hour in range(3)]  # three rows a person: pages end between them
    runs = [mixed_run(campaign, number=place, due_at=due_at) for place, due_at in enumerate(hours, start=1)]
    asked_for = runs[1:2] if asked else runs

    page = member.get(f"/campaigns/{campaign.pk}/{asked}").context["page"]
    cells = [cell for row in [*page.copies, *page.listed] for cell in row.cells]
    numbers = [(row.count, row.url) for row in page.funnel] + [(cell.people, cell.url) for cell in cells]

    everybody = sorted(Delivery.objects.filter(run__in=asked_for).values_list("pk", flat=True))
    assert sorted(walk(member, page.funnel[0].url)) == everybody
    for count, url in numbers:
        behind = walk(member, url) if count else []
        assert (url, len(behind), len(set(behind))) == (url, count, count)


def test_last_page_that_is_full_has_no_page_after_it(member: Client, exports: Path) -> None:
    factories.people(reports.PAGE)
    run = send(factories.run(factories.campaign()))

    answer = member.get(f"/campaigns/{run.campaign_id}/people")

    assert (len(answer.context["people"]), answer.context["next"]) == (reports.PAGE, None)


def test_list_of_people_says_whose_they_are(member: Client, exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign(copies=COPIES))
    spanish = next(copy for copy in reports.by_copy([run]) if copy.name == "Spanish (es)")

    answer = member.get(f"/campaigns/{run.campaign_id}/people?state=failed&reason=too_large&copy={spanish.copy_id}")
    everybody = member.get(f"/campaigns/{run.campaign_id}/people?state=failed&reason=too_large").content.decode()

    words = "Failed · the filled-in message is larger than the destination takes · copy Spanish (es)"
    assert answer.context["heading"] == words
    assert "person-1" in everybody
    assert "said no" in everybody


def test_somebody_who_is_no_longer_there_is_still_counted_and_listed(member: Client, exports: Path) -> None:
    factories.people(3)
    run = send(factories.run(factories.campaign()))
    Profile.objects.filter(identity="person-2").delete()

    answer = member.get(f"/campaigns/{run.campaign_id}/people")

    assert [row.person and row.person.identity for row in answer.context["people"]] == ["person-1", None, "person-3"]
    assert "Somebody who is no longer there" in answer.content.decode()


NONSENSE = [
    f"after={2**63}-{2**63}", f"copy={2**63}", f"run={2**63}",
    "run=x", "run=-1", "run=99", "run=²", "run=٣", f"run={10**30}", f"run={'9' * 5000}", "run=%00", "state=none",
    "state=%00", "reason=x&reason=%00", "copy=x", f"copy={10**30}", "after=1", "after=a-b", f"after={10**30}-1",
    f"after=1-{10**30}", f"after={'9' * 5000}-{'9' * 5000}", "after=-", "seen=%00", "state=accepted&state=nothing",
]  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_address_counts_as_nothing(member: Client, exports: Path, query: str) -> None:
    factories.people(3)
    run = send(factories.run(factories.campaign()))

    page = member.get(f"/campaigns/{run.campaign_id}/?{query}")
    people = member.get(f"/campaigns/{run.campaign_id}/people?{query}")

    assert page.status_code == people.status_code == 200
    assert page.context["page"].totals.accepted == 3
    assert {row.count for row in page.context["page"].funnel} == {3, 0}


@pytest.mark.parametrize("size", [1, 3])
def test_report_takes_the_same_queries_for_any_number_of_runs_and_copies(
    member: Client, exports: Path, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.people(4)
    languages = ["", "es", "pt"][:size]
    campaign = factories.campaign(copies=dict.fromkeys(languages, factories.HELLO))
    runs = [factories.run(campaign, number=n, due_at=NOW + timedelta(hours=n)) for n in range(1, size + 1)]
    for run in runs:
        send(run, now=run.due_at)

    with django_assert_num_queries(PAGE_QUERIES):
        answer = member.get(f"/campaigns/{campaign.pk}/")

    assert len(answer.context["page"].listed) == (size if size > 1 else 0)


@pytest.mark.parametrize("size", [1, 3])
def test_list_of_people_takes_the_same_queries_for_any_number_of_them(
    member: Client, exports: Path, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.people(size)
    run = send(factories.run(factories.campaign()))

    with django_assert_num_queries(PEOPLE_QUERIES):
        answer = member.get(f"/campaigns/{run.campaign_id}/people")

    assert len(answer.context["people"]) == size
    assert f"Everybody who qualified · {size} " in answer.text


def test_progress_is_that_of_the_working_run_alone(exports: Path) -> None:
    factories.people(40)
    campaign = factories.campaign()
    second = factories.run(campaign, number=2, due_at=LATER)
    send(factories.run(campaign))
    plan_all(second, now=LATER)

    page = report_page.page(campaign, "", now=LATER + timedelta(seconds=5))

    assert second.state == Run.State.SENDING
    assert page.totals.qualified == 80
    assert page.progress is not None
    assert page.progress.words == "0 of 40 · nothing was accepted yet"


def test_open_page_stops_asking_when_all_is_over_and_its_header_follows(member: Client, exports: Path) -> None:
    factories.people(3)
    run = factories.run(factories.campaign())
    before = member.get(f"/campaigns/{run.campaign_id}/").content.decode()
    send(run)

    fragment = {"HX-Request": "true"}
    seen = member.get(f"/campaigns/{run.campaign_id}/?seen=scheduled", headers=fragment).content.decode()
    again = member.get(f"/campaigns/{run.campaign_id}/?seen=completed", headers=fragment).content.decode()

    assert 'hx-get="?seen=scheduled" hx-trigger="every 2s"' in before
    assert "hx-get=" not in seen
    assert 'id="campaign-state" hx-swap-oob="true"' in seen
    assert "Completed" in seen
    assert "hx-swap-oob" not in again


def test_page_of_a_run_far_ahead_looks_seldom(member: Client) -> None:
    campaign = factories.campaign()
    factories.run(campaign, due_at=NOW + timedelta(days=3))

    assert report_page.page(campaign, "", now=NOW).poll == report_page.SLOW
    assert report_page.page(campaign, "", now=NOW + timedelta(days=3)).poll == report_page.FAST


def test_refused_run_says_why_on_the_page(member: Client, exports: Path) -> None:
    campaign = factories.campaign()
    Campaign.objects.filter(pk=campaign.pk).update(connection=None)
    run = plan_all(factories.run(campaign))

    page = member.get(f"/campaigns/{campaign.pk}/").content.decode()

    assert run.state == Run.State.REFUSED
    assert run.reason in page


def test_draft_that_was_archived_has_a_page(member: Client) -> None:
    campaign = lifecycle.draft(by=factories.user(), now=NOW, name="Never sent")
    lifecycle.archive(campaign, by=factories.user(), now=NOW)

    page = member.get(f"/campaigns/{campaign.pk}/").content.decode()

    assert "Nothing was sent" in page
    assert "None" not in page


def test_who_may_look_and_who_may_retry(member: Client, creator: Client, client: Client, exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign())
    page, people, again = f"/campaigns/{run.campaign_id}/", f"/campaigns/{run.campaign_id}/people", (
        f"/campaigns/runs/{run.pk}/retry"
    )  # fmt: skip

    assert [member.get(page).status_code, member.get(people).status_code] == [200, 200]
    assert [client.get(page).status_code, client.get(people).status_code, client.post(again).status_code] == [302] * 3
    assert [member.post(again).status_code, creator.get(again).status_code] == [403, 405]
    assert Delivery.objects.filter(state="queued").count() == 0
    assert creator.post(again).status_code == 302
    assert Delivery.objects.filter(state="queued").count() == 3


def test_missed_run_goes_out_when_somebody_says_so(approver: Client, member: Client, settings: Settings) -> None:
    campaign = factories.campaign()
    run = plan_all(factories.run(campaign), now=NOW + timedelta(hours=2))
    assert run.state == Run.State.MISSED
    assert Counter.objects.count() == 0

    refused = member.post(f"/campaigns/runs/{run.pk}/send-missed").status_code
    answer = approver.post(f"/campaigns/runs/{run.pk}/send-missed", follow=True)

    assert refused == 403
    assert "Run 1 goes out now." in answer.content.decode()
    assert Run.objects.get().state == Run.State.DUE
