"""The pipeline from a due run to a completed one, over the file connection."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.models import AccountSettings
from campaigns.delivery import ids
from campaigns.models import Campaign, Delivery, Run
from people.models import Device, Identifier, Profile, Subscription
from tests import factories
from tests.campaigns.delivery import counted, lines, plan_all, send, states

pytestmark = pytest.mark.django_db


def test_run_reaches_everyone_once_and_completes(exports: Path) -> None:
    factories.people(25)
    run = send(factories.run(factories.campaign()))

    assert run.state == Run.State.COMPLETED
    assert states(run) == {("accepted", ""): 25}
    assert sorted(str(line["userId"]) for line in lines(exports, run)) == sorted(f"person-{n}" for n in range(1, 26))
    assert Campaign.objects.get().state == Campaign.State.COMPLETED


def test_run_without_anybody_completes_with_an_empty_file(exports: Path) -> None:
    run = send(factories.run(factories.campaign()))

    assert run.state == Run.State.COMPLETED
    assert lines(exports, run) == []


def test_message_carries_its_words_its_campaign_and_the_chosen_properties(exports: Path) -> None:
    factories.person(identity="ann", first_name="Ann", email="ann@example.com", properties={"points": 7})
    pairs = [("title", "Hi {{ profile.first_name }}"), ("body", "{{ profile.points }} points")]
    campaign = factories.campaign(copies={"": pairs}, include=["email", "points", "city"], event_name="Win back")
    run = send(factories.run(campaign))

    (line,) = lines(exports, run)

    installation = str(AccountSettings.current().installation)
    profile = Profile.objects.get()
    assert line["messageId"] == ids.outgoing_id(installation, run.message_id, profile.pk, run.occurrence)
    assert line["event"] == "Win back"
    assert line["timestamp"] == "2026-11-20T12:30:00.000Z"
    assert line["traits"] == {"email": "ann@example.com", "points": 7}
    assert line["properties"] == {
        "title": "Hi Ann",
        "body": "7 points",
        "Campaign Id": campaign.pk,
        "Campaign name": "Win back",
        "Campaign type": "single",
        "Campaign labels": ["winback"],
        "Run": 1,
        "Copy": "Default",
    }


def test_our_id_and_every_push_token_are_sent_where_they_are_chosen(exports: Path) -> None:
    ann, bob = factories.person(identity="ann"), factories.person(identity="bob")
    for token, day in (("t-1", 1), ("t-2", 2)):
        seen = datetime(2026, 11, day, tzinfo=UTC)
        Device.objects.create(profile=ann, platform="ios", token=token, last_seen_at=seen)

    run = send(factories.run(factories.campaign(include=["push_tokens", "belfry_id"])))

    assert {line["userId"]: line["traits"] for line in lines(exports, run)} == {
        "ann": {
            "belfry_id": ann.pk,
            "push_tokens": [{"platform": "ios", "token": "t-2"}, {"platform": "ios", "token": "t-1"}],
        },
        "bob": {"belfry_id": bob.pk},
    }


def test_each_language_gets_its_copy_with_fallback(exports: Path) -> None:
    languages = {"a": "pt-BR", "b": "pt_br", "c": "pt", "d": "pt-PT", "e": "es-MX", "f": "de", "g": None, "h": ""}
    for identity, language in languages.items():
        factories.person(identity=identity, language=language)
    copies = {"": [("t", "default")], "pt": [("t", "wide")], "pt-BR": [("t", "narrow")], "es": [("t", "spanish")]}
    run = send(factories.run(factories.campaign(copies=copies)))

    got = {str(line["userId"]): line["properties"]["t"] for line in lines(exports, run)}

    assert got == {
        "a": "narrow", "b": "narrow", "c": "wide", "d": "wide", "e": "spanish", "f": "default", "g": "default",
        "h": "default",
    }  # fmt: skip


def test_person_without_identity_is_reached_by_an_anonymous_id(exports: Path) -> None:
    person = factories.person()
    Identifier.objects.create(value="anon-1", profile=person)
    Identifier.objects.create(value="anon-2", profile=person)
    run = send(factories.run(factories.campaign()))

    assert [(line["userId"], line["anonymousId"]) for line in lines(exports, run)] == [(None, "anon-1")]


def test_who_cannot_or_does_not_want_to_be_reached_is_excluded_with_the_reason(exports: Path) -> None:
    factories.person()
    for state, identity in (("unsubscribed", "u"), ("suppressed", "s"), ("subscribed", "y")):
        person = factories.person(identity=identity)
        Subscription.objects.create(profile=person, channel="export", state=state)
    other_channel = factories.person(identity="other")
    Subscription.objects.create(profile=other_channel, channel="email", state="unsubscribed")
    run = send(factories.run(factories.campaign()))

    assert states(run) == {
        ("accepted", ""): 2,
        ("excluded", "no_address"): 1,
        ("excluded", "unsubscribed"): 1,
        ("excluded", "suppressed"): 1,
    }
    assert sorted(str(line["userId"]) for line in lines(exports, run)) == ["other", "y"]


def test_missing_value_excludes_the_person_and_says_which(exports: Path) -> None:
    factories.person(identity="a", first_name="Ann")
    factories.person(identity="b", first_name="  ")
    campaign = factories.campaign(copies={"": [("title", "Hi {{ profile.first_name }}")]})
    run = send(factories.run(campaign))

    assert states(run) == {("accepted", ""): 1, ("excluded", "missing_value"): 1}
    assert "profile.first_name" in Delivery.objects.get(state="excluded").answer
    assert counted(run) == states(run)


def test_missing_value_prints_nothing_where_the_campaign_says_so(exports: Path) -> None:
    factories.person(identity="b")
    campaign = factories.campaign(copies={"": [("title", "Hi {{ profile.first_name }}!")]}, missing="blank")
    run = send(factories.run(campaign))

    assert [line["properties"]["title"] for line in lines(exports, run)] == ["Hi !"]


def test_counters_are_the_rows(exports: Path) -> None:
    factories.people(120)
    factories.people(30, language="pt", prefix="pt")
    factories.person()
    copies = {"": factories.HELLO, "pt": [("title", "{{ profile.city }}")]}
    run = factories.run(factories.campaign(copies=copies, control_percent=30))

    plan_all(run)
    after_planning = counted(run)
    planned = states(run)
    send(run)

    assert after_planning == planned
    assert counted(run) == states(run)
    assert sum(states(run).values()) == 151


def test_editing_the_campaign_after_planning_changes_nothing_of_the_run(exports: Path) -> None:
    factories.people(3)
    campaign = factories.campaign(copies={"": [("title", "before")]})
    run = factories.run(campaign)
    plan_all(run)

    campaign.message.copies.update(pairs=[["title", "after"]])
    send(run)

    assert {line["properties"]["title"] for line in lines(exports, run)} == {"before"}


def test_person_erased_after_planning_is_not_left_in_the_queue(exports: Path) -> None:
    factories.people(3)
    run = factories.run(factories.campaign())
    plan_all(run)
    Profile.objects.filter(identity="person-2").delete()

    run = send(run)

    assert run.state == Run.State.COMPLETED
    assert states(run) == {("accepted", ""): 2, ("excluded", "render_error"): 1}
