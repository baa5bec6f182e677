"""People who share an e-mail address: one of them gets the message, the same one whatever planning went through."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import Settings

from campaigns import editor, figures, lifecycle, presence, preview
from campaigns.delivery import control, snapshot
from campaigns.delivery.plan import plan, plan_chunk
from campaigns.delivery.stopping import stop
from campaigns.instead import instead
from campaigns.models import Campaign, Delivery, Run
from connectors.models import Connection
from people.models import Profile, Subscription
from segments.context import Sampled
from tests import factories
from tests.campaigns.delivery import SOON, counted, in_a_minute, plan_all, states
from tests.conftest import ClientAs
from tests.factories import NOW

pytestmark = pytest.mark.django_db

COPY: dict[str, factories.Pairs] = {"": [("@subject", "Hello"), ("@html", "<p>Hello</p>")]}


def mails(**config: object) -> Connection:
    return Connection.objects.create(name="Mail", kind="email", config={"from_address": "news@example.com", **config})


def to_mails(**changes: object) -> Campaign:
    return factories.campaign(changes.pop("connection", None) or mails(), copies=COPY, **changes)  # type: ignore[arg-type]  # as given


def people(*addresses: str | None) -> list[Profile]:
    return [factories.person(identity=f"p{n}", email=address) for n, address in enumerate(addresses)]


def reasons(run: Run) -> list[str]:
    return list(Delivery.objects.filter(run=run).order_by("profile_id").values_list("reason", flat=True))


def test_of_those_who_share_an_address_the_first_gets_the_mail(exports: Path) -> None:
    people("ana@example.com", "bob@example.com", "Ana@Example.com", None, "ANA@EXAMPLE.COM", "")

    run = plan_all(factories.run(to_mails()))

    assert reasons(run) == ["", "", "duplicate_address", "no_address", "duplicate_address", "no_address"]
    assert counted(run) == states(run)


def said(run: Run) -> list[str]:
    rows = list(Delivery.objects.filter(run=run).order_by("profile_id"))
    found = instead(rows)
    return [str(found.get(row.pk, "")) for row in rows]


def test_who_gets_nothing_for_a_shared_address_is_told_who_was_chosen(exports: Path) -> None:
    """Nobody who has no address, or withdrew, was ever chosen."""
    ana, bob = "ana@example.com", "bob@example.com"
    gone, *_ = people(ana, "Ana@Example.com", bob, None, "ANA@EXAMPLE.COM", bob)
    Subscription.objects.create(profile=gone, channel="email", state="unsubscribed")

    run = plan_all(factories.run(to_mails()))

    assert reasons(run) == ["unsubscribed", "", "", "no_address", "duplicate_address", "duplicate_address"]
    assert said(run) == ["", "", "", "", "That is p1.", "That is p2."]
    Delivery.objects.filter(profile_id=gone.pk + 1).update(state="failed", reason="invalid_recipient")
    Delivery.objects.filter(profile_id=gone.pk + 2).update(state="unknown")
    assert said(run)[4:] == [
        "That is p1, who did not get it either. The destination does not know this recipient.",
        "That is p2, who may have got it.",
    ]
    Profile.objects.filter(pk=gone.pk + 4).update(email="moved@example.com")
    assert said(run)[4:] == ["", "That is p2, who may have got it."]


def test_pages_say_who_was_chosen_with_one_look_for_all(
    exports: Path, client_as: ClientAs, django_assert_num_queries: Any
) -> None:
    first, second, _ = people("ana@example.com", "Ana@Example.com", "ANA@EXAMPLE.COM")
    Profile.objects.filter(pk=first.pk).update(name="Ana <A>")
    run, member = plan_all(factories.run(to_mails())), client_as("member")
    link = f'That is <a href="{reverse("person", args=[first.pk])}">Ana &lt;A&gt; (p0)</a>.'

    list_page = member.get(f"/campaigns/{run.campaign_id}/people").text
    why = member.get(f"/campaigns/why/{second.pk}?campaign={run.campaign_id}").text

    assert (list_page.count(link), why.count(link)) == (4, 1)  # on wide and on narrow screens
    (row,) = presence.timeline(second.pk, None, 9)
    assert row.words == "Another person with the same address gets it. That is Ana <A> (p0)."
    with django_assert_num_queries(1 + 2):
        said(run)


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_the_first_is_the_same_in_chunks_of_any_size(exports: Path, settings: Settings, chunk: int) -> None:
    settings.PLAN_CHUNK = chunk
    people(*["ana@example.com", "bob@example.com"] * 4)

    run = plan_all(factories.run(to_mails()))

    assert reasons(run) == ["", ""] + ["duplicate_address"] * 6


def test_a_run_that_stopped_between_two_chunks_goes_on_with_the_same_first(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 2
    first, *_ = people(*["ana@example.com"] * 5)
    run = factories.run(to_mails())
    plan(run.pk, clock=lambda: SOON, until=time.monotonic())
    plan_chunk(run.pk, now=SOON)

    plan_all(run)
    Run.objects.filter(pk=run.pk).update(planned_to=first.pk - 1, planned_at=None, state="planning")
    plan_all(run)

    assert run.state == Run.State.SENDING
    assert reasons(run) == [""] + ["duplicate_address"] * 4


def test_who_gets_nothing_anyway_keeps_nobody_from_getting_it(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 1
    out, bounced, other, first, last = people(*["ana@example.com"] * 5)
    Subscription.objects.create(profile=out, channel="email", state="unsubscribed")
    Subscription.objects.create(profile=bounced, channel="email", state="suppressed")
    Profile.objects.filter(pk=other.pk).update(bucket=999)
    tree = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 0}}]}}

    run = plan_all(factories.run(to_mails(tree=tree)))

    assert reasons(run) == ["unsubscribed", "suppressed", "", "duplicate_address"]
    assert Delivery.objects.get(run=run, reason="").profile_id == first.pk < last.pk


def test_where_the_first_is_held_out_nobody_at_the_address_gets_it(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 3
    everybody = people(*[f"p{number % 20}@example.com" for number in range(40)])
    campaign = to_mails(control_percent=50)

    run = plan_all(factories.run(campaign))

    held = [control.is_withheld(str(campaign.control_salt), each.pk, 50) for each in everybody[:20]]
    assert reasons(run) == ["campaign_control_group" if out else "" for out in held] + ["duplicate_address"] * 20
    assert 0 < sum(held) < 20


def test_who_is_planned_after_a_stop_shares_with_those_before_it(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 16
    people(*["ana@example.com"] * 4)
    campaign = to_mails()
    run = factories.run(campaign)
    plan(run.pk, clock=lambda: SOON, until=time.monotonic())
    plan_chunk(run.pk, now=SOON)

    lifecycle.stop(campaign, by=campaign.owner, now=SOON)
    stop(run.pk, clock=lambda: SOON, until=in_a_minute())

    assert reasons(run) == ["campaign_stopped"] + ["duplicate_address"] * 3


def test_a_connection_may_send_to_each_of_them(exports: Path) -> None:
    people(*["ana@example.com"] * 3)

    assert reasons(plan_all(factories.run(to_mails(connection=mails(one_per_address=False))))) == [""] * 3


@pytest.mark.parametrize(
    ("config", "expected"), [({}, ["", ""]), ({"one_per_address": True}, ["", "duplicate_address"])]
)
def test_an_export_goes_to_each_of_them_unless_it_is_set(
    exports: Path, config: dict[str, bool], expected: list[str]
) -> None:
    people("ana@example.com", "Ana@example.com")

    assert reasons(plan_all(factories.run(factories.campaign(factories.file_connection(config=config))))) == expected


def test_who_has_no_address_shares_none_on_an_export(exports: Path) -> None:
    people(None, None, "", "")
    connection = factories.file_connection(config={"one_per_address": True})

    assert reasons(plan_all(factories.run(factories.campaign(connection)))) == [""] * 4


def test_the_funnel_says_before_what_planning_does_after(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 7
    people(*[f"p{number % 30}@example.com" for number in range(50)], None)
    campaign = to_mails(control_percent=30)

    foreseen = figures.figures(snapshot.freeze(campaign), now=SOON).funnel
    run = plan_all(factories.run(campaign))

    assert foreseen.reasons["duplicate_address"] == 20
    assert {("excluded", reason): number for reason, number in foreseen.reasons.items()} | {
        ("queued", ""): foreseen.receives
    } == states(run)


def test_the_sample_knows_of_those_outside_who_come_before(exports: Path) -> None:
    """Person 64 shares with 3, person 128 with 130, person 192 with 5, who does not qualify, and with 256."""
    shared = {3: "a", 64: "a", 128: "b", 130: "b", 5: "c", 192: "c", 250: "c", 256: "c", 320: None}
    for number, name in shared.items():
        address = name and f"{name.upper() if number > 100 else name}@example.com"
        factories.person(id=number, identity=str(number), email=address, bucket=999 if number == 5 else 0)
    tree = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 0}}]}}
    frozen = snapshot.freeze(to_mails(tree=tree))

    found = figures.read(frozen, figures.counted(frozen, now=SOON, people=Sampled())).funnel

    assert (found.qualified, found.receives) == (5, 2)
    assert found.reasons == {"duplicate_address": 2, "no_address": 1}


def test_the_preview_of_a_person_says_that_somebody_else_gets_it(exports: Path) -> None:
    first, second = people("ana@example.com", "Ana@Example.com")
    campaign = to_mails(state="draft")
    frozen = preview.frozen(editor.load(campaign.pk))

    assert preview.decision(frozen, first, now=NOW)[1] == ""
    assert preview.decision(frozen, second, now=NOW)[1] == "Another person with the same address gets it."
