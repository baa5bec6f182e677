"""The preview: what is shown is what is sent, to the byte; and why somebody gets nothing."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client
from pytest_django import Settings

from campaigns import editor, figures, lifecycle, preview
from campaigns.delivery import deliver
from campaigns.delivery.plan import plan
from campaigns.models import Campaign, Run
from people.models import Subscription
from tests import factories
from tests.factories import HELLO, NOW

pytestmark = pytest.mark.django_db

TOMORROW = {"version": 1, "kind": "at", "zone": "Europe/Madrid", "times": ["2026-11-21T09:00"]}
COPIES = {
    "": (("title", "Hey {{ profile.first_name | default: 'there' }}"), ("code", "{{ profile.points | plus: 1 }}")),
    "es": (("title", "¡Hola, {{ profile.first_name }}! “€” ✓"),),
}


def shown(campaign: Campaign, person: int) -> preview.Shown:
    draft = editor.load(campaign.pk)
    found = preview.show(draft, preview.frozen(draft), person, now=NOW)
    assert found is not None
    return found


@pytest.mark.django_db(transaction=True)
def test_preview_is_what_is_sent_to_the_byte(tmp_path: Path, settings: Settings) -> None:
    settings.EXPORTS = tmp_path
    people = [*factories.people(3), *factories.people(3, language="es", prefix="es")]
    campaign = factories.campaign(state="draft", copies=COPIES, include=["email", "plan"], control_percent=20)
    Campaign.objects.update(schedule=TOMORROW, published_at=None)
    previews = [shown(campaign, person) for person in people]

    lifecycle.publish(campaign, by=factories.user(), now=NOW)
    run, until = Run.objects.get(), time.monotonic() + 60
    clock = lambda: run.due_at + timedelta(seconds=1)  # noqa: E731 one line, one moment
    plan(run.pk, clock=clock, until=until)
    deliver(run.pk, clock=clock, until=until)

    sent = (tmp_path / f"campaign-{campaign.pk}" / "run-1.ndjson").read_bytes().splitlines()
    assert sorted(sent) == sorted(each.encoded for each in previews if not each.reason)


def test_preview_says_which_copy_and_why(db: None) -> None:
    english, spanish, mexican, nameless = (
        factories.person(identity=f"p{n}", language=language) for n, language in enumerate(["en", "es", "es-MX", None])
    )
    campaign = factories.campaign(state="draft", copies=COPIES, missing="blank")

    found = [shown(campaign, person.pk) for person in (english, spanish, mexican, nameless)]

    assert [(each.copy, each.why) for each in found] == [
        ("Default", "no copy for language English (en)"),
        ("Spanish (es)", "language is Spanish (es)"),
        ("Spanish (es)", "language is Spanish, Mexico (es-MX)"),
        ("Default", "has no language"),
    ]


def test_preview_says_why_somebody_gets_nothing() -> None:
    address, unsubscribed, lacking, other = (
        factories.person(identity=identity, first_name=name, bucket=bucket)
        for identity, name, bucket in ((None, "A", 1), ("b", "B", 1), ("c", None, 1), ("d", "D", 999))
    )
    Subscription.objects.create(profile=unsubscribed, channel="export", state="unsubscribed")
    tree = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 10}}]}}
    campaign = factories.campaign(state="draft", tree=tree, copies={"": (("title", "{{ profile.first_name }}"),)})

    assert [shown(campaign, person.pk).reason for person in (address, unsubscribed, lacking, other)] == [
        "There is nothing to send to: the person has no address on this channel.",
        "The person unsubscribed from this channel.",
        "A value that the text needs is missing and has no fallback.",
        "The person does not qualify.",
    ]


def test_people_of_the_control_group_are_shown_with_that_reason() -> None:
    people = factories.people(60)
    campaign = factories.campaign(state="draft", control_percent=50)

    withheld = [person for person in people if shown(campaign, person).reason]

    assert {shown(campaign, person).reason for person in withheld} == {
        "The person is in this campaign's control group, which gets nothing."
    }
    assert 10 < len(withheld) < 50


def test_the_first_person_shown_is_one_who_gets_the_message(client_as: Any) -> None:
    people = factories.people(60)
    campaign = factories.campaign(state="draft", control_percent=50)
    draft = editor.load(campaign.pk)
    snapshot = preview.frozen(draft)
    withheld = [person for person in people if shown(campaign, person).reason]
    receives = next(person for person in people if person not in withheld)
    client: Client = client_as("creator")

    assert preview.first_who_gets_it(draft, snapshot, [*withheld[:7], receives], now=NOW) == 7
    assert preview.first_who_gets_it(draft, snapshot, withheld[:3], now=NOW) == 0
    assert preview.first_who_gets_it(draft, snapshot, [], now=NOW) == 0
    asked = {"people": ",".join(map(str, withheld[:3])), "place": "1"}
    assert "Gets nothing." in client.post(f"/campaigns/{campaign.pk}/preview", asked).content.decode()


def test_sample_is_of_the_audience_and_of_the_copy() -> None:
    factories.people(5)
    spanish = factories.people(4, language="es", prefix="es")
    draft = editor.load(factories.campaign(state="draft", copies=COPIES).pk)
    snapshot = preview.frozen(draft)

    found = preview.sample(snapshot, now=NOW, copy_id=snapshot.copies[1].id)

    assert sorted(found) == spanish
    assert len(preview.sample(snapshot, now=NOW)) == 9


def test_a_draft_without_audience_or_connection_is_shown_as_anybody() -> None:
    (person,) = factories.people(1)
    campaign = factories.campaign(state="draft")
    Campaign.objects.update(connection=None, tree=None)

    assert shown(campaign, person).payload is not None


def test_expected_counts_those_whose_value_is_missing() -> None:
    for n, name in enumerate(["Ana", None, " \u00a0", "Bob"]):
        factories.person(identity=f"p{n}", first_name=name)
    factories.person(identity=None, first_name=None)
    campaign = factories.campaign(state="draft", copies={"": (("title", "{{ profile.first_name }}"),)})
    snapshot = preview.frozen(editor.load(campaign.pk))

    found = figures.figures(snapshot, now=NOW).funnel

    assert (found.qualified, found.reasons, found.receives) == (5, {"missing_value": 2, "no_address": 1}, 2)


@pytest.mark.parametrize(
    ("value", "is_missing"),
    [
        ("x", False), ("", True), (" \t\n", True), ("\u2003\u3000\x85\x1f", True), ("\u200b", False), (None, True),
        ([], True), ({}, True), ([None], False), (0, False), (False, False), ("null", False),
    ],
)  # fmt: skip
def test_counting_and_rendering_agree_on_what_is_missing(value: Any, is_missing: bool) -> None:
    person = factories.person(identity="p", properties={"odd name": value})
    campaign = factories.campaign(state="draft", copies={"": (("title", '{{ profile["odd name"] }}'),)})
    snapshot = preview.frozen(editor.load(campaign.pk))

    assert figures.figures(snapshot, now=NOW).funnel.receives == int(not is_missing)
    assert bool(shown(campaign, person.pk).reason) is is_missing


def test_figures_count_shares_uncovered_values_and_lacks() -> None:
    factories.people(3, language="en", prefix="en")
    factories.people(2, language="fr", prefix="fr")
    factories.people(4, language="es", prefix="es")
    factories.person(identity="x", language="es")
    campaign = factories.campaign(state="draft", copies=COPIES)
    snapshot = preview.frozen(editor.load(campaign.pk))

    found = figures.figures(snapshot, now=NOW)

    default, spanish = (copy.id for copy in snapshot.copies)
    assert (found.funnel.qualified, found.funnel.copies) == (10, {default: 5, spanish: 4})
    assert found.uncovered == [("en", 3), ("fr", 2)]
    assert [(lack.copy_id, lack.name, lack.people) for lack in found.lacks if lack.people] == [
        (spanish, "first_name", 1)
    ]


def test_people_who_lack_a_value_are_listed(creator: Client) -> None:
    factories.person(identity="has", first_name="Ana", name="Ana")
    lacks = factories.person(identity="lacks", name="Nobody")
    campaign = factories.campaign(state="draft", copies={"": (("title", "{{ profile.first_name }}"),)})

    answer = creator.get(f"/campaigns/{campaign.pk}/lacking?property=first_name")

    assert list(answer.context["people"]) == [lacks]


def test_preview_page_follows_what_is_typed_and_saves_nothing(creator: Client) -> None:
    factories.people(1)
    campaign = factories.campaign(state="draft")
    copy = campaign.message.copies.get()
    typed = {
        "kind": "single", "property": "language", "missing": "exclude", "event_name": "Typed", "copy": copy.pk,
        "key": ["title"], "template": ["Typed {{ profile.first_name }}"],
    }  # fmt: skip

    answer = creator.post(f"/campaigns/{campaign.pk}/preview", typed)

    payload = orjson.loads(answer.context["shown"].encoded)
    assert (payload["event"], payload["properties"]["title"]) == ("Typed", "Typed Person1")
    copy.refresh_from_db()
    assert copy.pairs == [list(pair) for pair in HELLO]


def test_preview_page_walks_through_the_people(creator: Client) -> None:
    first, second, third = factories.people(3)
    campaign = factories.campaign(state="draft")

    def person_at(place: int, move: str) -> int:
        posted = {"people": f"{first},{second},{third}", "place": place, "move": move}
        return int(creator.post(f"/campaigns/{campaign.pk}/preview", posted).context["shown"].person.pk)

    assert [person_at(0, "next"), person_at(2, "next"), person_at(0, "previous"), person_at(1, "")] == [
        second, first, third, second,
    ]  # fmt: skip
    assert person_at(0, str(third)) == third


def test_preview_page_finds_a_person_with_missing_values(creator: Client) -> None:
    factories.people(5)
    lacks = factories.person(identity="lacks")
    campaign = factories.campaign(state="draft", copies={"": (("title", "{{ profile.first_name }}"),)})

    answer = creator.post(f"/campaigns/{campaign.pk}/preview", {"move": "lacking"})

    assert answer.context["shown"].person == lacks


def test_preview_page_says_which_template_is_broken(creator: Client) -> None:
    factories.people(1)
    campaign = factories.campaign(state="draft", copies={"": (("title", "{{ profile.first_name "),)})

    answer = creator.post(f"/campaigns/{campaign.pk}/preview")

    assert "This {{ is never closed. Write }} where it ends." in answer.content.decode()
